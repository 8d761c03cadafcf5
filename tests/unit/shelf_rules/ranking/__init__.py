"""Tests of one ranking term each."""
