"""The weights of one blend: penalty, and how much histories cut short count, chosen on the last window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recommender.ablation import ablations
from recommender.blend_parts import Parts
from recommender.evidence import Evidence, EvidencePoint
from recommender.features import EVER_HAD, KINDS, NEVER_HAD, STRANGER, UNSEEN, kind_of, seen
from recommender.logistic import Fitted, Rows, fit_logistic, fit_platt, log_loss
from recommender.ranker import Blend
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats, Ints

PENALTIES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
CUT_SHARES = (0.0, 0.1, 1.0)  # what a history cut short counts beside a whole one
FOLDS = 3
DOUBT = 0.2  # weights learnt by maximum likelihood are about calibrated: a few rows do not prove that they are not
LEAST_BOUGHT = 100  # rows: with fewer that were bought, one set of weights serves all kinds of product


@dataclass(frozen=True, slots=True, eq=False)
class BlendFit:
    """The chosen fits, the weights of each ablation that changes anything, the share of cut histories, the curve.

    `met`: strangers are learnt from new customers, not from others with everything hidden.
    """

    parts: Parts
    ablated: dict[str, Blend]
    cut_share: float
    curve: list[EvidencePoint]
    met: bool

    @classmethod
    def of(cls, learnt: Evidence, held: Evidence) -> BlendFit:
        """Learns from the one; on the other takes the least share of cut histories with which no few events lose.

        Cut histories teach the blend what to do where little is known, and cost it where much is: what is hidden of
        them is not what is unknown of a new customer. So they count only where popularity is not reached without.
        """
        new = (_strangers(learnt.whole), _strangers(held.whole))
        met = min(one.truth.sum() for one in new) >= LEAST_BOUGHT
        unseen = (learnt.unseen, held.unseen)
        unknown = {STRANGER: new if met else unseen, UNSEEN: unseen}
        tried: list[tuple[float, Parts, list[EvidencePoint]]] = []
        for share in CUT_SHARES:
            best = _best(*_rows(learnt, share), held.whole, unknown)
            tried.append((share, best, held.curve(best.blend().logits(held.cut.features))))
            if not any(point.below for point in tried[-1][2]):
                break
        share, parts, curve = min(tried, key=lambda one: sum(point.below for point in one[2]))
        of_unknown = {kind: rows for kind, (rows, _) in unknown.items()}
        return cls(parts, ablations(parts, *_rows(learnt, share), of_unknown), share, curve, met)

    @property
    def blend(self) -> Blend:
        """The weights by kind."""
        return self.parts.blend()

    def again(self, every: RankingRows, learnt: Evidence, held: Evidence) -> Blend:
        """The weights learnt of both, whose rows of whole histories are `every`, with all that was chosen."""
        unseen = RankingRows.joined([learnt.unseen, held.unseen])
        unknown = {STRANGER: _strangers(every) if self.met else unseen, UNSEEN: unseen}
        rows, weight = every, every.weight()
        if self.cut_share:
            cut = RankingRows.joined([learnt.cut, held.cut])
            rows, weight = RankingRows.joined([every, cut]), np.append(weight, self.cut_share * cut.weight())
        return self.parts.again(rows, weight, unknown).blend()

    def crossed(self, rows: RankingRows) -> Floats:
        """The logits of rows from weights learnt of other customers: of two thirds for each third, penalties kept.

        A kind with few bought by the others has the weights of the blend itself.
        """
        kinds, weight = kind_of(rows.features.T), rows.weight()
        fold, found = rows.customer % FOLDS, self.blend.logits(rows.features)
        for kind in np.unique(kinds).tolist():
            fitted = self.parts.own.get(kind, self.parts.both)
            alike = kinds == kind if kind in self.parts.own else seen(kinds)
            for number in range(FOLDS):
                others, own = alike & (fold != number), (kinds == kind) & (fold == number)
                if own.any() and rows.truth[others].sum() >= LEAST_BOUGHT:
                    features, truth = rows.features[others], rows.truth[others]
                    again = fit_logistic(features, truth, weight[others], fitted.l2, fitted)
                    found[own] = rows.features[own] @ again.weights + again.constant
        return found


def calibration_of(logits: Floats, truth: Bools, kinds: Ints) -> Floats:
    """Slope and shift [4, 2] by `features.kind_of`, together where few of a kind were bought."""
    found = np.tile(fit_platt(logits, truth, DOUBT), (KINDS, 1))
    for kind in range(KINDS):
        inside = kinds == kind
        if truth[inside].sum() >= LEAST_BOUGHT:
            found[kind] = fit_platt(logits[inside], truth[inside], DOUBT)
    return found


def _rows(learnt: Evidence, share: float) -> tuple[RankingRows, Floats]:
    if not share:
        return learnt.whole, learnt.whole.weight()
    weights = (learnt.whole.weight(), share * learnt.cut.weight())
    return RankingRows.joined([learnt.whole, learnt.cut]), np.concatenate(weights)


def _strangers(rows: RankingRows) -> RankingRows:
    inside = np.zeros(len(rows.events), np.bool_)
    inside[rows.customer[kind_of(rows.features.T) == STRANGER]] = True
    return rows.of(inside)


def _best(
    rows: RankingRows, weight: Floats, held: RankingRows, unknown: Mapping[int, tuple[RankingRows, RankingRows]]
) -> Parts:
    """A fit for each kind of product, or one for those had and never had where that has the smaller log loss."""
    kinds, tested = kind_of(rows.features.T), kind_of(held.features.T)
    both, loss = _fit(rows, weight, held, seen(kinds), seen(tested))
    parts: dict[int, Fitted] = {}
    losses = 0.0
    for kind in (NEVER_HAD, EVER_HAD):
        inside, there = kinds == kind, tested == kind
        if min(rows.truth[inside].sum(), held.truth[there].sum()) < LEAST_BOUGHT:
            losses += _loss(both, _Tested.of(held, there))
            continue
        parts[kind], own = _fit(rows, weight, held, inside, there)
        losses += own
    if losses >= loss:
        parts = {}
    for kind, (learnt, there) in unknown.items():
        if min(learnt.truth.sum(), there.truth.sum()) >= LEAST_BOUGHT:
            every = np.ones(len(learnt.truth), np.bool_), np.ones(len(there.truth), np.bool_)
            parts[kind], _ = _fit(learnt, learnt.weight(), there, *every)
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
