"""What is wrong with the days that a report is asked about."""

from __future__ import annotations


class BadDays(ValueError):
    """Days that do not follow one another; says which and why."""
