"""The table of installed models."""
