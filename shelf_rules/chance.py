"""Chance as data: numbers that look random and follow from the seed of the decision alone."""

from __future__ import annotations

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15


def uniform(seed: int, number: int) -> float:
    """The `number`-th draw of a seed, in [0, 1): splitmix64 (Steele, Lea, Flood 2014) with 53 bits kept."""
    mixed = (seed + (number + 1) * _STEP) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((mixed ^ (mixed >> 31)) >> 11) / (1 << 53)
