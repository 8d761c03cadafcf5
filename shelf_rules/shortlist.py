"""The candidates: which of the products that passed the gate go on to the ranking terms."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Bools, Floats, Ints
from shelf_rules.formulas import rounded
from shelf_rules.likely import likely
from shelf_rules.popular import rows_by_popularity
from shelf_rules.situation import NO_TIER, Situation


def shortlist(situation: Situation, passed: Bools) -> Ints:
    """At most `candidates` rows of categories with a tier, ascending; `passed` are the rows that the gate let through.

    Where there are more, the categories take turns with their best by collaborative filtering, then popularity, so that
    none is crowded out. What the customer holds or has bought always stays, and what a rule of the policy boosts.
    """
    catalogue, limit = situation.catalogue, situation.policy.arrangement.candidates
    if situation.tier is None:
        return np.empty(0, dtype=np.int64)
    inside = passed & (situation.tier != NO_TIER)[catalogue.category]
    rows = np.flatnonzero(inside)
    if len(rows) <= limit:
        return rows
    kept = inside & _known(situation)
    if "rule" in situation.raised:
        kept |= inside & (situation.raised["rule"] > 0)
    chosen = _in_turn(situation, inside & ~kept, limit)[: max(0, limit - np.count_nonzero(kept))]
    kept[chosen] = True
    return np.flatnonzero(kept)


def _in_turn(situation: Situation, rows: Bools, turns: int) -> Ints:
    """The rows, first the best of every category, then the second best, and so on for so many turns."""
    ordered = _best_first(situation, rows)
    category = situation.catalogue.category[ordered].astype(np.int16)  # two bytes: numpy then sorts by radix
    grouped = category.argsort(kind="stable")
    begins = np.searchsorted(category[grouped], category[grouped])
    turn = np.empty(len(ordered), dtype=np.int16)
    turn[grouped] = np.minimum(np.arange(len(ordered)) - begins, turns)
    in_turn: Ints = ordered[turn.argsort(kind="stable")]
    return in_turn


def _best_first(situation: Situation, rows: Bools) -> Ints:
    """By the ranker or collaborative filtering, then popularity, then id; what has no score comes last."""
    ordered, scores = rows_by_popularity(situation, rows), likely(situation)
    if scores is None:
        return ordered
    own = scores[ordered]
    descending: Floats = np.where(np.isfinite(own), -rounded(own), np.inf)
    best_first: Ints = ordered[np.argsort(descending, kind="stable")]
    return best_first


def _known(situation: Situation) -> Bools:
    """Rows of products that the customer holds or has bought."""
    known, past = situation.weighed().held_products.copy(), situation.facts.past
    if past is not None:
        rows = situation.catalogue.rows(past.purchases["product"])
        known[rows[rows != UNKNOWN]] = True
    return known
