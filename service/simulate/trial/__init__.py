"""Customers of the living bank in an experiment whose effect is known: nothing but what is planted moves them."""
