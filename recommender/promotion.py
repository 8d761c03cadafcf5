"""What a trained ranker is worth on the last window, and whether a new model may replace the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from recommender.blending import Blended, Test
from recommender.comparison import BASELINES, GROUPS, Gains, difference, gains, group_masks
from recommender.logistic import calibration_error, fit_platt
from recommender.ranker import BLENDS, TIERS, Ranker
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats

WORSE = 0.005  # of the incumbent's gain: recommender.md §10.6
LARGEST_ECE = 0.01
LOST_COVERAGE = 0.05
SMALLEST_GROUP = 100  # customers: below, a difference is told but decides nothing
OURS = "ranker"


class Verdict(NamedTuple):
    """Whether the new model goes into force, why (or why not), and what was compared with the one in force."""

    promote: bool
    reasons: tuple[str, ...]
    incumbent: dict[str, Any]


def measure(blended: Blended) -> dict[str, Any]:
    """Gains of the ranker and of every baseline by blend and evidence group, calibration, and what tags add."""
    return {
        "protocol": blended.protocol,
        "window_days": blended.ranker.window_days,
        "from_day": blended.test.from_day,
        "customers": {"fit": blended.customers, "test": len(blended.test.sample.customer)},
        "blends": {
            name: _measured(blended, name, place)
            for place, name in enumerate(BLENDS)
            if blended.ranker.known[place]
        },
    }


def kept(measured: Mapping[str, Any]) -> Bools:
    """Which blends rank better than popularity, by the lower end of the paired interval (both windows of it)."""
    blends = measured["blends"]
    return np.array([name in blends and blends[name]["over_popularity"]["low"] > 0 for name in BLENDS])


def judge(measured: Mapping[str, Any], test: Test | None, ours: Ranker | None, other: dict[str, Floats]) -> Verdict:
    """The gate of recommender.md §10.6, first form; `other` are the incumbent's scores of the test's rows by blend.

    Worse is a tier or evidence group whose whole interval lies below −0.5 % of the incumbent's gain, or, where the
    interval is narrow enough to tell (half of it within 0.5 %), whose lower end does.
    """
    reasons, compared = [], {}
    for name, place in ((name, BLENDS.index(name)) for name in TIERS):
        own = measured.get("blends", {}).get(name)
        if own is None or ours is None or not ours.known[place]:
            continue
        if own["ece"] > LARGEST_ECE:
            reasons.append(f"{name}: calibration error {own['ece']:.4f}, at most {LARGEST_ECE}")
        if test is not None and name in other:
            compared[name], worse = _against(test.rows[name], scores_of(ours, test.rows[name], place), other[name])
            reasons += [f"{name}: {reason}" for reason in worse]
    return Verdict(not reasons, tuple(reasons), compared)


def scores_of(ranker: Ranker, rows: RankingRows, place: int) -> Floats:
    """The logits of one blend."""
    return np.asarray(rows.features @ ranker.weights[place] + ranker.constant[place], dtype=np.float64)


def _measured(blended: Blended, name: str, place: int) -> dict[str, Any]:
    rows = blended.test.rows[name]
    ece = _honest_ece(rows, scores_of(blended.ranker, rows, place))
    rows = rows.with_something_to_find()
    models = {OURS: gains(rows, scores_of(blended.ranker, rows, place))}
    for model, feature in BASELINES.items():
        column = rows.feature(feature)
        if column.any():
            models[model] = gains(rows, column)
    if name in blended.without_tags:
        blind = blended.without_tags[name]
        models["ranker without tags"] = gains(rows, np.asarray(rows.features @ blind.weights + blind.constant))
    over = [
        difference(models[OURS].ndcg, models[model].ndcg) for model in ("popularity", "popularity 60 d") if model in models
    ]
    least = min(over, key=lambda one: one.low) if over else difference(np.empty(0), np.empty(0))
    return {
        "rankings": len(models[OURS].customer),
        "rows": len(blended.test.rows[name].truth),
        "bought": int(rows.truth.sum()),
        "ece": ece,
        "over_popularity": least._asdict(),
        "models": {model: _told(found, rows.events) for model, found in models.items()},
    }


def _honest_ece(rows: RankingRows, logits: Floats) -> float:
    """ECE of calibrations that were each fitted on the other half of the customers."""
    half = rows.customer % 2 == 0
    p = np.empty(len(logits))
    for inside in (half, ~half):
        slope, shift = fit_platt(logits[~inside], rows.truth[~inside])
        p[inside] = 1.0 / (1.0 + np.exp(-(slope * logits[inside] + shift)))
    return calibration_error(p, rows.truth)


def _told(found: Gains, events: Floats) -> dict[str, Any]:
    groups = group_masks(events[found.customer])
    return {
        "ndcg": _mean(found.ndcg),
        "recall": _mean(found.recall),
        "coverage": found.coverage,
        "groups": {
            name: {"rankings": int(inside.sum()), "ndcg": _mean(found.ndcg[inside])} for name, inside in groups.items()
        },
    }


def _against(rows: RankingRows, own: Floats, other: Floats) -> tuple[dict[str, Any], list[str]]:
    """Differences to the incumbent over all and by evidence group, and which of them are too bad."""
    ours, theirs = gains(rows, own), gains(rows, other)
    groups: dict[str, Bools] = {"all": np.ones(len(ours.customer), np.bool_), **group_masks(rows.events[ours.customer])}
    told, worse = {}, []
    for group in ("all", *(name for name, _, _ in GROUPS)):
        inside = groups[group]
        apart, base = difference(ours.ndcg[inside], theirs.ndcg[inside]), _mean(theirs.ndcg[inside])
        told[group] = {"rankings": int(inside.sum()), "incumbent": base, **apart._asdict()}
        bound = -WORSE * base
        narrow = (apart.high - apart.low) / 2 <= WORSE * base
        if inside.sum() >= SMALLEST_GROUP and (apart.high < bound or (narrow and apart.low < bound)):
            worse.append(
                f"nDCG@10 of {'all customers' if group == 'all' else f'customers with {group} events'} is "
                f"{apart.mean:+.4f} [{apart.low:+.4f}, {apart.high:+.4f}] against the model in force"
            )
    if ours.coverage < theirs.coverage * (1 - LOST_COVERAGE):
        worse.append(f"coverage@10 {ours.coverage:.3f}, the model in force has {theirs.coverage:.3f}")
    return told, worse


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
