"""Importing model files that a person has: choosing, dropping, naming, and how far it is."""
