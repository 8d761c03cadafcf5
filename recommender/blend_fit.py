"""The weights of one blend: penalty, and how much histories cut short count, chosen on the last window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.evidence import Evidence, EvidencePoint
from recommender.features import NAMES, ever_had
from recommender.logistic import Fitted, fit_logistic, fit_platt, log_loss
from recommender.ranker import Blend
from recommender.ranking_rows import RankingRows
from recommender.training_data import Bools, Floats

PENALTIES = (1e-3, 1e-4, 1e-5, 1e-6)
CUT_SHARES = (0.0, 0.1, 1.0)  # what a history cut short counts beside a whole one
LEAST_BOUGHT = 100  # rows: with fewer that were bought, one set of weights serves both kinds of product


@dataclass(frozen=True, slots=True, eq=False)
class BlendFit:
    """The chosen weights, the same fit without tags (None: they add nothing), the share of cut histories, the curve."""

    blend: Blend
    without_tags: Blend | None
    cut_share: float
    curve: list[EvidencePoint]

    @classmethod
    def of(cls, learnt: Evidence, held: Evidence) -> BlendFit:
        """Learns from the one; on the other takes the least share of cut histories with which no few events lose.

        Cut histories teach the blend what to do where little is known, and cost it where much is: what is hidden of
        them is not what is unknown of a new customer. So they count only where popularity is not reached without.
        """
        tried: list[tuple[float, Blend, list[EvidencePoint]]] = []
        for share in CUT_SHARES:
            best = _best(*_rows(learnt, share), held.whole)
            tried.append((share, best, held.curve(best.logits(held.cut.features))))
            if not any(point.below for point in tried[-1][2]):
                break
        share, blend, curve = min(tried, key=lambda one: sum(point.below for point in one[2]))
        return cls(blend, _without_tags(*_rows(learnt, share), held.whole, blend), share, curve)


def calibration_of(logits: Floats, truth: Bools, had: Bools) -> Floats:
    """Slope and shift [2, 2] of products never had and had before, together where few of a kind were bought."""
    found = np.tile(fit_platt(logits, truth), (2, 1))
    for kind in range(2):
        inside = had == bool(kind)
        if truth[inside].sum() >= LEAST_BOUGHT:
            found[kind] = fit_platt(logits[inside], truth[inside])
    return found


def _rows(learnt: Evidence, share: float) -> tuple[RankingRows, Floats]:
    if not share:
        return learnt.whole, learnt.whole.weight()
    weights = (learnt.whole.weight(), share * learnt.cut.weight())
    return RankingRows.joined([learnt.whole, learnt.cut]), np.concatenate(weights)


def _best(rows: RankingRows, weight: Floats, held: RankingRows) -> Blend:
    """One fit for each kind of product, or one for both where that has the smaller log loss on the last window."""
    had, tested = ever_had(rows.features.T), ever_had(held.features.T)
    both, loss = _fit(rows, weight, held, np.ones(len(had), np.bool_), np.ones(len(tested), np.bool_))
    parts, losses = [both, both], 0.0
    for kind in range(2):
        inside, there = had == bool(kind), tested == bool(kind)
        if min(rows.truth[inside].sum(), held.truth[there].sum()) < LEAST_BOUGHT:
            losses += _loss(both, held, there)
            continue
        parts[kind], own = _fit(rows, weight, held, inside, there)
        losses += own
    if losses >= loss:
        parts = [both, both]
    return Blend(np.stack([part.weights for part in parts]), np.array([part.constant for part in parts]))


def _fit(rows: RankingRows, weight: Floats, held: RankingRows, inside: Bools, there: Bools) -> tuple[Fitted, float]:
    """The fit to some rows whose log loss on some of the last window is the least of all penalties, and that loss."""
    whole = bool(inside.all())
    features = rows.features if whole else rows.features[inside]
    truth, weight = rows.truth[inside], weight[inside]
    found: list[tuple[float, int, Fitted]] = []
    start: Fitted | None = None
    for number, penalty in enumerate(PENALTIES):
        start = fit_logistic(features, truth, weight, penalty, start)
        found.append((_loss(start, held, there), number, start))
    loss, _, best = min(found, key=lambda one: one[:2])
    return best, loss


def _loss(fitted: Fitted, held: RankingRows, inside: Bools) -> float:
    """The sum of the log losses, each customer counting 1."""
    if not inside.any():
        return 0.0
    weight = held.weight()[inside]
    logits = np.asarray(held.features[inside] @ fitted.weights + fitted.constant, dtype=np.float64)
    return log_loss(logits, held.truth[inside], weight) * float(weight.sum())


def _without_tags(rows: RankingRows, weight: Floats, held: RankingRows, blend: Blend) -> Blend | None:
    tags = [NAMES.index("tag"), NAMES.index("tag_of_strangers")]
    if not np.any(blend.weights[:, tags]):
        return None
    blind = rows.features.copy()
    blind[:, tags] = 0.0
    return _best(rows._replace(features=blind), weight, held)
