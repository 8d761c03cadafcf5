"""What became of clicks: the application, the purchase or the other click that followed, and how long it lasted."""

from __future__ import annotations

import numpy as np

from recommender.attribution import NOTHING, Moments, attribute
from recommender.training_data import Bools, Ints
from service.reports._page import Page
from service.reports.scope import Scope

_NEVER = -(1 << 40)


def first_purchase(page: Page) -> Ints:
    """Of each event the day of the first purchase that is credited to it and was kept, long ago where there is none."""
    credited, late = page.credited, np.iinfo(np.int64).max
    kept: Bools = credited.kept & (credited.click >= 0)
    found = np.full(len(page.happened.at), late, dtype=np.int64)
    np.minimum.at(found, credited.click[kept], credited.day[kept])
    return np.where(found == late, _NEVER, found)


def followed(page: Page, clicks: Ints) -> Bools:
    """Whether the customer clicked on a card of the same category again."""
    events = page.happened
    who, category = events.customer[clicks], events.category[clicks]
    order = np.lexsort((clicks, events.at[clicks], category, who))
    found = np.zeros(len(clicks), dtype=np.bool_)
    found[order[:-1]] = (who[order][1:] == who[order][:-1]) & (category[order][1:] == category[order][:-1])
    return found


def applied_clicks(page: Page, scope: Scope) -> Ints:
    """The place of the click that each application is credited to, by the rule of purchases; -1 where there is none."""
    events, known = page.happened, (page.happened.category >= 0)
    known &= page.happened.category < len(scope.windows.family)
    applied, clicked = (events.moments(events.of(kind) & known) for kind in ("apply", "click"))
    nobody = np.zeros(0, dtype=np.int64)
    credit = attribute(
        applied, clicked, Moments(*[nobody] * 7), window=scope.windows.attribution, family=scope.windows.family
    )
    places = np.flatnonzero(events.of("click") & known)
    return np.array([places[one] for one in credit.click if one != NOTHING], dtype=np.int64)


def gone(page: Page, of: Bools, within: int) -> Bools:
    """Whether the product of each of some purchases was redeemed or matured within the days, by the same customer."""
    events, credited = page.happened, page.credited
    out = events.of("redeem", "mature")
    bought = np.flatnonzero(of)
    size = max(int(credited.product.max(initial=0)), int(events.product.max(initial=0))) + 2
    key = events.customer[out] * size + events.product[out] + 1
    order = np.lexsort((events.at[out], key))
    keys, times, days = key[order], events.at[out][order], events.day[out][order]
    own = credited.customer[bought] * size + credited.product[bought] + 1
    found = np.zeros(len(bought), dtype=np.bool_)
    for place, row in enumerate(bought):
        begin, end = np.searchsorted(keys, own[place]), np.searchsorted(keys, own[place], side="right")
        later = begin + np.searchsorted(times[begin:end], credited.at[row])
        found[place] = later < end and days[later] - credited.day[row] <= within
    return found & (credited.product[bought] >= 0)
