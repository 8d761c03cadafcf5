"""All measures of all tags that claim something, over all their carriers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tests.oracle.quality.compared import Crowd, compare
from tests.oracle.quality.files import Folder
from tests.oracle.quality.lasting import hazard_of, survival, thinning
from tests.oracle.quality.money import concentrations, new_money, rarity, redundancies
from tests.oracle.quality.own import absence, absence_lasts, truths_of_carriers
from tests.oracle.quality.people import Person, people_of
from tests.oracle.quality.rates import Repeats, Visible, repeats_of, shape_of, visible_of
from tests.oracle.quality.signs import Acts, Signs, acts_of, covered_days, signs_of
from tests.oracle.quality.truth import Followed, follow, truths

Shown = tuple[dict[int, list[int]], list[float]]
Claim = frozenset[str]


@dataclass
class Measured:
    """What is found of one tag; None is not measured."""

    tagged: int
    followed: int = 0
    by_signs: bool = False  # whether truthfulness is told by what followed, or by the mean of the carriers' own
    truthfulness: float | None = None
    truthfulness_low: float | None = None
    truthfulness_high: float | None = None
    precision: float | None = None
    base_rate: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    durability: float | None = None
    rarity: float | None = None
    redundancy: float | None = None
    concentration: float | None = None
    uniqueness: float | None = None


@dataclass
class Study:
    """A folder with what its people did."""

    folder: Folder
    people: list[Person]
    acts: list[Acts]
    signs: Signs
    claiming: list[str]
    shown: dict[Claim, Shown]
    covered: dict[Claim, dict[int, list[int]]]

    @classmethod
    def of(cls, folder: Folder) -> Study:
        """Read everybody who may be read."""
        people = people_of(folder)
        acts = [acts_of(folder, person) for person in people]
        today = people[0].history.today if people else 0
        signs = signs_of(acts, today)
        claiming = [tag for tag, of in folder.definitions.items() if of.claims]
        claims = {folder.definitions[tag].claims for tag in claiming}
        covered = {claim: covered_days(acts, {folder.family(code) for code in claim}) for claim in claims}
        return cls(folder, people, acts, signs, claiming, {claim: signs.of(claim) for claim in claims}, covered)

    def claim(self, tag: str) -> Claim:
        """The categories that a tag claims."""
        return self.folder.definitions[tag].claims

    def polarity(self, tag: str) -> int:
        """1 for a liking, −1 for an aversion."""
        return self.folder.definitions[tag].polarity

    def carriers(self, tag: str) -> list[tuple[int, int]]:
        """The places of the carriers and the days of assignment; of what the service itself took back the first."""
        given = ((place, one.given(tag)) for place, one in enumerate(self.people))
        return [(place, day) for place, day in given if day is not None]


def measure(folder: Folder) -> dict[str, Measured]:
    """Everything, by tag."""
    study = Study.of(folder)
    found = {tag: Measured(sum(tag in one.carries for one in study.people)) for tag in sorted(study.claiming)}
    _precision(study, found)
    _truth_and_durability(study, found)
    _uniqueness(study, found)
    return found


def _precision(study: Study, found: dict[str, Measured]) -> None:
    crowd = Crowd(study.people, study.signs.all_days(), study.signs.since, study.signs.until)
    for tag, one in found.items():
        told = compare(crowd, tag, study.shown[study.claim(tag)][0], study.polarity(tag))
        one.followed, one.precision, one.base_rate = told.followed, told.precision, told.base_rate
        one.precision_low, one.precision_high = told.low, told.high


def _truth_and_durability(study: Study, found: dict[str, Measured]) -> None:
    span = study.signs.since, study.signs.until
    background = {tag: _background(study, tag) for tag in found}
    hazards = {tag: _population_hazard(study, tag, background[tag]) for tag in found}
    known = [math.log(hazard) for hazard in hazards.values() if hazard is not None]
    usual = math.exp(sum(known) / len(known)) if known else None
    visible = _sights(study, hazards)
    followed: dict[str, Followed] = {}
    for tag, one in found.items():
        shown, weight = study.shown[study.claim(tag)]
        carriers = study.carriers(tag)
        claim = study.claim(tag)
        told = follow((shown, study.covered[claim]), carriers, visible[claim], span)
        if told is not None:
            followed[tag] = told
        begins = [(place, day) for place, day in carriers if day >= span[0]]
        prior = usual if hazards[tag] is None else hazards[tag]
        if study.polarity(tag) < 0:
            one.durability = absence_lasts(absence(study.people, study.acts, tag, claim))
        elif begins and prior is not None:
            one.durability = survival(thinning(shown, weight, begins, (span[1], background[tag])), prior)
    of = truths(followed, {tag: study.polarity(tag) for tag in found})
    for tag in of:
        found[tag].by_signs = True
    of |= truths_of_carriers(study.folder, study.people, study.acts, set(found) - set(of))
    for tag, (middle, low, high) in of.items():
        found[tag].truthfulness, found[tag].truthfulness_low, found[tag].truthfulness_high = middle, low, high


def _sights(study: Study, hazards: Mapping[str, float | None]) -> dict[Claim, Visible]:
    """How each claim shows; it lives as long as the geometric mean of what its tags say, for ever if none does."""
    span, joined = (study.signs.since, study.signs.until), [person.joined for person in study.people]
    claims: dict[Claim, tuple[Repeats, float]] = {}
    for claim, (shown, _) in study.shown.items():
        own = [hazard for tag, hazard in hazards.items() if hazard and hazard > 0 and study.claim(tag) == claim]
        life = math.exp(-sum(map(math.log, own)) / len(own)) if own else math.inf
        claims[claim] = repeats_of(shown, joined, span, study.covered[claim]), life
    shape = shape_of(list(claims.values()))
    return {claim: visible_of(repeats, shape, life) for claim, (repeats, life) in claims.items()}


def _background(study: Study, tag: str) -> float:
    """Weighted signs a day of who never had the tag."""
    shown, weight = study.shown[study.claim(tag)]
    without = [place for place, person in enumerate(study.people) if person.without(tag)]
    total = sum(len(shown[place]) * weight[place] for place in without if place in shown)
    return total / (max(study.signs.until - study.signs.since, 1) * max(len(without), 1))


def _population_hazard(study: Study, tag: str, background: float) -> float | None:
    shown, weight = study.shown[study.claim(tag)]
    begins = ((place, day) for place, days in shown.items() for day in days)
    return hazard_of(thinning(shown, weight, begins, (study.signs.until, background)))


def _uniqueness(study: Study, found: dict[str, Measured]) -> None:
    pairs = zip(study.people, study.acts, strict=True)
    moves = [new_money(study.folder, person, acts) for person, acts in pairs]
    tags = {tag: (study.claim(tag), study.polarity(tag)) for tag in found}
    concentration = concentrations(study.people, moves, tags)
    redundancy = redundancies(study.people, list(study.folder.definitions))
    for tag, one in found.items():
        one.rarity, one.redundancy = rarity(max(len(study.people), 1), one.tagged), redundancy[tag]
        one.concentration = concentration[tag] if one.tagged else None
        if one.concentration is not None:
            one.uniqueness = (one.rarity * (1 - one.redundancy) * one.concentration) ** (1 / 3)
