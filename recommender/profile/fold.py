"""The customer's state as the fold of the events in the order (at_us, event_id), one event at a time."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from recommender.profile import spells as spelling
from recommender.profile.happening import Base, Happening, hash64
from recommender.profile.parts import (
    Marks,
    Parts,
    StateError,
    Wire,
    flow_bytes,
    from_bytes,
    pack,
    packer,
    read_parts,
    tag_bytes,
    to_bytes,
)
from recommender.profile.spells import Spell
from recommender.profile.state import (
    CANCELS,
    EVENTS,
    EVENTS_MAX,
    HEADS,
    IMPRESSION_DAYS,
    IMPRESSIONS,
    IMPRESSIONS_MAX,
    INTENT,
    INTENT_DAYS,
    INTENT_MAX,
    PURCHASES,
    PURCHASES_PER_CATEGORY,
    SCHEMA,
    SPELLS,
    UNKNOWN,
)
from recommender.profile.steps import ACTIVE, STEPS

__all__ = ["Base", "Happening", "LateEventError", "Parts", "Profile", "StateError", "hash64", "read_parts", "refold"]

Purchase = list[int]  # product, day, amount, weight, cancelled, ref: the fields of PURCHASES after the category

_PURCHASE, _HEAD, _CANCEL = packer(PURCHASES), packer(HEADS), packer(CANCELS)
_SPELL, _INTENT, _EVENT, _SHOWN = packer(SPELLS), packer(INTENT), packer(EVENTS), packer(IMPRESSIONS)


def _purchases(entries: Iterable[tuple[Any, ...]]) -> dict[int, deque[Purchase]]:
    bought: dict[int, deque[Purchase]] = {}
    for category, *purchase in entries:
        bought.setdefault(category, deque(maxlen=PURCHASES_PER_CATEGORY)).append(purchase)
    return bought


def _spells(entries: Iterable[tuple[Any, ...]]) -> dict[int, list[Spell]]:
    held: dict[int, list[Spell]] = {}
    for category, *spell in entries:
        held.setdefault(category, []).append(spell)
    return held


def _heads(entries: Iterable[tuple[Any, ...]]) -> dict[int, list[int]]:
    return {category: head for category, *head in entries}


def _entries(kept: Mapping[int, Iterable[list[int]]]) -> list[tuple[int, ...]]:
    """What is kept by category, in the order of the categories, each entry with its category in front."""
    return [(category, *entry) for category in sorted(kept) for entry in kept[category]]


class _Part(NamedTuple):
    """How a part that may stay packed is read, and its entries in the order in which they are stored."""

    layout: struct.Struct
    read: Callable[[Iterable[tuple[Any, ...]]], Any]
    entries: Callable[[Any], Iterable[tuple[Any, ...]]]


_PACKED: Mapping[str, _Part] = {
    "purchases": _Part(_PURCHASE, _purchases, _entries),
    "heads": _Part(_HEAD, _heads, lambda heads: [(category, *head) for category, head in sorted(heads.items())]),
    "cancels": _Part(_CANCEL, dict, dict.items),
    "spells": _Part(_SPELL, _spells, lambda spells: sorted(_entries(spells))),
}


class LateEventError(ValueError):
    """The event comes before one that is folded already: the customer has to be refolded from all events."""


class Profile:
    """A customer's state while it is folded: plain lists and dicts, bounded, equal to any other way of folding it.

    Most events neither buy nor end anything, so that what was bought and held is unpacked when it is first asked for
    and otherwise written back as it was read.
    """

    purchases: dict[int, deque[Purchase]]
    heads: dict[int, list[int]]
    cancels: dict[int, int]
    spells: dict[int, list[Spell]]

    __slots__ = (
        "_packed",
        "active_day",
        "as_of_us",
        "cancels",
        "count",
        "events",
        "first_day",
        "flows",
        "heads",
        "intent",
        "joined_day",
        "money",
        "newest",
        "newest_day",
        "purchases",
        "shown",
        "spells",
        "tags",
    )

    def __init__(self, marks: Marks, flows: bytes, tags: bytes, packed: dict[str, bytes]) -> None:
        self.joined_day = marks.joined_day
        self.first_day = marks.first_day
        self.active_day = marks.active_day
        self.newest_day = marks.newest_day
        self.newest = (marks.newest_us, marks.newest_id)
        self.count = marks.count
        self.as_of_us = marks.as_of_us
        self.money = marks.money
        self.flows = flows
        self.tags = tags
        self._packed = packed
        self.intent: dict[tuple[int, int, int, int], int] = {}  # day, category, session, kind
        self.events: deque[tuple[int, int, int, int]] = deque(maxlen=EVENTS_MAX)
        self.shown: dict[tuple[int, int], int] = {}  # day, product

    @classmethod
    def start(cls, base: Base) -> Profile:
        """The state of a customer of whom no event is known."""
        marks = Marks(base.joined_day, UNKNOWN, UNKNOWN, UNKNOWN, -(2**63), "", 0, base.as_of_us, False)
        profile = cls(marks, b"", b"", dict.fromkeys(_PACKED, b""))
        profile.renew(base)
        for category, *spell in base.spells.tolist():
            profile.spells.setdefault(category, []).append(spell)
        for spells in profile.spells.values():
            spelling.bound(spells)
        return profile

    @classmethod
    def decode(cls, data: bytes) -> Profile:
        """The state that `encode` wrote. Raises StateError for anything else."""
        wire = from_bytes(data)
        profile = cls(wire.marks, wire.flows, wire.tags, {name: getattr(wire, name) for name in _PACKED})
        try:
            for name, part in _PACKED.items():
                part.layout.iter_unpack(profile._packed[name])  # made and left: it looks at the length alone
            profile._unpack(wire)
        except struct.error as error:
            raise StateError(f"a part of the state is cut short: {error}") from error
        return profile

    def _unpack(self, wire: Wire) -> None:
        entries = _INTENT.iter_unpack(wire.intent)
        self.intent = {(day, category, session, kind): n for category, session, day, kind, n in entries}
        self.events.extend(_EVENT.iter_unpack(wire.events))
        self.shown = {(day, product): n for product, day, n in _SHOWN.iter_unpack(wire.impressions)}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - one of the parts above, asked for the first time
        if name not in _PACKED:
            raise AttributeError(name)
        layout, read, _ = _PACKED[name]
        setattr(self, name, read(layout.iter_unpack(self._packed.pop(name))))
        return getattr(self, name)

    def renew(self, base: Base) -> None:
        """Takes flows, tags and the joined day from `base`; a new holdings statement needs a refold instead."""
        self.joined_day = base.joined_day
        self.flows = flow_bytes(base.flows)
        self.tags = tag_bytes(base.tags)

    def precedes(self, at_us: int, event_id: str) -> bool:
        """Whether an event comes before the newest folded one, so that the customer has to be refolded."""
        return (at_us, event_id) < self.newest

    def fold(self, happening: Happening) -> None:
        """Takes in the next event. Raises LateEventError where it does not come after all folded ones."""
        kind = happening[2]
        newest = happening[:2]
        if newest <= self.newest:
            raise LateEventError(f"event at {newest[0]} does not come after {self.newest[0]}")
        self.newest = newest
        day = happening[5]
        if not self.count:
            self.first_day = day
        self.count += 1
        if day > self.newest_day:  # noqa: PLR1730  # max() costs three times as much, per event
            self.newest_day = day
        if ACTIVE[kind]:
            self.active_day = day
        STEPS[kind](self, happening)

    def encode(self) -> bytes:
        """The canonical bytes: equal states give equal bytes, whatever the order of arrival and the process."""
        self.trim()
        at_us, event_id = self.newest
        days = (self.joined_day, self.first_day, self.active_day, self.newest_day)
        intent = [(key[1], key[2], key[0], key[3], self.intent[key]) for key in sorted(self.intent)]
        shown = [(key[1], key[0], self.shown[key]) for key in sorted(self.shown)]
        return to_bytes(
            Wire(
                schema=SCHEMA,
                marks=Marks(*days, at_us, event_id, self.count, self.as_of_us, self.money),
                intent=pack(_INTENT, intent),
                flows=self.flows,
                events=pack(_EVENT, self.events),
                impressions=pack(_SHOWN, shown),
                tags=self.tags,
                **{name: self._part(name) for name in _PACKED},
            )
        )

    def _part(self, name: str) -> bytes:
        """The bytes of a part that may have stayed packed."""
        packed = self._packed.get(name)
        if packed is None:
            layout, _, entries = _PACKED[name]
            packed = pack(layout, entries(getattr(self, name)))
        return packed

    def trim(self) -> None:
        self.intent = _newest(self.intent, self.newest_day - INTENT_DAYS, INTENT_MAX)
        self.shown = _newest(self.shown, self.newest_day - IMPRESSION_DAYS, IMPRESSIONS_MAX)

    def states(self, at_us: int) -> bool:
        """Whether the holdings statement tells already what an event of that time did to the spells."""
        return self.as_of_us is not None and at_us <= self.as_of_us


def refold(base: Base, happenings: Iterable[Happening]) -> Profile:
    """The state of one customer from all events, in any order of arrival, each once."""
    profile = Profile.start(base)
    fold = profile.fold
    for happening in sorted(happenings):
        fold(happening)
    return profile


def _newest(entries: dict[Any, int], day: int, bound: int) -> dict[Any, int]:
    """The entries from `day` on, at most `bound`: the last in the order of the keys, which begin with the day.

    What this drops could never come back, because keys are dropped from below only: trimming early or late is the same.
    """
    return {key: entries[key] for key in sorted(key for key in entries if key[0] >= day)[-bound:]}
