"""Tests of the components in loadtest."""
