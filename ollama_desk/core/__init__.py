"""Mechanism without policy."""
