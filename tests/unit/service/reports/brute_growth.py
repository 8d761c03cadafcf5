"""What the shelf wins over and who stays, by hand: plain loops over rows, nothing shared with what is tested."""

from __future__ import annotations

from tests.unit.service.reports.brute import WINDOW, Brute, Counts, count
from tests.unit.service.reports.histories import Row, category_of

ZONE = {"cash.mmf": "cash", "cash.wealth": "cash", "deposit.term": "deposit", "fund.bond": "fund"}


def zone_of(row: Row) -> str:
    return ZONE[category_of(row["product_no"])]


def of_whom(rows: list[Row], who: str) -> list[Row]:
    return [row for row in rows if row["customer_id"] == who]


def cross(brute: Brute) -> Counts:
    found: Counts = {}
    for who in brute.customers:
        shelves, kept = of_whom(brute.shelves, who), of_whom(brute.kept, who)
        known = any(row["day"] < brute.since for row in of_whom(brute.events, who))
        known = known or brute.joined.get(who, brute.until) < brute.since
        if known and not any(one["day"] < brute.since for one in shelves):
            count(found, "complementary_acquisition", (), (who, bool(shelves)))
        opened = any(brute.inside(one["day"]) and brute.heard(one) for one in shelves)
        if opened and any(row["day"] < brute.since for row in kept):
            count(found, "cross_acquisition", (), (who, any(_is_won(brute, kept, row) for row in kept)))
    for card in brute.cards.values():
        last = max([card["day"], *(row["day"] for row in card["clicks"])])
        had = [row for row in of_whom(brute.kept, card["who"]) if category_of(row["product_no"]) == card["category"]]
        is_new = not any(row["day"] < card["day"] for row in had)
        is_over = last + WINDOW[card["category"]] < brute.until
        if brute.inside(card["day"]) and card["seen"] and is_over and is_new:
            count(found, "cross_sell_conversion", (), (card["who"], bool(brute.led(card, brute.kept))))
    return found


def _is_won(brute: Brute, kept: list[Row], row: Row) -> bool:
    same = [one for one in kept if zone_of(one) == zone_of(row)]
    is_first = row is min(same, key=lambda one: (one["occurred_us"], one["event_id"]))
    return is_first and brute.inside(row["day"]) and brute.click_of[row["event_id"]] is not None


def stickiness(brute: Brute) -> Counts:
    found: Counts = {}
    for who in brute.customers:
        views = sorted(one["day"] for one in of_whom(brute.shelves, who))
        bought = sorted(row["day"] for row in of_whom(brute.kept, who))
        for days in (30, 90, 180):
            if views and brute.inside(views[0] + days):
                back = any(views[0] + days - 30 < day <= views[0] + days for day in views)
                count(found, f"came_back_{days}", (), (who, back))
            if bought and brute.inside(bought[0] + days):
                again = any(bought[0] < day <= bought[0] + days for day in bought)
                count(found, f"bought_again_{days}", (), (who, again))
    for row in brute.kept:
        for days in (30, 90, 180):
            if brute.inside(row["day"] + days):
                count(found, f"still_held_{days}", (), (row["customer_id"], not brute.gone(row, days)))
    return found
