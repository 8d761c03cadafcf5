"""The candidates: which of the products that passed the gate go on to the ranking terms."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import UNKNOWN, Bools, Ints
from shelf_rules.situation import NO_TIER, Situation


def shortlist(situation: Situation, passed: Bools) -> Ints:
    """At most `candidates` rows of categories with a tier, ascending; `passed` are the rows that the gate let through.

    Where there are more, the categories take turns with their best by collaborative filtering, then popularity, so that
    none is crowded out. What the customer holds or has bought always stays.
    """
    catalogue, limit = situation.catalogue, situation.policy.arrangement.candidates
    if situation.tier is None:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(passed & (situation.tier[catalogue.category] != NO_TIER))
    if len(rows) <= limit:
        return rows
    known = _known(situation)[rows]
    kept, others = rows[known], rows[~known]
    return np.sort(np.concatenate((kept, _in_turn(situation, others)[: max(0, limit - len(kept))])))


def _in_turn(situation: Situation, rows: Ints) -> Ints:
    """The rows, first the best of every category, then the second best, and so on."""
    catalogue, scores = situation.catalogue, situation.facts.scores
    keys = [catalogue.id_rank[rows], -scores.popularity[rows]]
    if scores.cf is not None:
        keys.append(-np.nan_to_num(scores.cf[rows], nan=-np.inf, posinf=-np.inf, neginf=-np.inf))
    ordered = rows[np.lexsort(keys)]
    by_category = np.argsort(catalogue.category[ordered], kind="stable")
    _, starts, counts = np.unique(catalogue.category[ordered[by_category]], return_index=True, return_counts=True)
    turn = np.empty(len(ordered), dtype=np.int64)
    turn[by_category] = np.arange(len(ordered)) - np.repeat(starts, counts)
    in_turn: Ints = ordered[np.argsort(turn, kind="stable")]
    return in_turn


def _known(situation: Situation) -> Bools:
    """Rows of products that the customer holds or has bought."""
    catalogue, past, evidence = situation.catalogue, situation.facts.past, situation.evidence
    known = np.zeros(len(catalogue), dtype=np.bool_) if evidence is None else evidence.held_products.copy()
    if past is not None and len(catalogue.row_of):
        numbers = past.purchases["product"]
        numbers = numbers[(numbers >= 0) & (numbers < len(catalogue.row_of))]
        rows = catalogue.row_of[numbers]
        known[rows[rows != UNKNOWN]] = True
    return known
