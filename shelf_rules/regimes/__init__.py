"""The law as data: one file a jurisdiction."""
