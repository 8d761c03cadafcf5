"""Shelf policies: their lives, their documents, what they would change, and who did what."""
