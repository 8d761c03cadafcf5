"""How well the product matches what the customer's tags claim, by quality, age and affinity of each tag."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Bools, Floats, Ints
from shelf_rules.facts import STAGES, TagTable
from shelf_rules.situation import Situation

NEUTRAL = 0.5


def tag(situation: Situation, rows: Ints) -> Floats:
    """τ = (1 + τ_up)/2 of §8 in [0, 1]; ½ where no tag matches or none may be read."""
    facts, table = situation.facts, situation.facts.tags
    if table is None or facts.past is None:
        return np.full(len(rows), NEUTRAL)
    own = facts.past.tags
    own = own[(own["tag"] >= 0) & (own["tag"] < len(table.codes)) & (own["assigned"] <= facts.today)]
    own = own[np.lexsort((own["assigned"], own["tag"]))]  # a sum must not run in the order of arrival
    if not len(own):
        return np.full(len(rows), NEUTRAL)
    tags: Ints = own["tag"].astype(np.int64)
    match = _match(situation, table, tags, rows)
    affinity = np.where(np.isnan(own["affinity"]), 1.0, own["affinity"])
    strength = (table.weight[tags] * affinity * _quality(situation, table, tags))[:, None]
    age = (facts.today - own["assigned"])[:, None]
    claimed = (strength * 2.0 ** (-age / _half_life(situation, table, tags, rows)) * match).sum(axis=0)
    possible = (table.weight[tags][:, None] * np.abs(match)).sum(axis=0)
    column: Floats = NEUTRAL * (1.0 + claimed / np.where(possible > 0, possible, 1.0))
    return column


def _match(situation: Situation, table: TagTable, tags: Ints, rows: Ints) -> Floats:
    """m(k, p) per tag and product: polarity times 1 in the tag's category, ½ in its zone, 0 else or out of scope."""
    catalogue = situation.catalogue
    category, zone = catalogue.category[rows], catalogue.zone[rows]
    own_category = table.category[tags]
    own_zone = np.where(own_category >= 0, catalogue.categories.zone[own_category], table.zone[tags])
    match: Floats = 0.5 * (own_zone[:, None] == zone) * (own_zone >= 0)[:, None]
    match[own_category[:, None] == category] = 1.0
    for place, number in enumerate(tags.tolist()):
        if table.scopes[number]:
            match[place] *= _in_scope(situation, table.scopes[number], rows)
    return match * table.polarity[tags][:, None]


def _in_scope(situation: Situation, scope: frozenset[str], rows: Ints) -> Bools:
    catalogue = situation.catalogue
    categories = np.array([code in scope for code in catalogue.categories.codes])
    zones = np.array([code in scope for code in catalogue.categories.zones])
    inside: Bools = categories[catalogue.category[rows]] | zones[catalogue.zone[rows]]
    return inside


def _quality(situation: Situation, table: TagTable, tags: Ints) -> Floats:
    """Q̃ in the customer's stage; the policy's value for a tag that nobody has measured."""
    measured = table.quality[tags, STAGES.index(situation.stage or STAGES[0])]
    return np.where(np.isnan(measured), situation.policy.unmeasured_quality, measured)


def _half_life(situation: Situation, table: TagTable, tags: Ints, rows: Ints) -> Floats:
    """h_k in days per tag and product: the tag's own, else that of its category, else that of the product's."""
    own, category, usual = table.half_life[tags], table.category[tags], situation.catalogue.categories.half_life
    known = np.where(np.isnan(own) & (category >= 0), usual[category], own)[:, None]
    return np.where(np.isnan(known), usual[situation.catalogue.category[rows]], known)
