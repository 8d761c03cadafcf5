"""Whether measuring finds out the tags that went wrong, and in which week their life says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from recommender.evaluation.ordered_pairs import OrderedPairs
from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.tag_quality.measure import measure
from recommender.tag_quality.tag_life import ACTIVE, FEWEST_FOLLOWED, RETIRED, WATCH, TagLife
from recommender.training_data import Bools, Ints
from service.study.corruption import FRESH_DAYS, WEEK, known_by
from service.tag_lives import proofs

NOT_YET = -1
SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class FoundOut:
    """One entry a tag: whether it is wrong and claims a liking, how true it is told to be and how many errors its
    precision lies above the base rate; how many carriers were followed at the end, and the first weeks of watch and of
    retirement after the assignment, -1 not within ten.
    """

    wrong: list[bool]
    liking: list[bool]
    truth: list[float]
    lead: list[float]
    followed: list[int]
    watched: list[int]
    retired: list[int]

    @property
    def judged(self) -> list[int]:
        """The places of the wrong tags with carriers enough to be judged."""
        return [
            place for place, carriers in enumerate(self.followed) if self.wrong[place] and carriers >= FEWEST_FOLLOWED
        ]

    def auc(self, of: str, *, likings: bool = False) -> float:
        """How often a right tag has more of `truth` or `lead` than a wrong one; nan where one kind is missing."""
        score, wrong = np.array(getattr(self, of)), np.array(self.wrong, dtype=np.float64)
        known = ~np.isnan(score) & (np.array(self.liking, dtype=np.bool_) | (not likings))
        right = 1.0 - wrong
        return OrderedPairs.of(score[known], right[known], wrong[known], np.zeros(int(known.sum()), np.int64)).share

    @classmethod
    def joined(cls, found: Sequence[FoundOut]) -> FoundOut:
        """Those of several banks as one."""
        return cls(*([one for part in found for one in getattr(part, field.name)] for field in fields(cls)))


def found_out(evidence: Evidence, trusted: Bools, share: float, seed: int) -> FoundOut:
    """A share of the trusted tags that claim something stands with other customers, drawn anew for each tag.

    The scores are measured with the days of assignment as they were, the weeks as if all assignments of the wrong tags
    were ten weeks old and the bank measured at the end of each week since.
    """
    chance = np.random.default_rng(seed)
    claiming = np.flatnonzero(trusted & evidence.claims.any(axis=1))
    wrong = np.sort(chance.permutation(claiming)[: round(share * len(claiming))])
    assigned = evidence.assigned.copy()
    for tag in wrong.tolist():
        assigned[chance.permutation(evidence.customers), tag] = evidence.assigned[:, tag]
    whole = measure(replace(evidence, assigned=assigned))
    precision, base, carriers = (column[claiming, 0] for column in (whole.precision, whole.base_rate, whole.followed))
    error = np.sqrt(np.maximum(precision * (1 - precision), SMALLEST) / np.maximum(carriers, 1.0))
    watched, retired, followed = (np.full(len(claiming), NOT_YET) for _ in range(3))
    of_wrong = np.isin(claiming, wrong)
    watched[of_wrong], retired[of_wrong], followed[of_wrong] = _weeks(_fresh(evidence, assigned, wrong))
    return FoundOut(
        wrong=of_wrong.tolist(),
        liking=(evidence.polarity[claiming] > 0).tolist(),
        truth=whole.truthfulness[claiming, 0].tolist(),
        lead=((precision - base) / error).tolist(),
        followed=followed.tolist(),
        watched=watched.tolist(),
        retired=retired.tolist(),
    )


def _fresh(evidence: Evidence, assigned: Ints, tags: Ints) -> Evidence:
    """Some tags alone, all assigned ten weeks ago."""
    own = assigned[:, tags]
    fresh = np.where(own == NEVER, NEVER, evidence.as_of - FRESH_DAYS)
    none = np.empty((0, 2), np.int64)
    kept = replace(evidence, claims=evidence.claims[tags], polarity=evidence.polarity[tags], assigned=fresh)
    return replace(kept, deleted=none, lapsed=np.empty((0, 3), np.int64))


def _weeks(evidence: Evidence) -> tuple[Ints, Ints, Ints]:
    """The weeks after the assignment in which each tag is first on watch and retired; the carriers followed last."""
    lives = [TagLife(ACTIVE)] * evidence.tags
    first = {state: np.full(evidence.tags, NOT_YET) for state in (WATCH, RETIRED)}
    followed = np.zeros(evidence.tags, np.int64)
    for week in range(1, FRESH_DAYS // WEEK + 1):
        known = known_by(evidence, evidence.as_of - FRESH_DAYS + week * WEEK)
        told = list(proofs(measure(known), known))
        lives = [life.after(proof) for life, proof in zip(lives, told, strict=True)]
        for tag, (life, proof) in enumerate(zip(lives, told, strict=True)):
            followed[tag] = int(proof.followed)
            if life.state in first and first[life.state][tag] == NOT_YET:
                first[life.state][tag] = week
    return first[WATCH], first[RETIRED], followed
