"""Tests of the components in service."""
