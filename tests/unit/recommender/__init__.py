"""Tests of the components in recommender."""
