"""How much a customer would want a product, learnt from history: arrays in, arrays out."""
