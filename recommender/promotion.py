"""What a trained ranker is worth on the last window, and whether a new model may replace the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import expit

from recommender.artifact import Artifact, ArtifactError, dumps
from recommender.blend_fit import DOUBT, calibration_of
from recommender.blending import Blended
from recommender.comparison import BASELINES, GROUPS, WORSE, Gains, difference, gains, group_masks
from recommender.evaluation.bootstrap import Bootstrap
from recommender.evidence import PLAIN
from recommender.features import kind_of
from recommender.incumbent import incumbent_scores, served_blends
from recommender.logistic import calibration_error, calibration_noise, fit_platt
from recommender.ranker import BLENDS, TIERS
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats, Ints

if TYPE_CHECKING:
    from recommender.train import Trained

LARGEST_ECE = 0.01
CHANCE = 2  # how often the error that chance alone gives is granted: the rows of one customer are not independent
LOST_COVERAGE = 0.05
SMALLEST_GROUP = 100  # customers: below, a difference is told but decides nothing
OURS = "ranker"
MISCALIBRATED = "calibration error"


class Verdict(NamedTuple):
    """Whether the new model goes into force, what speaks against it, what else is to be known, and the comparison."""

    promote: bool
    against: tuple[str, ...]
    notes: tuple[str, ...]
    compared: dict[str, Any]


def measure(blended: Blended) -> dict[str, Any]:
    """Gains of the ranker and of every baseline by blend and evidence group, calibration, and what tags add."""
    samples = blended.test.samples
    return {
        "protocol": blended.protocol,
        "window_days": blended.ranker.window_days,
        "from_day": blended.test.from_day,
        "customers": {"fit": blended.customers, "test": {name: len(one.customer) for name, one in samples.items()}},
        "blends": {
            name: _measured(blended, name, place) for place, name in enumerate(BLENDS) if blended.ranker.known[place]
        },
    }


def left_out(measured: Mapping[str, Any]) -> dict[str, str]:
    """Blends that must not serve, with the reason: no better than popularity of both windows, or not calibrated.

    Better is an order that surely is, or one that surely is not worse (by 0.5 %) with a log loss that surely is better:
    where few candidates compete, orders differ little.
    """
    found = {}
    for name in BLENDS:
        own = measured["blends"].get(name)
        if own is None:
            found[name] = "too little to learn from"
        elif not _better(own):
            found[name] = (
                f"not better than popularity: nDCG@10 {own['over_popularity']['mean']:+.4f} "
                f"[{own['over_popularity']['low']:+.4f}, {own['over_popularity']['high']:+.4f}]"
            )
        elif name in TIERS and own["ece"] > LARGEST_ECE + CHANCE * own["ece_by_chance"]:
            by_chance = f"{CHANCE} times the {own['ece_by_chance']:.4f} of chance"
            found[name] = f"{MISCALIBRATED} {own['ece']:.4f}, at most {LARGEST_ECE} + {by_chance}"
    return found


def _better(own: Mapping[str, Any]) -> bool:
    order = own["over_popularity"]
    plain = [own["models"][name]["ndcg"] for name in BASELINES if name in own["models"] and "popularity" in name]
    sharper = own["log_loss_saved"]["low"] > 0
    return bool(order["low"] > 0 or (sharper and order["low"] >= -WORSE * max(plain, default=0.0)))


def judge(trained: Trained, incumbent: Artifact | None) -> Verdict:
    """The gate of recommender.md §10.6 in its first form, tier by tier; the first model only has to be sane.

    Worse is a tier or an evidence group whose whole interval lies below −0.5 % of the incumbent's gain, or, where the
    interval is narrow enough to tell (half of it within 0.5 %), whose lower end does. Orders are those by probability,
    without the leaning of the transferable tier.
    """
    dropped = trained.left_out
    notes = [f"{name}: left out, {reason}" for name, reason in dropped.items()]
    against: list[str] = []
    compared: dict[str, Any] = {}
    fault = _fault(trained.artifact)
    if fault is not None:
        against.append(fault)
    served = served_blends(incumbent)
    against += [f"{name}: {reason}" for name, reason in dropped.items() if name in served and MISCALIBRATED in reason]
    if incumbent is None or trained.test is None or trained.ranker is None:
        return Verdict(not against, tuple(against), tuple(notes), compared)
    other = incumbent_scores(incumbent, trained.test)
    if other is None:
        notes.append("not compared with the model in force: it has seen the days of the test")
    for name, scores in (other or {}).items():
        place = BLENDS.index(name)
        if name in TIERS and trained.ranker.known[place]:
            rows = trained.test.rows[name]
            own = trained.ranker.blend(place).logits(rows.features)
            compared[name], worse = _against(rows, own, scores)
            if name in served:  # before a tier's first ranker there is no coverage to keep
                worse += _narrower(rows, own, scores)
            against += [f"{name}: {reason}" for reason in worse]
    return Verdict(not against, tuple(against), tuple(notes), compared)


def _fault(artifact: Artifact) -> str | None:
    """What the artifact's own check says against it: a number that is none, a wrong shape, nothing known."""
    try:
        dumps(artifact)
    except ArtifactError as error:
        return f"the artifact is no sound one: {error}"
    return None if len(artifact.arrays["items.product"]) else "the artifact knows no product"


def _measured(blended: Blended, name: str, place: int) -> dict[str, Any]:
    rows = blended.test.rows[name]
    doubt = DOUBT if name in blended.side_by_side else np.inf
    chance = _honest(rows, blended.ranker.blend(place).logits(rows.features), doubt)
    saved = min((_saved(rows, chance, name) for name in PLAIN), key=lambda one: one.low)
    truth, rows = rows.truth, rows.with_something_to_find()
    models = {OURS: gains(rows, blended.ranker.blend(place).logits(rows.features))}
    for model, feature in BASELINES.items():
        column = rows.feature(feature)
        if column.any():
            models[model] = gains(rows, column)
    for ablation, blend in blended.fits[name].ablated.items():
        models[f"{OURS} {ablation}"] = gains(rows, blend.logits(rows.features))
    plain = [model for model in ("popularity", "popularity 60 d") if model in models]
    over = [difference(models[OURS].ndcg, models[model].ndcg) for model in plain]
    least = min(over, key=lambda one: one.low) if over else difference(np.empty(0), np.empty(0))
    return {
        "rankings": len(models[OURS].customer),
        "rows": len(truth),
        "bought": int(rows.truth.sum()),
        "ece": calibration_error(chance, truth),
        "ece_by_chance": calibration_noise(chance),
        "over_popularity": least._asdict(),
        "log_loss_saved": saved._asdict(),
        "cut_share": blended.fits[name].cut_share,
        "evidence": [point._asdict() for point in blended.fits[name].curve],
        "models": {model: _told(found, rows.events, models[OURS]) for model, found in models.items()},
    }


def _honest(rows: RankingRows, logits: Floats, doubt: float) -> Floats:
    """Probabilities by calibrations that were each fitted on the other half of the customers."""
    half, kind = _half(rows.owner)[rows.customer], kind_of(rows.features.T)
    p = np.empty(len(logits))
    for inside in (half, ~half):
        other = calibration_of(logits[~inside], rows.truth[~inside], kind[~inside], doubt)[kind[inside]]
        p[inside] = expit(other[:, 0] * logits[inside] + other[:, 1])
    return p


def _half(owner: Ints) -> Bools:
    """A half of the customers with all the occasions of each; not by odd and even, as what they learnt from is."""
    return np.asarray(np.searchsorted(np.unique(owner), owner) // 2 % 2 == 0, dtype=np.bool_)


def _saved(rows: RankingRows, chance: Floats, feature: str) -> Bootstrap:
    """How much less the mean log loss of customers is than that of a popularity, calibrated on these very rows."""
    column = rows.feature(feature)
    slope, shift = fit_platt(column, rows.truth)
    loss = (_losses(expit(slope * column + shift), rows.truth), _losses(chance, rows.truth))
    count = np.bincount(rows.customer)
    plain, own = (np.bincount(rows.customer, one)[count > 0] / count[count > 0] for one in loss)
    return difference(plain, own)


def _losses(chance: Floats, truth: Bools) -> Floats:
    return -np.log(np.maximum(np.where(truth, chance, 1.0 - chance), 1e-12))


def _told(found: Gains, events: Floats, ours: Gains) -> dict[str, Any]:
    groups = group_masks(events[found.customer])
    return {
        "ndcg": _mean(found.ndcg),
        "recall": _mean(found.recall),
        "coverage": found.coverage,
        "less_than_ranker": difference(ours.ndcg, found.ndcg)._asdict(),
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
    return told, worse


def _narrower(rows: RankingRows, own: Floats, other: Floats) -> list[str]:
    ours, theirs = gains(rows, own).coverage, gains(rows, other).coverage
    if ours >= theirs * (1 - LOST_COVERAGE):
        return []
    return [f"coverage@10 is {ours:.3f}, {theirs:.3f} with the model in force"]


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
