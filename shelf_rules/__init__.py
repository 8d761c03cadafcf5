"""Which products may and should stand on a customer's shelf: pure decisions over columns."""
