"""Holding spells: what the statement says, and what later money events do to it (§1)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracle.oracle.files import Row
from tests.oracle.oracle.tables import PURCHASES, day_of

MOVES = frozenset({*PURCHASES, "redeem", "mature", "cancel"})


@dataclass
class Spell:
    """A product held from `opened` to before `ended`; open while `ended` is None. An unknown amount is None."""

    product_id: str
    opened: int
    ended: int | None
    amount: float | None
    matures: int | None
    closed: bool = False  # by the statement or an event, not by its date

    def falls_due(self, today: int, ahead: int = 0) -> bool:
        """Whether it matures from today to so many days ahead; what was closed before does not."""
        return not self.closed and self.matures is not None and 0 <= self.matures - today <= ahead


def stated(row: Row) -> Spell:
    """A spell of the holdings statement."""
    closed, matures = row["closed_at"], row["matures_at"]
    return Spell(
        row["product_id"],
        day_of(row["opened_at"]),
        None if closed is None else day_of(closed),
        row["amount"],
        None if matures is None else day_of(matures),
        closed is not None,
    )


def settle(spell: Spell, today: int) -> None:
    """A spell ends at its maturity; an end that lies ahead has not come."""
    if spell.ended is None and spell.matures is not None and spell.matures <= today:
        spell.ended = max(spell.matures, spell.opened)
    if spell.ended is not None and spell.ended > today:
        spell.ended, spell.closed = None, False


def move(spells: list[Spell], event: Row, undone: Row, product: Row) -> None:
    """What a money event after the statement does to the spells of its category; `undone`: the purchase of a cancel."""
    day, kind = day_of(event["occurred_at"]), event["kind"]
    held = sorted((s for s in spells if s.product_id == product["product_id"] and not s.closed), key=lambda s: s.opened)
    running = [spell for spell in held if spell.matures is None or spell.matures > day]
    dated = min((spell for spell in held if spell.matures is not None), key=_maturity, default=None)
    if kind in {"purchase", "top_up"}:
        _buy(spells, running, event, product)
    elif kind == "renewal":
        renewed = dated or (held[-1] if held else None)
        if renewed is None:
            _buy(spells, [], event, product)
        else:
            renewed.matures = _end_of_term(product, day)
    elif kind == "mature" and held:
        _close(dated or held[0], day)
    elif kind == "cancel":
        _take(held[-1:], undone["amount"], day)
    elif kind == "redeem":
        _take(running or held, event["amount"], day)


def _buy(spells: list[Spell], running: list[Spell], event: Row, product: Row) -> None:
    """More of the newest running spell, or a new one; an amount plus an unknown one is unknown."""
    day, amount = day_of(event["occurred_at"]), event["amount"]
    if not running:
        spells.append(Spell(product["product_id"], day, None, amount, _end_of_term(product, day)))
        return
    spell = running[-1]
    spell.amount = None if spell.amount is None or amount is None else spell.amount + amount


def _take(spells: list[Spell], amount: float | None, day: int) -> None:
    """Take money out of spells, the oldest first; where either amount is unknown, the first one ends."""
    left = amount
    for spell in spells:
        if left is None or spell.amount is None:
            _close(spell, day)
            return
        if round(spell.amount * 100) > round(left * 100):
            spell.amount -= left
            return
        left -= spell.amount
        _close(spell, day)
        if round(left * 100) <= 0:
            return


def _close(spell: Spell, day: int) -> None:
    spell.ended, spell.closed = day, True


def _end_of_term(product: Row, day: int) -> int | None:
    """The day on which a product that ends with its term matures, if bought on a day."""
    return day + int(product["term_days"]) if product["exit"] == "maturity" and product["term_days"] else None


def _maturity(spell: Spell) -> int:
    assert spell.matures is not None
    return spell.matures
