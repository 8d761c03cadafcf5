"""The weights of one blend: penalty, and how much histories cut short count, chosen on the last window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recommender.ablation import ablations
from recommender.blend_parts import FOLDS, Mixture, Parts, fold_of
from recommender.evidence import Evidence, EvidencePoint
from recommender.features import EVER_HAD, KINDS, NEVER_HAD, STRANGER, UNSEEN, kind_of, seen
from recommender.logistic import Fitted, Rows, fit_logistic, fit_platt, log_loss
from recommender.ranker import Blend
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats, Ints

PENALTIES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
CUT_SHARES = (0.0, 0.1, 1.0)  # what a history cut short counts beside a whole one
DOUBT = 0.2  # weights learnt by maximum likelihood are about calibrated: a few rows do not prove that they are not
LEAST_BOUGHT = 100  # rows: with fewer that were bought, one set of weights serves all kinds of product


@dataclass(frozen=True, slots=True, eq=False)
class BlendFit:
    """The chosen fits, the weights of each ablation that changes anything, the share of cut histories, the curve.

    `real_strangers`: strangers are learnt from new customers, not from others with everything hidden.
    """

    parts: Parts
    ablated: dict[str, Blend]
    cut_share: float
    curve: list[EvidencePoint]
    real_strangers: bool

    @classmethod
    def of(cls, learnt: Evidence, held: Evidence) -> BlendFit:
        """Learns from the one; on the other takes the least share of cut histories with which no few events lose.

        Cut histories teach the blend what to do where little is known, and cost it where much is: what is hidden of
        them is not what is unknown of a new customer. So they count only where popularity is not reached without.
        """
        new = (_strangers(learnt.whole), _strangers(held.whole))
        real = bool(min(one.truth.sum() for one in new) >= LEAST_BOUGHT)
        tried: list[tuple[float, Parts, list[EvidencePoint]]] = []
        tested = _mixture([held], 0.0, real_strangers=real)
        for share in CUT_SHARES:
            best = _best(_mixture([learnt], share, real_strangers=real), tested)
            tried.append((share, best, held.curve(best.blend().logits(held.cut.features))))
            if not any(point.below for point in tried[-1][2]):
                break
        share, parts, curve = min(tried, key=lambda one: sum(point.below for point in one[2]))
        ablated = ablations(parts, _mixture([learnt], share, real_strangers=real))
        return cls(parts, ablated, share, curve, real)

    @property
    def blend(self) -> Blend:
        """The weights by kind."""
        return self.parts.blend()

    def mixture(self, learnt: Evidence, held: Evidence) -> Mixture:
        """What the blend learns from when it learns from both."""
        return _mixture([learnt, held], self.cut_share, real_strangers=self.real_strangers)

    def crossed(self, rows: RankingRows, mixture: Mixture) -> Floats:
        """The logits of rows, each customer's from weights learnt of others: those outside his fold."""
        fold, found = fold_of(rows), np.empty(len(rows.truth))
        for number in range(FOLDS):
            own = fold == number
            if own.any():
                others = self.parts.learnt_from(mixture.without(number))
                found[own] = others.blend().logits(rows.features[own])
        return found


def calibration_of(logits: Floats, truth: Bools, kinds: Ints, doubt: float = np.inf) -> Floats:
    """Slope and shift [4, 2] by `features.kind_of`, together where few of a kind were bought; `fit_platt` on doubt."""
    found = np.tile(fit_platt(logits, truth, doubt), (KINDS, 1))
    for kind in range(KINDS):
        inside = kinds == kind
        if truth[inside].sum() >= LEAST_BOUGHT:
            found[kind] = fit_platt(logits[inside], truth[inside], doubt)
    return found


def _mixture(parts: Sequence[Evidence], share: float, *, real_strangers: bool) -> Mixture:
    """The rows of whole histories, of cut ones by their share, and of those of whom nothing is known."""
    rows = RankingRows.joined([one.whole for one in parts])
    weight, unseen = rows.weight(), RankingRows.joined([one.unseen for one in parts])
    unknown = {STRANGER: _strangers(rows) if real_strangers else unseen, UNSEEN: unseen}
    if share:
        cut = RankingRows.joined([one.cut for one in parts])
        rows, weight = RankingRows.joined([rows, cut]), np.append(weight, share * cut.weight())
    return Mixture(rows, weight, unknown)


def _strangers(rows: RankingRows) -> RankingRows:
    inside = np.zeros(len(rows.events), np.bool_)
    inside[rows.customer[kind_of(rows.features.T) == STRANGER]] = True
    return rows.of(inside)


def _best(learnt: Mixture, held: Mixture) -> Parts:
    """A fit for each kind of product, or one for those had and never had where that has the smaller log loss."""
    rows, tested = learnt.rows, held.rows
    kinds, others = kind_of(rows.features.T), kind_of(tested.features.T)
    both, loss = _fit(rows, learnt.weight, tested, seen(kinds), seen(others))
    parts: dict[int, Fitted] = {}
    losses = 0.0
    for kind in (NEVER_HAD, EVER_HAD):
        inside, there = kinds == kind, others == kind
        if min(rows.truth[inside].sum(), tested.truth[there].sum()) < LEAST_BOUGHT:
            losses += _loss(both, _Tested.of(tested, there))
            continue
        parts[kind], own = _fit(rows, learnt.weight, tested, inside, there)
        losses += own
    if losses >= loss:
        parts = {}
    for kind, known in learnt.unknown.items():
        hidden = held.unknown[kind]
        if min(known.truth.sum(), hidden.truth.sum()) >= LEAST_BOUGHT:
            every = np.ones(len(known.truth), np.bool_), np.ones(len(hidden.truth), np.bool_)
            parts[kind], _ = _fit(known, known.weight(), hidden, *every)
    return Parts(both, parts)


class _Tested(NamedTuple):
    """Some of the rows of the last window; each customer's rows together weigh 1, also those left out."""

    features: Rows
    truth: Bools
    weight: Floats

    @classmethod
    def of(cls, held: RankingRows, inside: Bools) -> _Tested:
        return cls(held.features[inside], held.truth[inside], held.weight()[inside])


def _fit(rows: RankingRows, weight: Floats, held: RankingRows, inside: Bools, there: Bools) -> tuple[Fitted, float]:
    """The fit to some rows whose log loss on some of the last window is the least of all penalties, and that loss."""
    whole = bool(inside.all())
    features = rows.features if whole else rows.features[inside]
    truth, weight, tested = rows.truth[inside], weight[inside], _Tested.of(held, there)
    found: list[tuple[float, int, Fitted]] = []
    start: Fitted | None = None
    for number, penalty in enumerate(PENALTIES):
        start = fit_logistic(features, truth, weight, penalty, start)
        found.append((_loss(start, tested), number, start))
    loss, _, best = min(found, key=lambda one: one[:2])
    return best, loss


def _loss(fitted: Fitted, tested: _Tested) -> float:
    """The sum of the log losses."""
    if not len(tested.truth):
        return 0.0
    logits = np.asarray(tested.features @ fitted.weights + fitted.constant, dtype=np.float64)
    return log_loss(logits, tested.truth, tested.weight) * float(tested.weight.sum())
