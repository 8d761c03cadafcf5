"""Identifiers that sort by time: ULID (26 characters of Crockford base 32: 48 bits of milliseconds, 80 of chance)."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(now_us: int) -> str:
    """A new identifier for the time `now_us` (UTC microseconds)."""
    number = (now_us // 1000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
