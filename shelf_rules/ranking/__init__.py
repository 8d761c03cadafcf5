"""Terms of the order inside a tier, each a column in [0, 1]."""
