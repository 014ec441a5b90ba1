"""What this machine has to compute with."""
