"""Rows of customers as they are known, and of the same customers with little known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recommender.comparison import WORSE, difference, gains
from recommender.first_stage import FirstStage
from recommender.ranking_rows import TRUNCATED, RankingRows, Sample, ranking_rows, truncations
from recommender.states import Histories
from recommender.training_data import Floats, Ints

PLAIN = ("popularity", "popularity_60")
FEWEST = 50  # rankings: below, a point of the curve is told but decides nothing


class EvidencePoint(NamedTuple):
    """nDCG@10 of customers with so many events kept, that of popularity, and the difference with its interval."""

    events: int
    rankings: int
    own: float
    popularity: float
    mean: float
    low: float
    high: float

    @property
    def below(self) -> bool:
        """Whether more than 0.5 % of popularity's gain is lost, and not by chance; never of a few rankings."""
        return self.rankings >= FEWEST and self.mean < -WORSE * self.popularity and self.high < 0


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """`cut` are the rows with histories cut to `kept` events each, [customers of cut], `unseen` with none of theirs."""

    whole: RankingRows
    cut: RankingRows
    unseen: RankingRows
    kept: Ints

    @classmethod
    def joined(cls, parts: Sequence[Evidence]) -> Evidence:
        """Those of several groups of customers, one after the other."""
        return cls(
            RankingRows.joined([one.whole for one in parts]),
            RankingRows.joined([one.cut for one in parts]),
            RankingRows.joined([one.unseen for one in parts]),
            np.concatenate([one.kept for one in parts]),
        )

    def curve(self, scores: Floats) -> list[EvidencePoint]:
        """What scores of the rows of `cut` are worth against the better kind of popularity, by events kept."""
        rows = self.cut.with_something_to_find()
        inside = np.bincount(self.cut.customer[self.cut.truth], minlength=len(self.kept)) > 0
        own = gains(rows, scores[inside[self.cut.customer]])
        plain = max((gains(rows, rows.feature(name)).ndcg for name in PLAIN), key=lambda one: float(one.sum()))
        found = []
        for events in TRUNCATED.tolist():
            here = self.kept[own.customer] == events
            if here.any():
                apart = difference(own.ndcg[here], plain[here])
                found.append(
                    EvidencePoint(
                        events, int(here.sum()), float(own.ndcg[here].mean()), float(plain[here].mean()), *apart
                    )
                )
        return found


def evidence_rows(
    stage: FirstStage, histories: Histories, sample: Sample, blends: Sequence[str], seed: int
) -> dict[str, Evidence]:
    """The rows of a sample, and of every other one of its customers with few events kept and with none."""
    whole = ranking_rows(stage, histories, sample, blends)
    some = sample.where(np.arange(len(sample.customer)) % 2 == 0)
    kept = truncations(len(some.customer), seed)
    cut = ranking_rows(stage, histories, some._replace(newest=kept), blends)
    unseen = ranking_rows(stage, histories, some._replace(newest=np.zeros_like(kept)), blends)
    return {name: Evidence(whole[name], cut[name], unseen[name], kept) for name in blends}
