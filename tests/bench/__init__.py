"""Budgets of time on the paths that matter."""
