"""Which single assignments of tags cannot be right and are kept out of use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.training_data import Bools, Ints

UNKNOWN = -1
REASONS = ("", "before_joined", "deleted", "contradictory", "exclusive")
"""By number: in use; assigned before the customer joined; assigned although the customer has deleted the tag; beside
its opposite; beside another tag of which a customer carries one at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """What tags claim and what they exclude, by tag number; -1 is nothing.

    Tags of one `subject` are of one provider and claim the same category or zone, by `polarity` for or against it; of
    those with one `rival` a customer carries one at most.
    """

    subject: Ints
    polarity: Ints
    rival: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Assignments:
    """One entry an assignment, in any order: numbers of customer and tag, and when it was made.

    `day` is the day of `at`, `joined` that on which the customer joined (-1 unknown); `held_until` the instant at which
    the deletion of this tag by the customer ends (-1 without); `is_open`: not removed.
    """

    customer: Ints
    tag: Ints
    at: Ints
    day: Ints
    joined: Ints
    held_until: Ints
    is_open: Bools


def quarantine(assignments: Assignments, claims: Claims) -> Ints:
    """The number of a reason of `REASONS` for every assignment, 0 for those in use.

    Of two that contradict one another neither is used, until one of them is removed: nothing tells which is right. What
    is out of use for a reason of its own contradicts nothing.
    """
    of = assignments
    stands = _standing(of)
    found = np.where((of.joined != UNKNOWN) & (of.day < of.joined), 1, 0)
    found[(found == 0) & of.is_open & (of.at < of.held_until)] = 2
    for reason, group in ((3, claims.subject), (4, claims.rival)):
        mine = np.flatnonzero((found == 0) & stands & (group[of.tag] != UNKNOWN))
        kind = claims.polarity if reason == 3 else np.arange(len(group))
        found[mine[_mixed(of.customer[mine], group[of.tag[mine]], kind[of.tag[mine]])]] = reason
    return np.asarray(found, dtype=np.int64)


def _standing(of: Assignments) -> Bools:
    """The open ones that stand: no newer assignment of the same tag to the same customer was removed."""
    pair = np.unique(of.customer * (int(of.tag.max(initial=0)) + 1) + of.tag, return_inverse=True)[1]
    ended, gone = np.full(pair.max(initial=0) + 1, np.iinfo(np.int64).min), ~of.is_open
    np.maximum.at(ended, pair[gone], of.at[gone])
    return np.asarray(of.is_open & (of.at > ended[pair]))


def _mixed(customer: Ints, group: Ints, kind: Ints) -> Bools:
    """Entries whose customer has more than one kind in their group."""
    if not len(customer):
        return np.zeros(0, np.bool_)
    key = np.unique(customer * (int(group.max()) + 1) + group, return_inverse=True)[1]
    low, high = np.full(key.max() + 1, np.iinfo(np.int64).max), np.full(key.max() + 1, np.iinfo(np.int64).min)
    np.minimum.at(low, key, kind)
    np.maximum.at(high, key, kind)
    return np.asarray(low[key] != high[key])
