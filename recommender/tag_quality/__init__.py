"""Truthfulness, durability and uniqueness of tags."""
