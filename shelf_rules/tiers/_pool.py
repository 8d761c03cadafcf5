"""The probabilities that T pools, each a column over category numbers with nan where it has no data."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Floats
from shelf_rules.facts import Population
from shelf_rules.formulas import hit_probability, mid_rank, rounded
from shelf_rules.situation import Situation


def base(population: Population, horizon: float) -> Floats:
    """The probability of a first purchase for any customer: λ0 over the horizon; a category never bought has 0."""
    rate: Floats = np.nan_to_num(population.base_rate)
    return hit_probability(rate, horizon)


def by_transition(situation: Situation, population: Population) -> Floats | None:
    """q1 of §5 from the customer's most recent categories; None without consent `holdings`."""
    facts, policy = situation.facts, situation.policy.transferable
    if facts.past is None or not facts.past.holdings_read:
        return None
    recent = situation.weighed().recent[: len(policy.recent_categories)]
    if not recent:
        return base(population, policy.horizon)
    weights = np.array(policy.recent_categories[: len(recent)])
    hazard: Floats = (weights / weights.sum()) @ population.hazard[list(recent)]
    return hit_probability(np.nan_to_num(hazard), policy.horizon)


def by_similarity(situation: Situation, usual: Floats) -> Floats | None:
    """q2 of §5: the base probability, raised or lowered by the percentile of the category's best score; None without.

    Compared are the categories that have an eligible product with a known score.
    """
    scores, catalogue, policy = situation.facts.scores.cf, situation.catalogue, situation.policy.transferable
    if scores is None:
        return None
    known = np.isfinite(scores) if situation.eligible is None else np.isfinite(scores) & situation.eligible
    best = np.full(len(usual), -np.inf)
    np.maximum.at(best, catalogue.category[known], rounded(scores[known]))
    scored = np.flatnonzero(best > -np.inf)
    chance = np.full(len(usual), np.nan)
    lift = policy.cf_low * policy.cf_ratio ** mid_rank(best[scored], best[scored])
    chance[scored] = np.minimum(usual[scored] * lift, 1.0)
    return chance


def by_life_stage(situation: Situation, population: Population) -> Floats | None:
    """q3 of §5: the share of peers who first bought the category, shrunk to that of all; None without peers."""
    peers, prior = situation.facts.peers, situation.policy.transferable.peer_prior
    if peers is None:
        return None
    share: Floats = (peers.k + prior * population.peer_share) / (peers.n + prior)
    return share


def fundable(situation: Situation) -> Floats:
    """ν of §5: how well the expected new funds cover the smallest entry into a category; 1 where that is no matter."""
    catalogue, funds = situation.catalogue, situation.weighed().new_funds
    categories = catalogue.categories
    coverage = np.ones(len(categories))
    if funds is None:
        return coverage
    priced = catalogue.min_amount != UNKNOWN
    if situation.eligible is not None:
        priced &= situation.eligible
    least = np.full(len(categories), np.iinfo(np.int64).max)
    np.minimum.at(least, catalogue.category[priced], catalogue.min_amount[priced])
    exempt = np.array([zone in situation.regime.funded_exempt for zone in categories.zones])
    asked = (least < np.iinfo(np.int64).max) & (least > 0) & ~exempt[categories.zone]
    coverage[asked] = funds / (funds + least[asked])
    return coverage
