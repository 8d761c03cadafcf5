"""Recorded decisions come out the same again."""
