"""Tests of the rules of business."""
