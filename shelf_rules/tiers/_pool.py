"""The probabilities that T pools, each a column over category numbers with nan where it has no data."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Floats, Ints
from shelf_rules.facts import Population
from shelf_rules.formulas import hit_probability, mid_rank, rounded
from shelf_rules.likely import ranked
from shelf_rules.situation import FIXED, TRANSFERABLE, Situation

_SURE = 1.0 - 1e-9  # log1p of less than nothing is none


@lru_cache(maxsize=4)
def base(population: Population, horizon: float) -> Floats:
    """The probability of a first purchase for any customer: λ0 over the horizon; a category never bought has 0."""
    return hit_probability(_known(population.base_rate), horizon)


def by_transition(situation: Situation, population: Population, usual: Floats) -> Floats | None:
    """q1 of §5 from the customer's most recent categories; None without consent `holdings`."""
    facts, policy = situation.facts, situation.policy.transferable
    if facts.past is None or not facts.past.holdings_read:
        return None
    recent = situation.weighed().recent[: len(policy.recent_categories)]
    if not recent:
        return usual
    weights = np.array(policy.recent_categories[: len(recent)])
    hazard: Floats = (weights / weights.sum()) @ population.hazard[list(recent)]
    return hit_probability(_known(hazard), policy.horizon)


def by_similarity(situation: Situation, rows: Ints, usual: Floats) -> Floats | None:
    """q2 of §5: the promoted ranker's probability that one of a category's eligible products (`rows`) is bought.

    Before one is promoted the base probability, raised or lowered by the percentile of the category's best score among
    the categories with a known one; None without a score.
    """
    promoted = situation.facts.scores.tiers
    if promoted is not None and has_ranker(situation):
        return _any_of(promoted[TRANSFERABLE - FIXED][rows], situation.catalogue.category[rows], len(usual))
    if situation.facts.scores.cf is None:
        return None
    policy, scores = situation.policy.transferable, situation.facts.scores.cf[rows]
    best = np.full(len(usual), -np.inf)
    np.maximum.at(best, situation.catalogue.category[rows], np.where(np.isfinite(scores), scores, -np.inf))
    scored = np.flatnonzero(best > -np.inf)
    chance, known = np.full(len(usual), np.nan), rounded(best[scored])
    lift = policy.cf_low * policy.cf_ratio ** mid_rank(known, known)
    chance[scored] = np.minimum(usual[scored] * lift, 1.0)
    return chance


def has_ranker(situation: Situation) -> bool:
    """Whether q2 is the probability of a promoted ranker."""
    promoted = situation.facts.scores.tiers
    return promoted is not None and ranked(promoted[TRANSFERABLE - FIXED])


def _any_of(chance: Floats, category: Ints, categories: int) -> Floats:
    """1 − Π(1 − p) over the products of each category, nan where none is known."""
    known = np.isfinite(chance)
    of = category[known]
    # numpy's annotations know counts only, but with weights bincount returns their sums.
    none_of: Any = np.bincount(of, np.log1p(-np.minimum(chance[known], _SURE)), categories)
    return np.where(np.bincount(of, minlength=categories) > 0, -np.expm1(none_of), np.nan)


def by_life_stage(situation: Situation, population: Population) -> Floats | None:
    """q3 of §5: the share of peers who first bought the category, shrunk to that of all; None without peers."""
    peers, prior = situation.facts.peers, situation.policy.transferable.peer_prior
    if peers is None:
        return None
    share: Floats = (peers.k + prior * population.peer_share) / (peers.n + prior)
    return share


def fundable(situation: Situation, rows: Ints) -> Floats:
    """ν of §5: how well the expected new funds cover the smallest entry into a category; 1 where that is no matter.

    The smallest entry is that of its eligible products (`rows`); unknown amounts do not count.
    """
    catalogue, funds = situation.catalogue, situation.weighed().new_funds
    categories = catalogue.categories
    if funds is None:
        return np.ones(len(categories))
    amounts = catalogue.min_amount[rows]
    least = np.full(len(categories), np.inf)
    np.minimum.at(least, catalogue.category[rows], np.where(amounts == UNKNOWN, np.inf, amounts))
    free = np.isinf(least) | (least <= 0) | categories.in_zones(situation.regime.funded_exempt)
    return np.where(free, 1.0, funds / (funds + np.where(free, 1.0, least)))


def _known(rate: Floats) -> Floats:
    """The rates with 0 for what nobody has been seen to buy."""
    return np.where(np.isfinite(rate), rate, 0.0)
