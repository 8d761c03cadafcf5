"""How well the product matches what the customer's tags claim, by quality, age and affinity of each tag."""

from __future__ import annotations

import numpy as np

from shelf_rules.catalogue import Bools, Floats, Ints
from shelf_rules.facts import TagTable
from shelf_rules.situation import Situation
from shelf_rules.tag_trust import tag_trust

NEUTRAL = 0.5


def tag(situation: Situation, rows: Ints) -> Floats:
    """τ = (1 + τ_up)/2 of §8 in [0, 1]; ½ where no tag matches or none may be read."""
    facts, table = situation.facts, situation.facts.tags
    if table is None or facts.past is None or not len(facts.past.tags):
        return np.full(len(rows), NEUTRAL)
    own = facts.past.tags[np.argsort(facts.past.tags["tag"])]  # a sum must not run in the order of arrival
    own = own[(own["tag"] < len(table.codes)) & (own["assigned"] <= facts.today)]
    tags: Ints = own["tag"].astype(np.int64)
    match = _match(situation, table, tags, rows)
    weight, affinity = table.weight[tags], np.where(np.isnan(own["affinity"]), 1.0, own["affinity"])
    quality = tag_trust(situation, table, tags)
    weight = np.where(quality > 0, weight, 0.0)  # what counts for nothing takes nothing from the others either
    strength = (weight * affinity * quality)[:, None]
    decay = 2.0 ** ((own["assigned"] - facts.today)[:, None] / _half_life(situation, table, tags, rows))
    possible = weight @ np.abs(match)
    claimed: Floats = (strength * decay * match).sum(axis=0)
    return NEUTRAL * (1.0 + claimed / np.where(possible > 0, possible, 1.0))


def _match(situation: Situation, table: TagTable, tags: Ints, rows: Ints) -> Floats:
    """m(k, p) per tag and product: polarity times 1 in the tag's category, ½ in its zone, 0 else or out of scope."""
    catalogue, own_category = situation.catalogue, table.category[tags]
    own_zone = np.where(own_category >= 0, catalogue.categories.zone[own_category], table.zone[tags])
    same_zone = own_zone[:, None] == catalogue.zone[rows]
    match: Floats = np.maximum(0.5 * same_zone, own_category[:, None] == catalogue.category[rows])
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


def _half_life(situation: Situation, table: TagTable, tags: Ints, rows: Ints) -> Floats:
    """h_k in days per tag (and product): the tag's own, else that of its category, else that of the product's."""
    own, category, usual = table.half_life[tags], table.category[tags], situation.catalogue.categories.half_life
    known: Floats = np.where(np.isnan(own) & (category >= 0), usual[category], own)[:, None]
    unknown = np.isnan(known)
    return np.where(unknown, usual[situation.catalogue.category[rows]], known) if unknown.any() else known
