"""What a person sees: dumb panels, and presenters that connect them to services."""
