"""Independent references that the product is compared with."""
