"""The living bank, against a service made of a few lines."""
