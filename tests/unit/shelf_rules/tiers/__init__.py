"""Tests of one tier each."""
