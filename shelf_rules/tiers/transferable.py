"""Tier transferable: new categories to which the preference may move."""

from __future__ import annotations

import numpy as np

from shelf_rules.formulas import log_pool, logit, rounded
from shelf_rules.situation import Situation, TierEvidence
from shelf_rules.tiers._pool import base, by_life_stage, by_similarity, by_transition, fundable

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
    usual = base(population, policy.horizon)
    unknown = np.full(categories, np.nan)
    chances = np.array(
        [
            unknown if chance is None else chance
            for chance in (
                by_transition(situation, population),
                by_similarity(situation, usual),
                by_life_stage(situation, population),
            )
        ]
    )
    known = np.isfinite(chances)
    weights = known * np.array(policy.pool_weights)[:, None]
    total = weights.sum(axis=0)
    weights /= np.where(total > 0, total, 1.0)
    pooled = log_pool(np.where(known, chances, 0.5), weights)
    coverage = fundable(situation)
    score = np.where((total > 0) & ~evidence.held, pooled * coverage, 0.0)
    lifts = np.where(known, weights * (logit(chances) - logit(usual)), np.nan)
    return TierEvidence(
        score=rounded(score),
        flag=everywhere,
        parts=dict(zip(_REASONS, lifts, strict=True)),
        inputs={"q1": chances[0], "q2": chances[1], "q3": chances[2], "nu": coverage},
    )
