"""Truthfulness, precision and durability of whole tags, from the signs that followed, not means over customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.tag_quality._signs import Signs
from recommender.tag_quality.covered import Covered
from recommender.tag_quality.detected_share import DetectedShare
from recommender.tag_quality.evidence import NEVER, Evidence
from recommender.tag_quality.persistence import Persistence
from recommender.tag_quality.precision import Precision
from recommender.tag_quality.repeats import Repeats
from recommender.tag_quality.spread_of_rates import spread_of_rates
from recommender.tag_quality.strata import Strata
from recommender.tag_quality.visibility import Visibility
from recommender.training_data import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class TagLevel:
    """Each [tags, 1 + stages]; nan where too little followed. Of an aversion precision is the share that shows none.

    `followed` carriers stand behind the precision, as many as `compared` behind its difference to the base rate.
    """

    truth: Floats
    truth_low: Floats
    truth_high: Floats
    durability: Floats
    followed: Floats
    compared: Floats
    precision: Floats
    base_rate: Floats

    @classmethod
    def of(cls, evidence: Evidence, stages: int) -> TagLevel:
        """Every tag that claims something, over all its carriers and over those of each stage.

        Who lost it because nothing followed stays among them: without its failures any tag would prove itself.
        """
        signs = Signs.of(evidence)
        lives, repeats = np.full((evidence.tags, stages + 1), np.nan), np.zeros(evidence.tags)
        seen = np.full((evidence.tags, stages + 1, 4), np.nan)
        counts, strata = np.zeros((evidence.tags, 4, stages + 1)), Strata.of(signs, evidence)
        claiming = np.flatnonzero(evidence.claims.any(axis=1)).tolist()
        own = {tag: signs.within(evidence.claims[tag]) for tag in claiming}
        hazards = {tag: _population(own[tag], evidence, tag).hazard() for tag in claiming}
        known = [hazard for hazard in hazards.values() if not np.isnan(hazard)]
        usual = float(np.exp(np.mean(np.log(known)))) if known else float("nan")
        sights = _sights(own, evidence, hazards)
        for tag in claiming:
            prior = usual if np.isnan(hazards[tag]) else hazards[tag]
            given = evidence.given(tag)
            visible, covered = sights[evidence.claims[tag].tobytes()]
            repeats[tag], counts[tag] = visible.repeats, Precision.of(own[tag], strata, evidence, tag, stages)
            for level, carriers in enumerate(_carriers(given, evidence, stages)):
                seen[tag, level] = visible.carriers(own[tag], covered, given, carriers)
                lives[tag, level] = _survival(own[tag], evidence, tag, (given, carriers, prior))
        truths = DetectedShare.of(seen, repeats, evidence.polarity).believed(evidence.polarity)
        return cls(*truths, lives, *_shares(counts, evidence.polarity))


def _sights(
    own: Mapping[int, Signs], evidence: Evidence, hazards: Mapping[int, float]
) -> dict[bytes, tuple[Visibility, Covered]]:
    """How each claim shows, and the days on which nothing of it would count: the same for all tags that claim it."""
    joined = evidence.joined if len(evidence.joined) else np.full(evidence.customers, NEVER)
    claims: dict[bytes, list[int]] = {}
    for tag in own:
        claims.setdefault(evidence.claims[tag].tobytes(), []).append(tag)
    covered = {claim: Covered.of(evidence, evidence.claims[tags[0]]) for claim, tags in claims.items()}
    repeats = {claim: Repeats.of(own[tags[0]], joined, covered[claim]) for claim, tags in claims.items()}
    lives = {claim: _life([hazards[tag] for tag in tags]) for claim, tags in claims.items()}
    shape = spread_of_rates([(repeats[claim], lives[claim]) for claim in claims])
    return {claim: (Visibility.of(repeats[claim], shape, lives[claim]), covered[claim]) for claim in claims}


def _life(hazards: list[float]) -> float:
    """The mean life of a preference in days by the hazards that its tags tell; without end where none does."""
    known = [hazard for hazard in hazards if hazard > 0]
    return float(np.exp(-np.mean(np.log(known)))) if known else float("inf")


def _shares(counts: Floats, polarity: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """How many were followed; how many independent ones their difference to the others is worth; and the two shares."""
    followed, *of, peers = np.moveaxis(counts, 1, 0)
    shown, expected = (one / np.where(followed > 0, followed, np.nan) for one in of)
    compared = followed * peers / np.maximum(followed + peers, 1.0)
    liked = polarity[:, None] > 0
    return followed, compared, np.where(liked, shown, 1.0 - shown), np.where(liked, expected, 1.0 - expected)


def _carriers(given: Ints, evidence: Evidence, stages: int) -> list[Bools]:
    carried = given != NEVER
    return [carried, *(carried & (evidence.stage == stage) for stage in range(stages))]


def _background(signs: Signs, evidence: Evidence, tag: int) -> float:
    """Weighted signs a day of the untagged: what shows without the preference that is claimed, and more."""
    untagged = evidence.untagged(tag)
    span = max(signs.until - signs.since, 1) * max(int(untagged.sum()), 1)
    return float(signs.weight[signs.customer[untagged[signs.customer]]].sum() / span)


def _population(signs: Signs, evidence: Evidence, tag: int) -> Persistence:
    return Persistence.of(signs, signs.customer, signs.day, _background(signs, evidence, tag))


def _survival(signs: Signs, evidence: Evidence, tag: int, of: tuple[Ints, Bools, float]) -> float:
    """Aversions have no signs to follow; neither have tags whose carriers all came before anything was recorded."""
    given, carriers, usual = of
    rows = np.flatnonzero(carriers & (given >= signs.since))
    if evidence.polarity[tag] < 0 or not len(rows) or np.isnan(usual):
        return float("nan")
    return Persistence.of(signs, rows, given[rows], _background(signs, evidence, tag)).survival(usual)
