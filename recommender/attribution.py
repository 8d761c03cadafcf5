"""Which shelf click a purchase is credited to, and what the customer had been shown before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.training_data import Bools, Ints

ORGANIC, HOLDOUT, EXPOSED = 0, 1, 2
"""No card of the competing categories within the exposure window; only cards that no profile chose; personal cards."""
EXPOSURES = ("organic", "holdout", "exposed")
TIERS = ("fixed", "migratable", "transferable", "public")
"""Tiers in the order of their numbers in `Moments.tier`; a card in `public` was chosen without the profile."""
PUBLIC = TIERS.index("public")
EXPOSURE_DAYS = 7
NOTHING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Columns of things that happened, one entry each, in any order.

    `at` orders them (UTC microseconds), `day` is the bank's day, `rank` breaks ties (the place of the event id among
    all). `tier` is the number in `TIERS` of the card that was shown or clicked, -1 unknown; a purchase has none.
    """

    customer: Ints
    category: Ints
    product: Ints
    at: Ints
    day: Ints
    rank: Ints
    tier: Ints

    def where(self, mask: Bools) -> Moments:
        """The entries that the mask keeps."""
        columns = (self.customer, self.category, self.product, self.at, self.day, self.rank, self.tier)
        return Moments(*(column[mask] for column in columns))


@dataclass(frozen=True, slots=True, eq=False)
class Credit:
    """One entry a purchase: places among the clicks or the impressions, -1 where there is none.

    `click` is the credited click, `same` says that it was on the product itself; `exposure` is one of `EXPOSURES`;
    `shown` is the last personal card of the very product within the exposure window.
    """

    click: Ints
    same: Bools
    exposure: Ints
    shown: Ints


def attribute(purchases: Moments, clicks: Moments, impressions: Moments, *, window: Ints, family: Ints) -> Credit:
    """Credit every purchase to the last shelf click on a card of its category, and class what it was exposed to.

    `window` is the attribution window in days and `family` the number of the competing categories, both by category
    number. Ages are whole days (domain.md §1); a purchase has at most one click, and an impression credits nothing
    (§13). Exposure looks at the cards of all competing categories: to leave out the purchases of a shown category alone
    would say that what is shown is not wanted.
    """
    click = _last(purchases, purchases.category, clicks, clicks.category)
    click = _within(click, purchases, clicks, window[purchases.category])
    personal = impressions.tier != PUBLIC
    own, others = family[purchases.category], family[impressions.category]
    seen = _recent(purchases, own, impressions, others, personal)
    neutral = _recent(purchases, own, impressions, others, ~personal)
    exposure = np.where(seen >= 0, EXPOSED, np.where(neutral >= 0, HOLDOUT, ORGANIC))
    return Credit(
        click=click,
        same=(click >= 0) & (clicks.product[click] == purchases.product if len(clicks.product) else False),
        exposure=exposure,
        shown=_recent(purchases, purchases.product, impressions, impressions.product, personal),
    )


def _recent(purchases: Moments, own: Ints, cards: Moments, others: Ints, chosen: Bools) -> Ints:
    place = np.flatnonzero(chosen)
    some = cards.where(chosen)
    found = _within(_last(purchases, own, some, others[chosen]), purchases, some, EXPOSURE_DAYS)
    return np.where(found >= 0, place[found] if len(place) else NOTHING, NOTHING)


def _within(found: Ints, purchases: Moments, touches: Moments, days: Ints | int) -> Ints:
    """The places found that are not older than so many days, else -1."""
    if not len(touches.day):
        return found
    recent: Ints = np.where((found >= 0) & (purchases.day - touches.day[found] <= days), found, NOTHING)
    return recent


def _last(purchases: Moments, own: Ints, touches: Moments, others: Ints) -> Ints:
    """The place of the last touch of the same customer and the same kind up to each purchase, -1 where there is none.

    What happens in the same microsecond as the purchase comes before it.
    """
    count = len(touches.at)
    customer = np.concatenate([touches.customer, purchases.customer])
    kind = np.concatenate([others, own])
    at = np.concatenate([touches.at, purchases.at])
    rank = np.concatenate([touches.rank, np.full(len(purchases.at), np.iinfo(np.int64).max)])
    order = np.lexsort((rank, at, kind, customer))
    is_touch = order < count
    last = np.maximum.accumulate(np.where(is_touch, np.arange(len(order)), NOTHING))
    before = order[last]
    same = (last >= 0) & (customer[before] == customer[order]) & (kind[before] == kind[order])
    found = np.full(len(purchases.at), NOTHING, dtype=np.int64)
    of_purchase = ~is_touch
    found[order[of_purchase] - count] = np.where(same, before, NOTHING)[of_purchase]
    return found
