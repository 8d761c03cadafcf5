"""What became of clicks: the application or the purchase that followed, and how long it lasted."""

from __future__ import annotations

import numpy as np

from recommender.attribution import NOTHING, Moments, attribute
from recommender.training_data import Bools, Ints
from service.reports._page import Page
from service.reports._shown import Shown
from service.reports.scope import Scope

_NEVER = -(1 << 40)


def led(shown: Shown, clicks: Ints) -> Bools:
    """Which cards some clicks were on; -1 is no click."""
    card = shown.of_event[clicks[clicks >= 0]]
    found: Bools = np.bincount(card[card >= 0], minlength=len(shown.tier)) > 0
    return found


def is_over(page: Page, shown: Shown, scope: Scope) -> Bools:
    """Whether the window of a card's category, from its last click on, has ended."""
    clicks = np.flatnonzero(page.happened.of("click") & (shown.of_event >= 0))
    last = shown.day.copy()
    np.maximum.at(last, shown.of_event[clicks], page.happened.day[clicks])
    window = scope.windows.attribution
    known = (shown.category >= 0) & (shown.category < len(window))
    over: Bools = last + np.where(known, window[np.minimum(shown.category, len(window) - 1)], 0) < scope.until
    return over


def first_purchase(page: Page) -> Ints:
    """Of each event the day of the first purchase that is credited to it and was kept, long ago where there is none."""
    credited, late = page.credited, np.iinfo(np.int64).max
    kept: Bools = credited.kept & (credited.click >= 0)
    found = np.full(len(page.happened.at), late, dtype=np.int64)
    np.minimum.at(found, credited.click[kept], credited.day[kept])
    return np.where(found == late, _NEVER, found)


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
    out, bought = np.flatnonzero(events.of("redeem", "mature")), np.flatnonzero(of)
    size = max(int(credited.product.max(initial=0)), int(events.product.max(initial=0))) + 2
    key, own = (
        part.customer[rows] * size + part.product[rows] + 1 for part, rows in ((events, out), (credited, bought))
    )
    rank = np.unique(np.concatenate([events.at[out], credited.at[bought]]), return_inverse=True)[1]
    moment = key * (len(rank) + 1) + rank[: len(out)]
    order = np.argsort(moment)
    later = np.searchsorted(moment[order], own * (len(rank) + 1) + rank[len(out) :])  # the first way out from then on
    found = np.zeros(len(bought), dtype=np.bool_)
    some = np.flatnonzero((later < len(out)) & (credited.product[bought] >= 0))
    way = order[later[some]]
    found[some] = (key[way] == own[some]) & (events.day[out][way] - credited.day[bought[some]] <= within)
    return found
