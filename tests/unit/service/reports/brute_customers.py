"""What is counted of customers, by hand: tiers, moves, lifecycle, money, tasks, diversity, freshness."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shelf_rules.policy_rules import SEGMENTS as DEFAULT_SEGMENTS
from tests.unit.service.reports.brute import BOUGHT, Brute, Counts, count, primary
from tests.unit.service.reports.histories import CATEGORIES, PRODUCTS, SEGMENTS, STAGES, TIERS, Row, category_of


def last_personal(brute: Brute, who: str, inside: Callable[[int], bool]) -> Row | None:
    own = [
        one for one in brute.shelves if one["customer_id"] == who and one["mode"] == "personal" and inside(one["day"])
    ]
    return max(own, key=lambda one: one["decided_us"], default=None)


def tiers(brute: Brute) -> Counts:
    found: Counts = {}
    for who in brute.customers:
        shelf = last_personal(brute, who, brute.inside)
        for tier in TIERS[:3] if shelf else ():
            assert shelf is not None
            cards = sum(card["tier"] == tier for card in shelf["cards"])
            group = frozenset({("tier", tier)})
            count(found, "tier_reach", group, (who, cards > 0))
            count(found, "tier_cards", group, (who, cards))
            count(found, "tier_categories", group, (who, sum(one == tier for one in shelf["tiers"].values())))
    return found


def migration(brute: Brute, codes: Iterable[str], start_of: Callable[[int], str]) -> Counts:
    found: Counts = {}
    periods = (brute.until - brute.since) // 28
    first = brute.until - 28 * periods
    for who in brute.customers:
        last = [
            last_personal(brute, who, lambda day, at=at: first + 28 * at <= day < first + 28 * at + 28)
            for at in range(periods)
        ]
        for at in range(periods - 1):
            before, after = last[at], last[at + 1]
            for code in codes if before else ():
                assert before is not None
                start = before["tiers"].get(code, "none")
                end = after["tiers"].get(code, "none") if after else "unseen"
                for to in ("none", *TIERS[:3], "unseen"):
                    count(found, "migration", {("from", start), ("to", to)}, (who, end == to))
                if start in ("transferable", "migratable"):
                    up = end == "fixed" or (start, end) == ("transferable", "migratable")
                    count(found, "moved_up", {("from", start)}, (who, up))
                    when = ("period", start_of(first + 28 * at))
                    count(found, "moved_up_over_time", {("from", start), when}, (who, up))
    return found


def lifecycle(brute: Brute) -> Counts:
    found: Counts = {}
    for who in brute.customers:
        steps = _steps(brute, who)
        for name, (hit, of) in steps.items():
            beside = [hit - steps["cross_sell"][0]] if name == "cross_sell_anywhere" else []
            if of:
                count(found, name, (), (who, hit), 1, *beside)
    return found


def _steps(brute: Brute, who: str) -> dict[str, tuple[float, bool]]:
    since, until, inside = brute.since, brute.until, brute.inside
    events = [row for row in brute.events if row["customer_id"] == who]
    shelves = [one for one in brute.shelves if one["customer_id"] == who]
    kept = [row for row in brute.kept if row["customer_id"] == who]
    views = sorted(one["day"] for one in shelves)
    days = [row["day"] for row in events] + views
    view = views[0] if views else None
    born = brute.joined.get(who, min(days, default=None))
    new = born is not None and inside(born)
    begun = view is not None and inside(view) and view + 30 < until

    def early(rows: list[Row]) -> bool:
        return view is not None and any(view <= row["day"] <= view + 30 for row in rows)

    def of_kind(kind: str) -> list[Row]:
        return [row for row in events if row["kind"] == kind]

    clicks = [row for row in of_kind("click") if row["tier"] in ("public", "transferable")]
    weeks = {(until - 1 - day) // 7 for day in views if day >= until - 28}
    shelf_led = [row for row in kept if brute.click_of[row["event_id"]]]
    first = [row for row in kept if row is _first(kept, row)]
    new_to = [row for row in events if row.get("tier") == "transferable" and inside(row["day"])]
    own = sorted(
        (one for one in shelves if one["mode"] == "personal" and inside(one["day"])), key=lambda one: one["decided_us"]
    )
    invited = [row["day"] for row in events if row.get("invited_by")]
    active, viewed = any(map(inside, days)), any(map(inside, views))
    heard = any(inside(one["day"]) for one in shelves if brute.heard(one))
    in_days = [row for row in kept if inside(row["day"])]
    return {
        "acquisition": (view is not None and inside(view), new),
        "activation": ((early(of_kind("detail")) and early(of_kind("task_done"))) or early(kept), begun),
        "retention": (len(weeks) >= 2, view is not None and view < until - 28),
        "revenue": (any(inside(row["day"]) for row in shelf_led), heard),
        "referral": (bool(invited) and inside(min(invited)), active),
        "recruitment": (early(clicks), begun and new),
        "reproduction": (any(row["kind"] == "click" for row in new_to), bool(new_to)),
        "repeat_purchase": (any(row not in first for row in in_days), any(row["day"] < since for row in kept)),
        "retargeting": (
            viewed,
            any(day < since for day in days) and not any(since - 60 <= day < since for day in days),
        ),
        "cross_sell": (sum(row in shelf_led for row in first if inside(row["day"])), active),
        "cross_sell_anywhere": (sum(inside(row["day"]) for row in first), active),
        "reservation": (
            bool(own) and own[-1]["stage"] == "value" and own[-1]["day"] >= until - 28,
            bool(own) and own[0]["stage"] == "value" and own[0]["day"] < until - 28,
        ),
    }


def _first(kept: list[Row], row: Row) -> Row:
    same = [one for one in kept if category_of(one["product_no"]) == category_of(row["product_no"])]
    return min(same, key=lambda one: (one["occurred_us"], one["event_id"]))


def money(brute: Brute) -> Counts:
    found: Counts = {}
    for who in brute.customers:
        active = [
            row for row in (*brute.events, *brute.shelves) if row["customer_id"] == who and brute.inside(row["day"])
        ]
        left = _unrolled(brute, who)
        new = sum(rest for row, rest in left if brute.inside(row["day"]))
        came = [(row, rest) for row, rest in left if brute.inside(row["day"]) and row["kind"] in BOUGHT]
        gross = sum(row["amount"] for row, _ in came)
        if active:
            count(found, "net_new_money", (), (who, new / 100))
        count(found, "rolled_over", (), (who, (gross - sum(rest for _, rest in came)) / 100), gross / 100)
        for row in brute.kept:
            if row["customer_id"] == who and brute.inside(row["day"]):
                led, amount = brute.click_of[row["event_id"]] is not None, (row["amount"] or 0) / 100
                count(found, "shelf_share_of_money", (), (who, amount if led else 0), amount)
                count(found, "shelf_share_of_purchases", (), (who, led))
    return found


def _unrolled(brute: Brute, who: str) -> list[tuple[Row, int]]:
    """What is left of each movement of money when what only moved inside is taken off both of its ends."""
    rows = [row for row in brute.kept if row["customer_id"] == who and row["amount"]]
    rows += [
        row
        for row in brute.events
        if row["customer_id"] == who and row["kind"] in ("redeem", "mature") and row["amount"]
    ]
    rows.sort(key=lambda row: (row["occurred_us"], row["kind"] in BOUGHT, row["event_id"]))
    left = {row["event_id"]: row["amount"] * (1 if row["kind"] in BOUGHT else -1) for row in rows}
    for row in rows:
        if row["kind"] not in BOUGHT:
            continue
        for out in rows:
            if out is row:
                break
            own = category_of(out["product_no"]) == category_of(row["product_no"])
            if out["kind"] in BOUGHT or row["day"] - out["day"] > 7 or own != (row["kind"] == "renewal"):
                continue
            rolled = min(left[row["event_id"]], -left[out["event_id"]])
            left[row["event_id"]] -= rolled
            left[out["event_id"]] += rolled
    return [(row, 0 if row["kind"] == "renewal" else left[row["event_id"]]) for row in rows]


def tasks(brute: Brute) -> Counts:
    found: Counts = {}
    for who in brute.customers:
        cards = [
            card
            for one in brute.shelves
            if one["customer_id"] == who and brute.inside(one["day"]) and brute.heard(one)
            for card in one["cards"]
        ]
        kinds = {row["kind"] for row in brute.events if row["customer_id"] == who and brute.inside(row["day"])}
        offered = sum(card["task"] for card in cards)
        count(found, "task_offered", (), (who, offered), len(cards))
        if offered:
            count(found, "task_accepted", (), (who, "task_accepted" in kinds))
        if "task_accepted" in kinds:
            count(found, "task_done", (), (who, "task_done" in kinds), 1, not offered)
    return found


def diversity(brute: Brute, by: str) -> Counts:
    found: Counts = {}
    segments = (*SEGMENTS, *(one.name for one in DEFAULT_SEGMENTS), "none", "unknown")
    names = {"": (), "tier": TIERS, "stage": (*STAGES, "none"), "segment": segments}[by]
    shown: dict[frozenset[tuple[str, str]], set[int]] = {frozenset({(by, name)}): set() for name in names}
    shown |= {} if by else {frozenset(): set()}
    whose: dict[frozenset[tuple[str, str]], set[str]] = {}
    for shelf in brute.shelves:
        before = [
            one
            for one in brute.shelves
            if one["customer_id"] == shelf["customer_id"] and one["decided_us"] < shelf["decided_us"]
        ]
        last = max(before, key=lambda one: one["decided_us"], default=None)
        for group in {_part(shelf, card, by) for card in shelf["cards"]} if brute.inside(shelf["day"]) else ():
            own, who = (
                [card["product_no"] for card in shelf["cards"] if _part(shelf, card, by) == group],
                shelf["customer_id"],
            )
            shares = [sum(category_of(one) == code for one in own) / len(own) for code in CATEGORIES]
            if len(own) >= 2:
                entropy = sum(-share * math.log(share) for share in shares if share) / math.log(len(own))
                count(found, "entropy", group, (who, entropy))
            count(found, "categories_of_shelf", group, (who, sum(share > 0 for share in shares)))
            shown.setdefault(group, set()).update(own)
            whose.setdefault(group, set()).add(who)
            for product in own if last else ():
                assert last is not None
                stood = [card["product_no"] for card in last["cards"] if _part(last, card, by) == group]
                count(found, "repeat_ratio", group, (who, product in stood))
    for group, products in shown.items():
        found["coverage", group] = {"": [len(products), len(PRODUCTS), len(whose.get(group, ()))]}
    return found


def _part(shelf: Row, card: Row, by: str) -> frozenset[tuple[str, str]]:
    told: Mapping[str, Any] = {
        "tier": card["tier"],
        "stage": shelf["stage"] or "none",
        "segment": primary(shelf),
    }
    return frozenset({(by, told[by])}) if by else frozenset()


def freshness(brute: Brute) -> Counts:
    found: Counts = {}
    for row in brute.events:
        for name, seconds in (("minute", 60), ("hour", 3_600), ("day", 86_400)) if brute.inside(row["day"]) else ():
            within = row["arrived_us"] - row["occurred_us"] <= seconds * 1_000_000
            lags = [row["arrived_us"] - row["occurred_us"] > 1_000_000 * min(seconds, one) for one in (60, 3_600)]
            count(
                found, "arrived", {("within", name)}, (row["customer_id"], within), 1, *(within and one for one in lags)
            )
    for shelf in brute.shelves:
        if brute.inside(shelf["day"]):
            count(found, "shelf_fresh", (), (shelf["customer_id"], not shelf["degraded"]))
            if shelf["mode"] == "personal":
                count(found, "tiers_fresh", (), (shelf["customer_id"], shelf["snapshot_day"] >= shelf["day"] - 1))
    return found
