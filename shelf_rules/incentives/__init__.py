"""Kinds of task that may be attached to a slot."""
