"""How well truthfulness and the posterior behind it foresee what carriers buy again, beside the raw ratio x/n."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from recommender.evaluation.bootstrap import Bootstrap
from recommender.evaluation.ordered_pairs import OrderedPairs
from recommender.evaluation.reliability import Calibration, Reliability
from recommender.tag_quality.truth_evidence import LEAD
from recommender.training_data import Bools, Floats, Ints
from service.evaluation.repurchase import Carried

SCORES = ("truth", "expected", "ratio")
TRUTH_BINS = (0.0, 0.1, 0.5, 0.9, 1.0)
SURE = 4.0  # n' ≥ 4 times the larger odds of θ0: the share's deviation is at most half of θ0 and of 1 − θ0
SEED = 0


@dataclass(frozen=True, slots=True)
class Ordered:
    """Pairs of a hit and a miss that each score has in order, ties half; the differences are to the raw ratio.

    `of` is what is a hit: "again" a carrier with at least one, "occasion" each held-back occasion in the category.
    `among`: pairs "within" a tag; "across" all; "lift": across, a tag's hits and misses weighed so that as many of
    each are expected of its base rate.
    """

    carriers: str
    entries: int
    of: str
    among: str
    shares: dict[str, float]
    differences: dict[str, Bootstrap]

    def as_dict(self) -> dict[str, Any]:
        """For a report."""
        parts = {name: one._asdict() for name, one in self.differences.items()}
        return {**asdict(self), "differences": parts}


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Probabilities that a held-back occasion is a hit ("expected", "ratio"), or at least one ("once")."""

    carriers: str
    of: str
    found: Calibration
    brier: float

    def as_dict(self) -> dict[str, Any]:
        """For a report."""
        return {"carriers": self.carriers, "of": self.of, "brier": self.brier, **self.found.as_dict()}


@dataclass(frozen=True, slots=True)
class TruthBin:
    """Carriers by their truthfulness: shares of their held-back occasions, each weighted by these."""

    low: float
    high: float
    carriers: int
    occasions: int
    share: float
    expected: float
    bar: float


@dataclass(frozen=True, slots=True)
class Exceeding:
    """Carriers with enough held-back occasions to see θ > θ0: how many, their mean truth, the share that exceeds."""

    carriers: int
    truth: float
    exceeds: float


def populations(carriers: Carried, everyone: bool) -> Iterator[tuple[str, Carried]]:
    """Who is judged: with evidence and held-back occasions, with such occasions, and everybody where that is known."""
    lively = carriers.later > 0
    yield "with evidence", carriers.where(lively & (carriers.n > 0))
    yield "active later", carriers.where(lively)
    if everyone:
        yield "all", carriers


def orders(carriers: Carried, everyone: bool) -> list[Ordered]:
    """Every population, every kind of hit and of pair that it has."""
    found = []
    for name, own in populations(carriers, everyone):
        again = np.minimum(own.later_hits, 1.0)
        found += [ordered((name, "again", among), own, (again, 1.0 - again)) for among in ("within", "across")]
        if name == "all":
            continue
        hits, misses = own.later_hits, own.later - own.later_hits
        found += [ordered((name, "occasion", among), own, (hits, misses)) for among in ("within", "across")]
        base = np.clip(own.bar / (1 + LEAD), 1e-9, 1 - 1e-9)
        found.append(ordered((name, "occasion", "lift"), own, (hits / base, misses / (1 - base))))
    return found


def ordered(of: tuple[str, str, str], own: Carried, counts: tuple[Floats, Floats]) -> Ordered:
    """By population, kind of hit and pairs; `counts` are the hits and misses behind each entry.

    Intervals are of 95 %, customers being drawn anew (paired), the shares taken as linear in their weights.
    """
    group = own.tag if of[2] == "within" else np.zeros(len(own.tag), np.int64)
    pairs = {name: OrderedPairs.of(getattr(own, name), *counts, group) for name in SCORES}
    place = np.unique(own.customer, return_inverse=True)[1]
    people = int(place.max(initial=-1)) + 1
    raw, columns = pairs["ratio"], []
    for name in SCORES[:-1]:
        pull = np.bincount(place, pairs[name].pull - raw.pull, people) * people
        columns.append(pairs[name].share - raw.share + pull)
    drawn = Bootstrap.of(np.column_stack(columns), seed=SEED)
    return Ordered(
        of[0],
        len(own.tag),
        of[1],
        of[2],
        {name: one.share for name, one in pairs.items()},
        dict(zip(SCORES[:-1], drawn, strict=True)),
    )


def calibrations(carriers: Carried, tags: Sequence[str]) -> list[Calibrated]:
    """Of those with held-back occasions: the posterior's mean and the raw ratio of occasions, and of at least one.

    The posterior's mean again without the one tag whose hits it missed by most: is it all tags, or is it that one?
    """
    found = []
    for name, own in populations(carriers, everyone=False):
        worst = _missed_most(own, len(tags))
        rest = own.where(own.tag != worst)
        found += [
            _of_occasions((name, "expected"), own, own.expected),
            _of_occasions((name, f"expected, without {tags[worst]}"), rest, rest.expected),
            _of_occasions((name, "ratio"), own, own.ratio),
            _calibrated((name, "once"), own.at_least_once, own.later_hits > 0, own.customer),
        ]
    return [one for one in found if one is not None]


def _missed_most(own: Carried, tags: int) -> int:
    missed = np.bincount(own.tag, own.later_hits - own.later * own.expected, tags)
    return int(np.abs(missed).argmax())


def _of_occasions(of: tuple[str, str], own: Carried, probability: Floats) -> Calibrated | None:
    times = own.later.astype(np.int64)
    hit = _runs(own.later_hits.astype(np.int64), times)
    return _calibrated(of, np.repeat(probability, times), hit, np.repeat(own.customer, times))


def _runs(hits: Ints, times: Ints) -> Bools:
    """Of each entry's occasions, one after the other, the first `hits` are hits."""
    starts = np.repeat(np.cumsum(times) - times, times)
    return np.asarray(np.arange(int(times.sum())) - starts < np.repeat(hits, times))


def _calibrated(of: tuple[str, str], probability: Floats, hit: Bools, customer: Ints) -> Calibrated | None:
    gathered = Reliability(kept=True)
    probability = np.clip(probability, 0.0, 1.0)
    place = np.unique(customer, return_inverse=True)[1]
    gathered.error.add(probability, hit)
    gathered.parts.append((probability, hit, place))
    gathered.sums.append(np.stack([np.bincount(place, part) for part in (probability, hit)], axis=1))
    found = gathered.calibration()
    return None if found is None else Calibrated(*of, found, float(((probability - hit) ** 2).mean()))


def truth_bins(carriers: Carried) -> list[TruthBin]:
    """Does more truth mean more of the category, and is that what the posterior says? Of those active later."""
    own = carriers.where(carriers.later > 0)
    place = np.digitize(own.truth, TRUTH_BINS[1:-1])
    found = []
    for number, (low, high) in enumerate(pairwise(TRUTH_BINS)):
        inside = own.where(place == number)
        if len(inside.tag):
            shares = [float(part.sum() / inside.later.sum()) for part in _weighted(inside)]
            found.append(TruthBin(low, high, len(inside.tag), int(inside.later.sum()), *shares))
    return found


def _weighted(own: Carried) -> Sequence[Floats]:
    return own.later_hits, own.later * own.expected, own.later * own.bar


def exceeding(carriers: Carried) -> Exceeding:
    """P(θ > θ0) against what is seen of it: few carriers have held-back occasions enough; nan without any."""
    odds = carriers.bar / (1 - carriers.bar)
    own = carriers.where((carriers.later > 0) & (carriers.later >= SURE * np.maximum(odds, 1 / odds)))
    if not len(own.tag):
        return Exceeding(0, float("nan"), float("nan"))
    above = own.later_hits > own.bar * own.later
    return Exceeding(len(own.tag), float(own.truth.mean()), float(above.mean()))
