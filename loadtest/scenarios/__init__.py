"""What the simulated callers do."""
