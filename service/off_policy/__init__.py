"""Replay of a policy on logged decisions: what it would have shown, and what that would have been worth."""
