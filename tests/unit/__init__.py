"""Tests of one component each, laid out like the packages."""
