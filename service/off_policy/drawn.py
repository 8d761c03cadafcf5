"""The drawn cards of one logged decision, and how likely another policy would have shown them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from shelf_rules.decision import Decision
from shelf_rules.slate import Given


class DrawnCard(NamedTuple):
    """One card that the log drew; products by catalogue row.

    `chances` are those of the candidate for this slot, given what the log drew before; none: it leaves the slot empty.
    `before` is the product of the weights of the draws before it on this shelf. With `other_task` the candidate would
    show the product with another task, or with none: that is another card, which the log never drew.
    """

    tier: str
    slot: int
    row: int
    logged: float
    candidate: float
    supported: float
    before: float
    other_task: bool
    chances: Mapping[int, float]


def drawn_cards(logged: Decision, candidate: Decision, again: Callable[[Given], Decision]) -> Iterator[DrawnCard]:
    """The drawn cards of a decision, in the order of the draws; `again` is the candidate's with draws given.

    Where the candidate draws more than once, or another product, it is asked with the log's own cards: each chance is
    then the one of a cascade (experiments §9), and each product carries the task that it would have there.
    """
    given = {(draw.tier, draw.slot): draw.row for draw in logged.draws}
    same = len(candidate.draws) <= 1 and all(given.get((one.tier, one.slot)) == one.row for one in candidate.draws)
    other = candidate if same else again(given)
    standing = {(card.tier, card.slot): card.task for card in logged.slots}
    tasks = {(card.tier, card.slot, card.row): card.task for card in other.slots}
    before = 1.0
    for draw in logged.draws:
        if (draw.tier, draw.slot) not in standing:  # the last check of the law took the card away
            continue
        chances = _chances(other, draw.tier, draw.slot)
        could = {row for row, chance in zip(draw.rows, draw.chances, strict=True) if chance > 0}
        was, would = draw.chances[draw.rows.index(draw.row)], chances.get(draw.row, 0.0)
        supported = min(sum(chance for row, chance in chances.items() if row in could), 1.0)
        task = standing[draw.tier, draw.slot]
        other_task = tasks.get((draw.tier, draw.slot, draw.row), task) != task
        if other_task:
            would = supported = 0.0
        yield DrawnCard(draw.tier, draw.slot, draw.row, was, would, supported, before, other_task, chances)
        before *= would / was


def _chances(decision: Decision, tier: str, slot: int) -> dict[int, float]:
    """What stands on a slot, by row: drawn, certain, or nothing."""
    for draw in decision.draws:
        if (draw.tier, draw.slot) == (tier, slot):
            return dict(zip(draw.rows, draw.chances, strict=True))
    return {card.row: 1.0 for card in decision.slots if (card.tier, card.slot) == (tier, slot)}
