"""Tags derived from a customer's history."""
