"""Who carried which tag on a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.training_data import Floats, Ints

STANDS = -1


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """One entry an assignment: numbers of customer and tag, the day of it and that of its removal (-1: it stands).

    `affinity` is nan where the provider says none. What is in quarantine, or was deleted by its customer, is left out.
    """

    customer: Ints
    tag: Ints
    day: Ints
    removed: Ints
    affinity: Floats

    def where(self, kept: Ints) -> Carried:
        """Some of the entries, by place."""
        return Carried(*(getattr(self, name)[kept] for name in self.__slots__))


def standing(carried: Carried, day: int) -> Carried:
    """What stood at the end of a day, ordered by tag and customer: the newest assignment of each, if not removed."""
    made = np.flatnonzero(carried.day <= day)
    order = made[np.lexsort((carried.day[made], carried.customer[made], carried.tag[made]))]
    tag, customer = carried.tag[order], carried.customer[order]
    last = np.ones(len(order), np.bool_)
    last[:-1] = (tag[1:] != tag[:-1]) | (customer[1:] != customer[:-1])
    newest = order[last]
    removed = carried.removed[newest]
    return carried.where(newest[(removed == STANDS) | (removed > day)])
