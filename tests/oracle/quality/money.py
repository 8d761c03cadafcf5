"""Uniqueness: how rare a tag is, how little other tags tell of it, and whether its carriers' new money goes there."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass

from tests.oracle.oracle.tables import DAY_US, day_of
from tests.oracle.quality.files import Folder
from tests.oracle.quality.fitting import gamma_prior
from tests.oracle.quality.people import Person
from tests.oracle.quality.signs import Acts

ROLL_DAYS, YEAR_DAYS = 7, 365
EVERYTHING = 2**62
FEWEST_TAGS = 3


@dataclass
class Move:
    """Money into (+) or out of (−) a category, minor units; `left` is what is not rolled over."""

    day: int
    category: str
    left: int
    renewal: bool


def new_money(folder: Folder, person: Person, acts: Acts) -> list[Move]:
    """A year of movements with what is left of each, first out first in; a renewal brings nothing new."""
    rows = _bought(acts) + _gone(folder, person)
    rows.sort(key=lambda row: row[:2])
    moves = [move for _, _, move in rows if move.day > person.history.today - YEAR_DAYS]
    _roll(folder, moves)
    return [move for move in moves if move.left and not move.renewal]


def _bought(acts: Acts) -> list[tuple[int, int, Move]]:
    """When it counts, amount, movement; a renewal comes after a maturity that is booked up to a day later."""
    rows = []
    for one in acts.bought:
        renewal = one.kind == "renewal"
        amount = EVERYTHING if one.amount is None else round(one.amount * 100)
        if renewal or (one.amount is not None and amount > 0):
            when = one.at + (DAY_US if renewal else 0)
            rows.append((when, amount, Move(day_of(one.at), one.category, amount, renewal)))
    return rows


def _gone(folder: Folder, person: Person) -> list[tuple[int, int, Move]]:
    rows = []
    for one in folder.events.get(person.customer_id, []):
        code = folder.bank.category_of.get(one.product_id or "")
        if one.kind in {"redeem", "mature"} and one.amount is not None and code is not None:
            amount = -round(one.amount * 100)
            rows.append((one.at, amount, Move(day_of(one.at), code, amount, renewal=False)))
    return rows


def _roll(folder: Folder, moves: list[Move]) -> None:
    gone: dict[str, deque[Move]] = defaultdict(deque)
    for move in moves:
        queue = gone[folder.family(move.category)]
        if move.left < 0:
            queue.append(move)
            continue
        while queue and move.day - queue[0].day > ROLL_DAYS:
            queue.popleft()
        for out in queue:
            if (out.category == move.category) == move.renewal:
                rolled = min(move.left, -out.left)
                move.left -= rolled
                out.left += rolled


def gained(moves: list[Move], external: float | None, after: int) -> dict[str, float]:
    """Net new money by category later than a day, no more in all than came from outside where that is known."""
    net: dict[str, int] = defaultdict(int)
    for move in moves:
        if move.day > after:
            net[move.category] += move.left
    positive = {code: amount for code, amount in net.items() if amount > 0}
    total = sum(positive.values())
    kept = 1.0 if external is None or not total else min(1.0, max(external * 100, 0.0) / total)
    return {code: amount * kept for code, amount in positive.items() if kept}


def share_of(money: dict[str, float], claims: frozenset[str]) -> float | None:
    """The share that goes to some categories, None without any money."""
    total = sum(money.values())
    return sum(amount for code, amount in money.items() if code in claims) / total if total > 0 else None


def concentrations(
    people: list[Person], moves: list[list[Move]], tags: dict[str, tuple[frozenset[str], int]]
) -> dict[str, float]:
    """ℓ by tag from the carriers' shares over their peers' usual ones; `tags`: what each claims and its polarity."""
    always = [gained(of, person.external, -1) for person, of in zip(people, moves, strict=True)]
    sums: dict[str, tuple[float, float]] = {}
    for tag, (claims, _) in tags.items():
        peers: dict[str, list[float]] = defaultdict(list)
        own: list[tuple[str, float]] = []
        for person, of, ever in zip(people, moves, always, strict=True):
            if tag in person.carries:
                share = share_of(gained(of, person.external, person.carries[tag]), claims)
                own += [] if share is None else [(person.stage, share)]
            elif person.without(tag) and (share := share_of(ever, claims)) is not None:
                peers[person.stage].append(share)
        usual = {stage: sum(shares) / len(shares) for stage, shares in peers.items()}
        sums[tag] = sum(share for _, share in own), sum(usual.get(stage, 0.0) for stage, _ in own)
    found = {}
    for sign in (1, -1):
        group = {tag: one for tag, one in sums.items() if tags[tag][1] == sign}
        known = [one for one in group.values() if one[1] > 0]
        a, b = gamma_prior(known) if len(known) >= FEWEST_TAGS else (1.0, 1.0)
        for tag, (observed, expected) in group.items():
            quotient = (a + observed) / (b + expected) if expected > 0 else 1.0
            of_tag = quotient / (1 + quotient)
            found[tag] = of_tag if sign > 0 else 1 - of_tag
    return found


def rarity(people: int, carriers: int) -> float:
    """ln((N+1)/(n+1)) / ln(N+1)."""
    return math.log((people + 1) / (carriers + 1)) / math.log(people + 1)


def redundancies(people: list[Person], tags: list[str]) -> dict[str, float]:
    """The largest normalised mutual information of each tag with another one."""
    carriers = {tag: {place for place, one in enumerate(people) if tag in one.carries} for tag in tags}
    found = dict.fromkeys(tags, 0.0)
    for place, one in enumerate(tags):
        for other in tags[:place]:
            told = shared(len(people), carriers[one], carriers[other])
            found[one], found[other] = max(found[one], told), max(found[other], told)
    return found


def shared(people: int, one: set[int], other: set[int]) -> float:
    """Mutual information less Miller and Madow's 1/2n, at least 0, over the smaller entropy; 0 for a constant."""
    both = len(one & other)
    cells = both, len(one) - both, len(other) - both, people - len(one) - len(other) + both
    least = min(_entropy((len(one), people - len(one))), _entropy((len(other), people - len(other))))
    if least <= 0:
        return 0.0
    told = _entropy((len(one), people - len(one))) + _entropy((len(other), people - len(other))) - _entropy(cells)
    return min(max(told - 1 / (2 * people), 0.0) / least, 1.0)


def _entropy(counts: tuple[int, ...]) -> float:
    total = sum(counts)
    return -sum(count / total * math.log(count / total) for count in counts if count)
