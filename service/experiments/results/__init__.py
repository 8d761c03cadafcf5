"""The results of an experiment: its customers, what they did, whether to trust it, and what to do."""
