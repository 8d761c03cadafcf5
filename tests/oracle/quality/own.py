"""What stands where too little followed a tag: means of what each carrier's own occasions and absences say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.special import betainc

from tests.oracle.quality.files import Folder
from tests.oracle.quality.fitting import beta_prior, gamma_prior
from tests.oracle.quality.lasting import HORIZON
from tests.oracle.quality.people import Person
from tests.oracle.quality.signs import Acts
from tests.oracle.quality.truth import Z95

LEAD, HIGHEST_BASE = 0.25, 0.95
LEAST_OF_TAG, LEAST_OF_STAGE = 30, 100
Prior = tuple[float, float]
Fit = Callable[[Sequence[tuple[float, float]]], Prior]


@dataclass
class Tried:
    """One carrier of a tag: weighted occasions after the assignment that were hits, and all among what competes."""

    stage: str
    hits: float
    trials: float


def rivals(folder: Folder, claims: frozenset[str]) -> frozenset[str]:
    """The categories that compete with those claimed: of their families; all where a whole family is claimed."""
    families = {folder.family(code) for code in claims}
    same = frozenset(code for code in folder.categories if folder.family(code) in families)
    return frozenset(folder.categories) if same <= claims else same


def tried(people: list[Person], acts: list[Acts], tag: str, of: tuple[frozenset[str], frozenset[str]]) -> list[Tried]:
    """Every carrier; `of`: the categories claimed, and those that compete."""
    claims, competing = of
    found = []
    for person, own in zip(people, acts, strict=True):
        if tag in person.carries:
            one = Tried(person.stage, 0.0, 0.0)
            for code in own.occasions.keys() & competing:
                worth = sum(weight for day, weight in own.occasions[code] if day > person.carries[tag])
                one.trials += worth
                one.hits += worth if code in claims else 0.0
            found.append(one)
    return found


def bars(
    people: list[Person], acts: list[Acts], tag: str, of: tuple[frozenset[str], frozenset[str], int]
) -> dict[str, float]:
    """θ0 by stage: the base rate of who never had the tag, raised by δ, or lowered by it for an aversion."""
    claims, competing, polarity = of
    sums: dict[str, list[float]] = {stage: [0.0, 0.0] for stage in ("acquisition", "cultivation", "value")}
    for person, own in zip(people, acts, strict=True):
        if person.without(tag):
            for code in own.occasions.keys() & competing:
                worth = sum(weight for _, weight in own.occasions[code])
                sums[person.stage][1] += worth
                sums[person.stage][0] += worth if code in claims else 0.0
    hits, trials = (sum(one[place] for one in sums.values()) for place in (0, 1))
    everywhere = hits / trials if hits >= 0.5 else max(hits, 0.5) / (trials + 1)
    found = {}
    for stage, (own_hits, own_trials) in sums.items():
        base = own_hits / own_trials if own_hits > 0 else 0.5 / (own_trials + 1)
        base = base if own_trials > 0 else everywhere
        found[stage] = min((1 + LEAD) * base, HIGHEST_BASE) if polarity > 0 else base / (1 + LEAD)
    return found


class Priors:
    """Of a stage in a tag, a tag, or all tags: the closest group that has seen enough, `fit` to (events, trials)."""

    def __init__(self, fit: Fit, everybody: Sequence[tuple[float, float]], *, shares: bool, neutral: Prior) -> None:
        self._fit, self._shares = fit, shares
        known = [one for one in everybody if one[1] > 0]
        self._all = fit(known) if known else neutral

    def of(self, own: Sequence[tuple[str, float, float]]) -> dict[str, Prior]:
        """By stage, from the carriers (stage, events, trials) of one tag."""
        wide = self._narrowed([one[1:] for one in own], LEAST_OF_TAG, self._all)
        stages = {stage for stage, _, _ in own}
        return {
            stage: self._narrowed([one[1:] for one in own if one[0] == stage], LEAST_OF_STAGE, wide) for stage in stages
        }

    def _narrowed(self, pairs: Sequence[tuple[float, float]], least: int, wide: Prior) -> Prior:
        known = [one for one in pairs if one[1] > 0]
        if len(known) < least:
            return wide
        if self._shares:  # one more of a single trial, so that no group is believed to be all or nothing
            known.append((wide[0] / sum(wide), 1.0))
        return self._fit(known)


def truth_of_carriers(own: list[Tried], prior: dict[str, Prior], bar: dict[str, float], polarity: int) -> list[float]:
    """P(θ > θ0) of each carrier with an occasion; of an aversion that it is not."""
    found = []
    for one in own:
        if one.trials > 0:
            a, b = prior[one.stage]
            above = 1 - float(betainc(a + one.hits, b + one.trials - one.hits, bar[one.stage]))
            found.append(above if polarity > 0 else 1 - above)
    return found


def mean_and_bounds(values: list[float]) -> tuple[float, float, float]:
    """Mean and normal interval of 95 %, never narrower than one more value could make it."""
    count = len(values)
    mean = sum(values) / count
    spread = math.sqrt(max(sum(value**2 for value in values) / count - mean**2, 0.0))
    half = Z95 * spread / math.sqrt(count) + 0.5 / (count + 1)
    return mean, max(mean - half, 0.0), min(mean + half, 1.0)


def absence(people: list[Person], acts: list[Acts], tag: str, claims: frozenset[str]) -> list[tuple[str, float, float]]:
    """Of each carrier of an aversion (stage, 1 if it ended, days): until what is claimed was bought or held."""
    found = []
    for person, own in zip(people, acts, strict=True):
        if tag not in person.carries:
            continue
        since, today = person.carries[tag], person.history.today
        begun = [day for code in claims for day, _ in own.occasions.get(code, []) if day > since]
        for code in claims:
            spells = person.history.spells.get(code, [])
            there = (s for s in spells if s.ended is None or s.ended > since or s.opened > since)
            begun.extend(max(spell.opened, since) for spell in there)
        until = min(begun, default=today + 1)
        if min(until, today) > since:
            found.append((person.stage, float(until <= today), float(min(until, today) - since)))
    return found


def absence_lasts(own: list[tuple[str, float, float]]) -> float | None:
    """P(180 days more) of the mean carrier; None below thirty carriers, whose prior is that of all tags' spells."""
    if len(own) < LEAST_OF_TAG:
        return None
    prior = Priors(gamma_prior, [], shares=False, neutral=(1.0, HORIZON)).of(own)
    told = (((prior[s][1] + days) / (prior[s][1] + days + HORIZON)) ** (prior[s][0] + ended) for s, ended, days in own)
    return float(sum(told) / len(own))


def truths_of_carriers(
    folder: Folder, people: list[Person], acts: list[Acts], wanted: set[str]
) -> dict[str, tuple[float, float, float]]:
    """Mean and interval of the wanted tags; the prior of all is fitted to the carriers of every tag that claims."""
    competing, own = {}, {}
    for tag, of in folder.definitions.items():
        if of.claims:
            competing[tag] = rivals(folder, of.claims)
            own[tag] = tried(people, acts, tag, (of.claims, competing[tag]))
    everybody = [(one.hits, one.trials) for rows in own.values() for one in rows]
    priors = Priors(beta_prior, everybody, shares=True, neutral=(1.0, 1.0))
    found = {}
    for tag in wanted:
        of = folder.definitions[tag]
        bar = bars(people, acts, tag, (of.claims, competing[tag], of.polarity))
        prior = priors.of([(one.stage, one.hits, one.trials) for one in own[tag]])
        values = truth_of_carriers(own[tag], prior, bar, of.polarity)
        if values:
            found[tag] = mean_and_bounds(values)
    return found
