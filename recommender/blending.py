"""Trains the ranker: first stage on what came before, blends on a window, calibration and choice on the last one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from recommender.blend_fit import DOUBT, BlendFit, calibration_of
from recommender.candidates import ALL_CANDIDATES
from recommender.choice_rows import ChoiceRows, choice_rows
from recommender.evidence import Evidence, evidence_rows
from recommender.features import KINDS, NAMES, kind_of
from recommender.first_stage import LEAST_CHOICES, FirstStage, StageSettings
from recommender.interactions import Items
from recommender.points import CELLS, CustomerDays, Points, bought_in, choices_of, points_of, spread
from recommender.ranker import BLENDS, LISTING, TIERS, Blend, Ranker
from recommender.ranking_rows import RankingRows, Sample
from recommender.states import Histories
from recommender.training_data import Ints, TrainingData

Protocol = Literal["auto", "window", "occasion"]
FIT_CELLS, TEST_CELLS = 600_000, 1_200_000  # customers × candidates of the two samples
MOST_CUSTOMERS = 10_000
LARGE_CUSTOMERS = 10_000  # of a catalogue where candidates are a choice
POINT_DAYS = 180
LONGEST, SHORTEST = 60, 20  # days of a window
LEAST_BUYERS, LEAST_SHARE, LEAST_PAST = 100, 0.05, 0.3


class Window(NamedTuple):
    """Days of the ranker's window and of the last one; both have `days` days. None: there is no such history."""

    days: int
    fit_from: int
    test_from: int


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """What the choice is made on: customers and their rows by blend, and the first stage that did not see their future.

    Where only single occasions are there to learn from, there is no blend of a tier: nothing says how many buy at all.
    """

    samples: dict[str, Sample]
    rows: dict[str, RankingRows]
    stage: FirstStage
    data: TrainingData
    from_day: int


@dataclass(frozen=True, slots=True, eq=False)
class Blended:
    """The ranker with the weights it had before the choice, what it is judged on, and how each blend was fitted.

    `served` is the same but for the blends `side_by_side`, of which the rows to learn from and to judge by are of the
    same days: once judged, they learn from both. Ablations and figures are of the weights judged.
    """

    ranker: Ranker
    served: Ranker
    test: Test
    protocol: str
    customers: int
    fits: dict[str, BlendFit]
    side_by_side: tuple[str, ...] = ()


class Gathered(NamedTuple):
    """The rows of each blend that weights are learnt from and those held back, with what the choice is made on.

    Of the blends `side_by_side` both are of the same days, of other customers: calibrated on all of them, crosswise.
    """

    learnt: dict[str, Evidence]
    held: dict[str, Evidence]
    test: Test
    protocol: str
    days: int
    side_by_side: tuple[str, ...] = ()

    def with_choices(self, rows: ChoiceRows) -> Gathered:
        """The list over all products learns from days of which it is known what could be bought."""
        test = replace(
            self.test,
            samples=self.test.samples | {LISTING: rows.sample},
            rows=self.test.rows | {LISTING: rows.held.whole},
        )
        learnt, held = self.learnt | {LISTING: rows.learnt}, self.held | {LISTING: rows.held}
        return self._replace(learnt=learnt, held=held, test=test, side_by_side=(LISTING,))


def window_of(data: TrainingData, items: Items, protocol: Protocol = "auto") -> Window | None:
    """The two last windows, where both have buyers and enough lies before them; None asks for single occasions."""
    span = data.as_of - data.from_day + 1
    days = int(np.clip(span // 6, SHORTEST, LONGEST))
    window = Window(days, data.as_of - 2 * days + 1, data.as_of - days + 1)
    if protocol == "occasion":
        return None
    every = CustomerDays.of(data.events, items, data.from_day, data.as_of)
    if protocol == "window" or not len(every.day):
        return window
    buyers = len(np.unique(every.customer))
    needed = max(LEAST_BUYERS, LEAST_SHARE * buyers)
    in_fit = (every.day >= window.fit_from) & (every.day < window.test_from)
    in_test = every.day >= window.test_from
    enough = all(len(np.unique(every.customer[inside])) >= needed for inside in (in_fit, in_test))
    return window if enough and np.mean(every.day < window.fit_from) >= LEAST_PAST else None


def blend(data: TrainingData, items: Items, settings: StageSettings, protocol: Protocol, seed: int) -> Blended | None:
    """The ranker, fitted and calibrated; None where nothing was bought."""
    window = window_of(data, items, protocol)
    if not len(items.product) or not len(CustomerDays.of(data.events, items, data.from_day, data.as_of).day):
        return None
    histories = Histories.of(data, items)
    if window is None:
        gathered = _by_occasions(data, settings, histories, seed)
    else:
        gathered = _by_windows(data, items, settings, histories, window=window, seed=seed)
    chosen = _choices(data, items, settings, histories, seed)
    return _fitted(gathered if chosen is None else gathered.with_choices(chosen))


def _choices(
    data: TrainingData, items: Items, settings: StageSettings, histories: Histories, seed: int
) -> ChoiceRows | None:
    """The list's rows where it is known of enough days lately what could be bought."""
    known = data.eligibility
    occasions = choices_of(data.events, known.where(known.day > data.as_of - LONGEST), items)
    if len(occasions.day) < LEAST_CHOICES:
        return None
    occasions = occasions.some(_most_customers(items, TEST_CELLS))
    first = int(occasions.day.min())
    stage = _stage(data.until(first - 1), items, settings, histories, first=first - POINT_DAYS)
    return choice_rows(stage, histories, data, occasions, seed)


def final_stage(data: TrainingData, items: Items, settings: StageSettings) -> FirstStage:
    """The first stage of the artifact, from all that is known."""
    return _stage(data, items, settings, Histories.of(data, items), first=data.from_day)


def _stage(
    data: TrainingData, items: Items, settings: StageSettings, histories: Histories, *, first: int
) -> FirstStage:
    occasions = CustomerDays.of(data.events, items, first, data.as_of).some(_most_points(items))
    return FirstStage.fit(data, items, points_of(histories, data.events, items, occasions), settings)


def _most_points(items: Items) -> int:
    return max(2_000, CELLS // max(len(items.product), 1))


def _most_customers(items: Items, cells: int) -> int:
    size = max(len(items.product), 1)
    return LARGE_CUSTOMERS if size > ALL_CANDIDATES else min(MOST_CUSTOMERS, cells // size)


def _by_windows(
    data: TrainingData, items: Items, settings: StageSettings, histories: Histories, *, window: Window, seed: int
) -> Gathered:
    """States at the start of a window, outcomes within it; the first stage sees only what came before."""
    parts: list[tuple[Sample, Sample]] = []
    both: list[dict[str, Evidence]] = []
    for start, cells in ((window.fit_from, FIT_CELLS), (window.test_from, TEST_CELLS)):
        before, most = data.until(start - 1), _most_customers(items, cells)
        stage = _stage(before, items, settings, histories, first=start - POINT_DAYS)
        present = _present(data, start, most)
        sample = Sample.after(present, bought_in(data.events, items, present, window.days))
        bought = CustomerDays.of(data.events, items, start, start + window.days - 1).newest().some(most)
        buyers = Sample.after(bought, bought_in(data.events, items, bought, days=1))
        parts.append((sample, buyers))
        both.append(
            evidence_rows(stage, histories, sample, TIERS, seed)
            | evidence_rows(stage, histories, buyers, (LISTING,), seed)
        )
    (sample, buyers), rows = parts[1], {name: one.whole for name, one in both[1].items()}
    test = Test(dict.fromkeys(TIERS, sample) | {LISTING: buyers}, rows, stage, data, window.test_from)
    return Gathered(both[0], both[1], test, "window", window.days)


def _present(data: TrainingData, start: int, most: int) -> CustomerDays:
    """Customers known before `start`, evenly spaced, at most so many."""
    known = (data.joined_day >= 0) & (data.joined_day < start)
    known[data.events.customer[data.events.day < start]] = True
    known[data.spells.customer[data.spells.opened < start]] = True
    found = np.flatnonzero(known)
    kept = found[spread(len(found), most)]
    return CustomerDays(kept, np.full(len(kept), start))


def _by_occasions(data: TrainingData, settings: StageSettings, histories: Histories, seed: int) -> Gathered:
    """The newest occasion of each customer given all before it; transitions are learnt from the other half.

    The first stage sees none of these occasions; a fifth of the customers is kept for calibration and choice.
    """
    events, items = data.events, Items.of(data.events, data.spells)
    every = CustomerDays.of(events, items, data.from_day, data.as_of)
    newest = every.newest()
    last_day = np.full(data.customers, data.as_of + 1)
    last_day[newest.customer] = newest.day
    earlier = _before_each(data, last_day)
    chosen = newest.some(_most_customers(items, TEST_CELLS))
    sample = Sample.after(chosen, bought_in(events, items, chosen, days=1))
    side = sample.customer % 2
    stages = _halves(earlier, settings, histories, (data, every))
    tested = (sample.customer // 2) % 5 == 0
    fit_parts: list[Evidence] = []
    test_parts: list[Evidence] = []
    for half, stage in enumerate(stages):
        for mask, parts in ((~tested, fit_parts), (tested, test_parts)):
            own = sample.where((side == half) & mask)
            parts.append(evidence_rows(stage, histories, own, (LISTING,), seed + half)[LISTING])
    order = np.concatenate([np.flatnonzero((side == half) & tested) for half in range(2)])
    held = Evidence.joined(test_parts)
    test = Test({LISTING: sample.where(order)}, {LISTING: held.whole}, stages[0], data, int(chosen.day.min()))
    learnt = {LISTING: Evidence.joined(fit_parts)}
    return Gathered(learnt, {LISTING: held}, test, "occasion", 0, (LISTING,))


def _halves(
    earlier: TrainingData, settings: StageSettings, histories: Histories, whole: tuple[TrainingData, CustomerDays]
) -> list[FirstStage]:
    """For the customers of each half, what was learnt from the purchases of the other, of the whole history."""
    data, every = whole
    items = Items.of(data.events, data.spells)
    stages: list[FirstStage] = []
    for half in range(2):
        other = every.where(np.flatnonzero(every.customer % 2 != half)).some(_most_points(items))
        points = points_of(histories, data.events, items, other)
        stages.append(
            FirstStage.fit(earlier, items, points, settings) if not stages else _relearnt(stages[0], points, earlier)
        )
    return stages


def _relearnt(stage: FirstStage, points: Points, data: TrainingData) -> FirstStage:
    transition, tags = FirstStage.directed(points, stage.scale, len(data.tag_quality))
    return replace(stage, transition=transition, tags=tags)


def _before_each(data: TrainingData, last_day: Ints) -> TrainingData:
    """The bank without what happened to each customer from a day of its own on."""
    events, spells = data.events, data.spells
    begun = spells.opened < last_day[spells.customer]
    known = data.eligibility
    return replace(
        data,
        events=events.where(events.day < last_day[events.customer]),
        spells=spells.where(begun),
        eligibility=known.where(known.day < last_day[known.customer]),
    )


def _fitted(gathered: Gathered) -> Blended:
    """Weights from the one sample, penalty, evidence and calibration from the other."""
    learnt, held, test, protocol, days, side_by_side = gathered
    size = (len(BLENDS), KINDS)
    weights, constant = np.zeros((*size, len(NAMES))), np.zeros(size)
    calibration, known = np.tile([1.0, 0.0], (*size, 1)), np.zeros(len(BLENDS), np.bool_)
    fits: dict[str, BlendFit] = {}
    final: dict[int, Blend] = {}
    for place, name in enumerate(BLENDS):
        if name not in learnt or not learnt[name].whole.truth.any() or not held[name].whole.truth.any():
            continue
        fits[name], rows = BlendFit.of(learnt[name], held[name]), held[name].whole
        blend = fits[name].blend
        weights[place], constant[place], known[place] = blend.weights, blend.constant, True
        logits = blend.logits(rows.features)
        if name in side_by_side:
            rows, mixture = RankingRows.joined([learnt[name].whole, rows]), fits[name].mixture(learnt[name], held[name])
            logits = fits[name].crossed(rows, mixture)
            final[place] = fits[name].parts.learnt_from(mixture).blend()
        doubt = DOUBT if place in final else np.inf
        calibration[place] = calibration_of(logits, rows.truth, kind_of(rows.features.T), doubt)
    customers = max(len(one.whole.events) for one in learnt.values())
    judged = Ranker(weights, constant, calibration, known, days)
    served = replace(judged, weights=weights.copy(), constant=constant.copy())
    for place, blend in final.items():
        served.weights[place], served.constant[place] = blend
    return Blended(judged, served, test, protocol, customers, fits, side_by_side)
