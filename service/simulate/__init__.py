"""A simulated bank with a known truth."""
