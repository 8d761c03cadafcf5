"""Experiments on the shelf: who is in which arm, what an arm changes, who saw it, and what came of it."""
