"""The customer's state as a fold over events."""
