"""Tests of the arrangement steps."""
