"""Off-policy estimators."""
