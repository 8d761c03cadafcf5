"""The bytes of a customer's state: MessagePack around packed arrays, read without touching a single entry."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from struct import Struct
from typing import Any, NamedTuple

import msgspec
import numpy as np

from recommender.profile.happening import Records
from recommender.profile.state import (
    EVENTS,
    FLOW_WEEKS,
    FLOWS,
    FLOWS_MAX,
    HEADS,
    IMPRESSIONS,
    INTENT,
    PURCHASES,
    SCHEMA,
    SPELLS,
    TAGS,
    TAGS_MAX,
)

_CODES = {"i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u8": "Q", "f8": "d"}


class StateError(ValueError):
    """The bytes are not a state of this schema: the customer has to be rebuilt from the events."""


class Marks(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Single facts beside the arrays; days are -1 and `as_of_us` is None where unknown."""

    joined_day: int
    first_day: int
    active_day: int
    newest_day: int
    newest_us: int
    newest_id: str
    count: int
    as_of_us: int | None
    money: bool  # an event that buys or ends something was folded


class Wire(msgspec.Struct, frozen=True, gc=False):
    """The parts as they are stored, each the bytes of its array."""

    schema: int
    marks: Marks
    purchases: bytes
    heads: bytes
    cancels: bytes
    spells: bytes
    intent: bytes
    flows: bytes
    events: bytes
    impressions: bytes
    tags: bytes


class Parts(NamedTuple):
    """A state as structured arrays over the stored bytes (read-only), with the marks a decision needs."""

    purchases: Records
    heads: Records
    spells: Records
    intent: Records
    flows: Records
    events: Records
    impressions: Records
    tags: Records
    joined_day: int
    first_day: int
    active_day: int
    statement_known: bool
    folded: int  # number of events


_DECODER = msgspec.msgpack.Decoder(Wire)
_ENCODER = msgspec.msgpack.Encoder()


def packer(dtype: np.dtype[Any]) -> Struct:
    """The struct that reads and writes one entry of a packed little-endian dtype."""
    return Struct("<" + "".join(_CODES[dtype[name].str[1:]] for name in dtype.names or ()))


def pack(layout: Struct, rows: Iterable[tuple[Any, ...]]) -> bytes:
    """The rows, one after the other, as bytes."""
    entries = list(rows)
    return _block(layout.format, len(entries)).pack(*chain.from_iterable(entries))


@lru_cache(maxsize=1024)
def _block(layout: str, entries: int) -> Struct:
    """So many entries as one struct: packed at once they cost a third."""
    return Struct("<" + layout[1:] * entries)


def flow_bytes(flows: Records) -> bytes:
    """Weekly sums in their stored order, the newest weeks only."""
    entries = np.sort(np.asarray(flows, FLOWS), order=["week", "kind", "own"])
    kept = entries[entries["week"] >= entries["week"][-1] - FLOW_WEEKS] if len(entries) else entries
    return kept[-FLOWS_MAX:].tobytes()


def tag_bytes(tags: Records) -> bytes:
    """Tags in their stored order, the last assigned only."""
    entries = np.sort(np.asarray(tags, TAGS), order=["assigned", "tag"])[-TAGS_MAX:]
    entries["affinity"][np.isnan(entries["affinity"])] = np.nan
    return np.sort(entries, order=["tag", "assigned"]).tobytes()


def to_bytes(wire: Wire) -> bytes:
    """The stored form; equal parts give equal bytes."""
    return _ENCODER.encode(wire)


def from_bytes(data: bytes) -> Wire:
    """The stored parts. Raises StateError for anything but a state of this schema."""
    try:
        wire = _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise StateError(f"not a state: {error}") from error
    if wire.schema != SCHEMA:
        raise StateError(f"state of schema {wire.schema}, not {SCHEMA}")
    return wire


def read_parts(data: bytes) -> Parts:
    """The state as arrays, for the request path. Raises StateError for anything but a state of this schema."""
    wire = from_bytes(data)
    marks = wire.marks
    read = np.frombuffer
    try:
        return Parts(
            read(wire.purchases, PURCHASES),
            read(wire.heads, HEADS),
            read(wire.spells, SPELLS),
            read(wire.intent, INTENT),
            read(wire.flows, FLOWS),
            read(wire.events, EVENTS),
            read(wire.impressions, IMPRESSIONS),
            read(wire.tags, TAGS),
            marks.joined_day,
            marks.first_day,
            marks.active_day,
            marks.as_of_us is not None or marks.money,
            marks.count,
        )
    except ValueError as error:
        raise StateError(f"a part of the state is cut short: {error}") from error
