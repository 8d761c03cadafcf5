"""Tier transferable: new categories to which the preference may move."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Ints
from shelf_rules.formulas import log_pool, logit, rounded
from shelf_rules.situation import Situation, TierEvidence
from shelf_rules.tiers._pool import base, by_life_stage, by_similarity, by_transition, fundable, has_ranker

_REASONS = ("next_step", "similar_customers", "life_stage")


def transferable(situation: Situation) -> TierEvidence:
    """T of §5 per category: transition, similarity and life stage pooled, times ν; 0 for what is held.

    A probability without its data is left out and the weights renormalised; with none, or without the population's
    figures, T = 0. The parts are what lifts this customer above the average one (ADR 0010).
    """
    evidence, policy, population = situation.weighed(), situation.policy.transferable, situation.facts.population
    categories = len(situation.catalogue.categories)
    everywhere = np.ones(categories, dtype=np.bool_)
    if population is None:
        return TierEvidence(np.zeros(categories), everywhere, {})
    usual, rows = base(population, policy.horizon), _eligible(situation)
    pooled = (
        by_transition(situation, population, usual),
        by_similarity(situation, rows, usual),
        by_life_stage(situation, population),
    )
    chances = np.full((len(pooled), categories), np.nan)
    for place, chance in enumerate(pooled):
        if chance is not None:
            chances[place] = chance
    known = np.isfinite(chances)
    chosen = policy.ranked_pool_weights if has_ranker(situation) else policy.pool_weights
    weights = known * np.array(chosen)[:, None]
    total = weights.sum(axis=0)
    weights /= np.where(total > 0, total, 1.0)
    coverage = fundable(situation, rows)
    score = log_pool(np.where(known, chances, 0.5), weights) * coverage
    score[evidence.held | (total == 0)] = 0.0
    lifts = np.where(known, weights * (logit(chances) - logit(usual)), np.nan)
    return TierEvidence(
        score=rounded(score),
        flag=everywhere,
        parts=dict(zip(_REASONS, lifts, strict=True)),
        inputs={"q1": chances[0], "q2": chances[1], "q3": chances[2], "nu": coverage},
    )


def _eligible(situation: Situation) -> Ints:
    passed = situation.eligible
    return np.arange(len(situation.catalogue)) if passed is None else np.flatnonzero(passed)
