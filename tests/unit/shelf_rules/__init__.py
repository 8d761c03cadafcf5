"""Tests of the components in shelf_rules."""
