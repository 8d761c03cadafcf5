"""The distinct cards that a page of customers was served, saw and clicked, however often their events came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.attribution import TIERS
from recommender.training_data import Bools, Ints
from service.reports._governed import UNKNOWN_NAME
from service.reports._page import STAGES, UNKNOWN, Cards, Page
from service.reports.scope import Scope

_SLOTS = 1 << 16
DEEP = 12
"""Slots up to this one are told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One entry a card, which is a place (tier, slot) of a decision; `day` is that of the decision.

    Cards of shelves that were not heard are left out: of whether they were seen nothing may be known.
    Of a card that the log does not know it is the day of the card's first event, stage and segment are unknown, and
    `shelf`, the place of its decision, is -1. What was clicked was seen, what was seen was served, whichever of the
    messages got lost. `of_event` is the place of the card that an event is about, -1 where it is about none.
    """

    customer: Ints
    tier: Ints
    slot: Ints
    day: Ints
    shelf: Ints
    stage: Ints
    segment: Ints
    product: Ints
    category: Ints
    seen: Bools
    clicked: Bools
    featured: Bools
    of_event: Ints

    @classmethod
    def of(cls, page: Page) -> Shown:
        """The cards of a page."""
        events, cards, shelves = page.happened, page.cards.where(page.shelves.heard[page.cards.shelf]), page.shelves
        heard = np.append(shelves.heard, True)[np.minimum(events.shelf, len(shelves.heard))]
        about = np.flatnonzero(events.of("served", "impression", "click") & (events.tier >= 0) & heard)
        key = np.concatenate([_key(cards.shelf, cards.tier, cards.slot), _key(*_places(page, about))])
        _, first, card = np.unique(key, return_index=True, return_inverse=True)
        logged = len(cards.shelf)
        known = first < logged
        shelf, stage, segment = np.full((3, len(first)), UNKNOWN, dtype=np.int64)
        shelf[known] = cards.shelf[first[known]]
        stage[known], segment[known] = shelves.stage[shelf[known]], shelves.segment[shelf[known]]
        featured = np.zeros(len(first), dtype=np.bool_)
        featured[known] = cards.featured[first[known]]
        columns = _columns(page, cards)
        told = {name: np.concatenate([of_card, of_event[about]])[first] for name, of_card, of_event in columns}
        day = told.pop("day")
        earliest = np.full(len(first), np.iinfo(np.int64).max, dtype=np.int64)
        np.minimum.at(earliest, card[logged:], events.day[about])
        of_event = np.full(len(events.at), UNKNOWN, dtype=np.int64)
        of_event[about] = card[logged:]
        clicked = _among(of_event[events.of("click")], len(first))
        seen = clicked | _among(of_event[events.of("impression")], len(first))
        return cls(
            **told,
            day=np.where(known, day, earliest),
            shelf=shelf,
            stage=stage,
            segment=segment,
            seen=seen,
            clicked=clicked,
            featured=featured,
            of_event=of_event,
        )


def groups_by(scope: Scope) -> list[Mapping[str, str]]:
    """The groups that cards are told by."""
    if scope.by == "tier":
        return [{"tier": tier} for tier in TIERS]
    if scope.by == "slot":
        return [{"tier": tier, "slot": slot} for tier in TIERS for slot in (*map(str, range(1, DEEP + 1)), f"{DEEP}+")]
    if scope.by == "stage":
        return [{"stage": stage} for stage in (*STAGES, "unknown")]
    if scope.by == "category":
        return [{"category": code} for code in scope.codes]
    if scope.by == "segment":
        return [{"segment": name} for name in scope.governed.segments]
    return [{}]


def group_of(shown: Shown, scope: Scope) -> Ints:
    """The number of the group of each card, -1 of one that belongs to none."""
    if scope.by == "tier":
        return shown.tier
    if scope.by == "slot":
        return shown.tier * (DEEP + 1) + np.clip(shown.slot, 1, DEEP + 1) - 1
    if scope.by == "stage":
        return np.where(shown.stage >= 0, shown.stage, len(STAGES))
    if scope.by == "category":
        return np.where(shown.category < len(scope.codes), shown.category, UNKNOWN)
    if scope.by == "segment":
        return np.where(shown.segment >= 0, shown.segment, scope.governed.segments[UNKNOWN_NAME])
    return np.zeros(len(shown.tier), dtype=np.int64)


def _columns(page: Page, cards: Cards) -> list[tuple[str, Ints, Ints]]:
    """The columns of cards of the log, and the same of events."""
    events, shelves = page.happened, page.shelves
    return [
        ("customer", shelves.customer[cards.shelf], events.customer),
        ("day", shelves.day[cards.shelf], events.day),
        *((name, getattr(cards, name), getattr(events, name)) for name in ("tier", "slot", "product", "category")),
    ]


def _places(page: Page, about: Ints) -> tuple[Ints, Ints, Ints]:
    events = page.happened
    return events.shelf[about], events.tier[about], events.slot[about]


def _key(shelf: Ints, tier: Ints, slot: Ints) -> Ints:
    return (shelf * (len(TIERS) + 1) + tier + 1) * _SLOTS + np.clip(slot, UNKNOWN, _SLOTS - 2) + 1


def _among(places: Ints, size: int) -> Bools:
    found: Bools = np.bincount(places[places >= 0], minlength=size) > 0
    return found
