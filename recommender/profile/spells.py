"""How money events change the holding spells of one category."""

from __future__ import annotations

from collections.abc import Iterable

from recommender.profile.state import OPEN, SPELLS_PER_CATEGORY, UNKNOWN

Spell = list[int]  # product, opened, closed, matures, since, amount, stated: the fields of SPELLS after the category
PRODUCT, OPENED, CLOSED, MATURES, SINCE, AMOUNT = range(6)

LARGEST = 2**62


def open_spell(spells: list[Spell], product: int, day: int, amount: int) -> None:
    """A new spell from `day` on; a full category loses the spell that ended first, else the oldest open one."""
    spells.append([product, day, OPEN, UNKNOWN, day, amount, 0])
    bound(spells)


def bound(spells: list[Spell]) -> None:
    """Drops what a category may not keep: ended spells first, in the order in which they ended."""
    while len(spells) > SPELLS_PER_CATEGORY:
        spells.remove(min(spells, key=lambda spell: (spell[CLOSED] == OPEN, spell[CLOSED], spell[OPENED], spell)))


def add(spells: list[Spell], product: int, day: int, amount: int, *, since: bool) -> None:
    """A purchase or top-up: more of the newest spell that still runs, or a new one. Known + unknown = unknown."""
    running = _running(spells, product, day)
    if not running:
        open_spell(spells, product, day, amount)
        return
    spell = max(running, key=_age)
    known = amount != UNKNOWN and spell[AMOUNT] != UNKNOWN
    spell[AMOUNT] = min(spell[AMOUNT] + amount, LARGEST) if known else UNKNOWN
    if since:
        spell[SINCE] = day


def renew(spells: list[Spell], product: int, day: int, amount: int) -> None:
    """A renewal: the spell that matures first runs on without a date; its amount stays. None open: a new one."""
    held = _open(spells, product)
    if not held:
        open_spell(spells, product, day, amount)
        return
    spell = _maturing(held) or max(held, key=_age)
    spell[MATURES], spell[SINCE] = UNKNOWN, day


def redeem(spells: list[Spell], product: int, day: int, amount: int) -> None:
    """Takes the amount from the oldest spell on; an unknown amount on either side closes that spell and ends it."""
    left = amount
    for spell in sorted(_running(spells, product, day) or _open(spells, product), key=_age):
        left = _take(spell, day, left)
        if left <= 0:
            return


def mature(spells: list[Spell], product: int, day: int) -> None:
    """Closes the spell that matures first, or the oldest open one."""
    held = _open(spells, product)
    if held:
        (_maturing(held) or min(held, key=_age))[CLOSED] = day


def undo(spells: list[Spell], product: int, day: int, amount: int) -> None:
    """A cancelled purchase: its amount leaves the newest open spell, which ends where nothing is left or known."""
    held = _open(spells, product)
    if held:
        _take(max(held, key=_age), day, amount)


def _take(spell: Spell, day: int, amount: int) -> int:
    """Takes an amount from a spell and returns what is still to be taken; 0 where the amounts are not known."""
    if UNKNOWN in (amount, spell[AMOUNT]):
        spell[CLOSED] = day
        return 0
    if spell[AMOUNT] > amount:
        spell[AMOUNT] -= amount
        return 0
    spell[CLOSED] = day
    return amount - spell[AMOUNT]


def _open(spells: Iterable[Spell], product: int) -> list[Spell]:
    return [spell for spell in spells if spell[PRODUCT] == product and spell[CLOSED] == OPEN]


def _running(spells: Iterable[Spell], product: int, day: int) -> list[Spell]:
    """Open spells whose maturity, if any, lies ahead: past it, a spell has ended unless a renewal follows."""
    return [spell for spell in _open(spells, product) if spell[MATURES] == UNKNOWN or spell[MATURES] > day]


def _maturing(held: Iterable[Spell]) -> Spell | None:
    return min((spell for spell in held if spell[MATURES] != UNKNOWN), key=lambda s: (s[MATURES], s), default=None)


def _age(spell: Spell) -> tuple[int, Spell]:
    return spell[OPENED], spell
