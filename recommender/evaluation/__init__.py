"""Splits, metrics, calibration and off-policy estimators."""
