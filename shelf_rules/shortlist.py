"""The candidates: which of the products that passed the gate go on to the ranking terms."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Bools, Floats, Ints
from shelf_rules.formulas import rounded
from shelf_rules.situation import NO_TIER, Situation


def shortlist(situation: Situation, passed: Bools) -> Ints:
    """At most `candidates` rows of categories with a tier, ascending; `passed` are the rows that the gate let through.

    Where there are more, the categories take turns with their best by collaborative filtering, then popularity, so that
    none is crowded out. What the customer holds or has bought always stays.
    """
    catalogue, limit = situation.catalogue, situation.policy.arrangement.candidates
    if situation.tier is None:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(passed & (situation.tier != NO_TIER)[catalogue.category])
    if len(rows) <= limit:
        return rows
    known = _known(situation)[rows]
    kept, others = rows[known], rows[~known]
    chosen = _in_turn(situation, others)[: max(0, limit - len(kept))]
    return np.sort(np.concatenate((kept, chosen)))


def _in_turn(situation: Situation, rows: Ints) -> Ints:
    """The rows, first the best of every category, then the second best, and so on."""
    catalogue, popularity = situation.catalogue, situation.facts.scores.popularity
    ordered = rows[np.lexsort((catalogue.id_rank[rows], -popularity[rows], _likely(situation, rows)))]
    grouped = np.argsort(catalogue.category[ordered], kind="stable")
    begins = np.flatnonzero(np.diff(catalogue.category[ordered[grouped]], prepend=-1))
    turn = np.empty(len(rows), dtype=np.int64)
    turn[grouped] = np.arange(len(rows)) - np.repeat(begins, np.diff(begins, append=len(rows)))
    in_turn: Ints = ordered[np.argsort(turn, kind="stable")]
    return in_turn


def _likely(situation: Situation, rows: Ints) -> Floats:
    """The negated collaborative-filtering scores; what has none comes last."""
    scores = situation.facts.scores.cf
    if scores is None:
        return np.zeros(len(rows))
    likely: Floats = np.where(np.isfinite(scores[rows]), -rounded(scores[rows]), np.inf)
    return likely


def _known(situation: Situation) -> Bools:
    """Rows of products that the customer holds or has bought."""
    known, past = situation.weighed().held_products.copy(), situation.facts.past
    if past is not None:
        rows = situation.catalogue.rows(past.purchases["product"])
        known[rows[rows != UNKNOWN]] = True
    return known
