"""The statistics of experiments on customers: estimates, sequences, checks and plans."""
