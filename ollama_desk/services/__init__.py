"""Use cases. The only publishers of events."""
