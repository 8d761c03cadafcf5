"""Tests of the rules of law."""
