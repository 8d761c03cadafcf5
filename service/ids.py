"""Identifiers that sort by time: ULID (26 characters of Crockford base 32: 48 bits of milliseconds, 80 of chance)."""

from __future__ import annotations

import re
import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


ID_PATTERN = r"^[\x21-\x7e]{1,128}\Z"
"""What a customer's or an event's id is made of: 1 to 128 visible ASCII characters."""

_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Whether a text may be the id of a customer or an event."""
    return _ID.match(text) is not None


def ulid(now_us: int) -> str:
    """A new identifier for the time `now_us` (UTC microseconds)."""
    number = (now_us // 1000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
