"""What counts as a sign of a preference: occasions that no card brought about, and looks that nothing prompted."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from tests.oracle.oracle.tables import CANCEL_DAYS, INSURANCE_COOLING_OFF, PURCHASES, TASK_WEIGHT, day_of, zone_of
from tests.oracle.quality.files import LOOKS, Folder, Happening
from tests.oracle.quality.people import Person

EXPOSED_DAYS = 7
MERGE_DAYS = 3
USUAL_SIGNS = 3.0  # added to everybody's own, so that who showed nothing else is not infinitely quiet
Occasion = tuple[int, float]


@dataclass
class Acts:
    """Of one person, by category: occasions that count (day, weight), days of unprompted looks, purchases kept."""

    occasions: dict[str, list[Occasion]] = field(default_factory=dict)
    looks: dict[str, set[int]] = field(default_factory=dict)
    bought: list[Happening] = field(default_factory=list)  # not cancelled in time, whatever they were exposed to
    cards: dict[str, set[int]] = field(default_factory=dict)  # by family: days of personal cards that no task asked for


def acts_of(folder: Folder, person: Person) -> Acts:
    """What one person did by themselves."""
    happened = folder.events.get(person.customer_id, [])
    customer = folder.bank.customers[person.customer_id]
    seen = [
        one
        for one in happened
        if one.category
        and (one.kind in LOOKS or one.kind == "impression")
        and customer.grants("personalisation", one.at)
    ]
    personal = [one for one in seen if one.kind == "impression" and one.tier != "public"]
    acts = Acts()
    _bought(acts, folder, happened, personal)
    if person.watched:
        for card in personal:
            if card.task_id is None:
                acts.cards.setdefault(folder.family(card.category), set()).add(day_of(card.at))
        for one in seen:
            day = day_of(one.at)
            if one.kind in LOOKS and one.task_id is None:
                before = acts.cards.get(folder.family(one.category), set())
                if not any(0 <= day - shown <= EXPOSED_DAYS for shown in before):
                    acts.looks.setdefault(one.category, set()).add(day)
    return acts


def _bought(acts: Acts, folder: Folder, happened: list[Happening], personal: list[Happening]) -> None:
    undone: dict[str, int] = {}
    for one in happened:
        if one.kind == "cancel" and one.refers_to is not None:
            undone.setdefault(one.refers_to, one.at)
    cards: dict[str, list[int]] = defaultdict(list)
    for card in personal:
        cards[folder.family(card.category)].append(card.at)
    weighed: dict[str, list[Occasion]] = defaultdict(list)
    for one in happened:
        if one.kind not in PURCHASES or not one.category:
            continue
        day = day_of(one.at)
        zone = zone_of(one.category, folder.bank_zones.get(one.category))
        grace = INSURANCE_COOLING_OFF if zone == "insurance" else CANCEL_DAYS
        taken_back = one.event_id in undone and day_of(undone[one.event_id]) - day <= grace
        if not taken_back:
            acts.bought.append(one)
        shown = [at for at in cards.get(folder.family(one.category), []) if at <= one.at]
        exposed = bool(shown) and day - day_of(max(shown)) <= EXPOSED_DAYS
        weight = 0.0 if taken_back or exposed else 1.0 if one.task_id is None else TASK_WEIGHT
        weighed[one.category].append((day, weight))
    for category, purchases in weighed.items():
        acts.occasions[category] = [one for one in merged(purchases) if one[1] > 0]


def merged(purchases: Iterable[Occasion]) -> list[Occasion]:
    """Within three days of the first one they are one, with the largest weight."""
    found: list[Occasion] = []
    for day, weight in sorted(purchases):
        if found and day - found[-1][0] <= MERGE_DAYS:
            found[-1] = (found[-1][0], max(found[-1][1], weight))
        else:
            found.append((day, weight))
    return found


def thinned(days: Iterable[int]) -> list[int]:
    """Days in order, those within three days of a kept one left out."""
    return [day for day, _ in merged((day, 1.0) for day in set(days))]


def later(days: list[int], after: int, until: int) -> int:
    """How many of the ordered days lie in (after, until]."""
    return bisect_right(days, until) - bisect_right(days, after)


def following(days: list[int], after: int) -> int | None:
    """The first of the ordered days later than one."""
    place = bisect_right(days, after)
    return days[place] if place < len(days) else None


def covered_days(acts: list[Acts], families: Collection[str]) -> dict[int, list[int]]:
    """Of each person, by place, the days in order on which nothing of some families would count: cards prompted it."""
    found: dict[int, list[int]] = {}
    for place, own in enumerate(acts):
        shown = set().union(*(own.cards.get(family, set()) for family in families))
        if shown:
            found[place] = sorted({day + more for day in shown for more in range(EXPOSED_DAYS + 1)})
    return found


@dataclass
class Signs:
    """Of all people, by their place: days of signs per category; the record goes from `since` to `until`."""

    by_person: list[dict[str, list[int]]]
    since: int
    until: int

    def all_days(self) -> list[list[int]]:
        """Every sign of each person, in order."""
        return [sorted(day for days in own.values() for day in days) for own in self.by_person]

    def of(self, claims: Collection[str]) -> tuple[dict[int, list[int]], list[float]]:
        """The days on which people showed some categories, and what a sign of each person weighs.

        A sign weighs as much as somebody shows other categories seldom: the mean number of others over the own.
        """
        shown: dict[int, list[int]] = {}
        others = []
        for place, own in enumerate(self.by_person):
            days = sorted(day for category in own if category in claims for day in own[category])
            if days:
                shown[place] = days
            others.append(sum(len(own[category]) for category in own if category not in claims) + USUAL_SIGNS)
        usual = sum(others) / max(len(others), 1)
        return shown, [usual / one for one in others]


def signs_of(acts: list[Acts], today: int) -> Signs:
    """Occasions and looks of a category, within three days once."""
    by_person: list[dict[str, list[int]]] = []
    for one in acts:
        own: dict[str, list[int]] = {}
        for category in {*one.occasions, *one.looks}:
            days = {day for day, _ in one.occasions.get(category, [])} | one.looks.get(category, set())
            if days:
                own[category] = thinned(days)
        by_person.append(own)
    firsts = [days[0] for own in by_person for days in own.values()]
    return Signs(by_person, min(firsts, default=today), today)
