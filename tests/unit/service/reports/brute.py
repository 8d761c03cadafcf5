"""Every report's counts by hand: plain loops over rows, nothing shared with what is tested."""

from __future__ import annotations

from collections.abc import Iterable

from tests.unit.service.reports.histories import CATEGORIES, History, Row, category_of

DAY_US = 86_400_000_000
WINDOW = {"cash.mmf": 7, "cash.wealth": 7, "deposit.term": 14, "fund.bond": 30}
FAMILY = dict.fromkeys(CATEGORIES, "investing")
COOLING = 7
MOST = 60  # days of the longest window of the law
MUTED = ("impression", "click", "detail")  # not to be read where personalisation was off
BOUGHT = ("purchase", "top_up", "renewal")
Counts = dict[tuple[str, frozenset[tuple[str, str]]], dict[str, list[float]]]


class Brute:
    """A history cut off at a day, with what follows from its rows one by one."""

    def __init__(self, history: History, since: int, until: int) -> None:
        self.since, self.until, self.joined = since, until, history.joined
        self.customers = history.customers
        self.refused = history.refused
        self.events = [row for row in history.events if row["day"] < until and not self._muted(row)]
        self.lost = {one["decision_id"]: one for one in history.shelves}
        self.shelves = [one for one in history.shelves if one["logged"] and one["day"] < until]
        self.bought = [row for row in self.events if row["kind"] in BOUGHT]
        self.all_events = history.events
        self.click_of = {row["event_id"]: self._click(row) for row in self.bought}
        self.kept = [row for row in self.bought if not self._cancelled(row)]
        self.cards = self._cards()

    def inside(self, day: int) -> bool:
        return self.since <= day < self.until

    def heard(self, shelf: Row) -> bool:
        since = self.refused.get(shelf["customer_id"])
        return since is None or bool(shelf["decided_us"] < since)

    def _muted(self, row: Row) -> bool:
        since = self.refused.get(row["customer_id"])
        return row["kind"] in MUTED and since is not None and bool(row["occurred_us"] >= since)

    def _click(self, row: Row) -> Row | None:
        """The last click on the category, at the time of the purchase at the latest, if it is young enough."""
        clicks = [
            one
            for one in self.events
            if one["kind"] == "click"
            and one["customer_id"] == row["customer_id"]
            and category_of(one["product_no"]) == category_of(row["product_no"])
            and one["occurred_us"] <= row["occurred_us"]
        ]
        if not clicks:
            return None
        last = max(clicks, key=lambda one: (one["occurred_us"], one["event_id"]))
        return last if row["day"] - last["day"] <= WINDOW[category_of(row["product_no"])] else None

    def _cancelled(self, row: Row) -> bool:
        days = [
            one["day"] - row["day"]
            for one in self.all_events
            if one["kind"] == "cancel" and one.get("refers_to") == row["event_id"]
        ]
        return bool(days) and min(days) <= COOLING

    def _cards(self) -> dict[tuple[str, str, int], Row]:
        found: dict[tuple[str, str, int], Row] = {}
        unheard = {one["decision_id"] for one in self.shelves if not self.heard(one)}
        for shelf in filter(self.heard, self.shelves):
            for card in shelf["cards"]:
                key = (shelf["decision_id"], card["tier"], card["slot"])
                stage = shelf["stage"] or "none"
                of_shelf = {"stage": stage, "segment": primary(shelf), "shelf": shelf["decision_id"]}
                found[key] = {**card, **of_shelf, "who": shelf["customer_id"], "day": shelf["day"], "logged": True}
        for row in self.events:
            if row["kind"] in ("impression", "click") and row["decision_id"] not in unheard:
                key = (row["decision_id"], row["tier"], row["slot"])
                about = {name: row[name] for name in ("tier", "slot", "product_no", "day")}
                none = {"stage": "unknown", "segment": "unknown", "shelf": None, "logged": False}
                card = found.setdefault(key, {**about, **none, "who": row["customer_id"]})
                if not card["logged"]:
                    card["day"] = min(card["day"], row["day"])
        for key, card in found.items():
            own = [row for row in self.events if key == (row.get("decision_id"), row.get("tier"), row.get("slot"))]
            card["clicks"] = [row for row in own if row["kind"] == "click"]
            card["seen"] = bool(own)
            card["category"] = category_of(card["product_no"])
        return found

    def gone(self, row: Row, days: int) -> bool:
        """Whether the product of a purchase was given back within so many days."""
        return any(
            one["kind"] in ("redeem", "mature")
            and (one["customer_id"], one["product_no"]) == (row["customer_id"], row["product_no"])
            and one["occurred_us"] >= row["occurred_us"]
            and one["day"] - row["day"] <= days
            for one in self.events
        )

    def led(self, card: Row, rows: Iterable[Row]) -> list[Row]:
        """The purchases that are credited to a click on a card."""
        ids = {row["event_id"] for row in card["clicks"]}
        return [row for row in rows if (click := self.click_of[row["event_id"]]) and click["event_id"] in ids]


def primary(shelf: Row) -> str:
    """The first of the customer's segments."""
    return shelf["segments"][0] if shelf["segments"] else "none"


def by_of(card: Row, by: str) -> frozenset[tuple[str, str]]:
    told: dict[str, str] = {}
    if by:
        told = {by: str(card[by])}
    if by == "slot":
        told = {"tier": card["tier"], "slot": str(card["slot"])}
    return frozenset(told.items())


def count(
    found: Counts, name: str, group: Iterable[tuple[str, str]], row: tuple[str, float], of: float = 1, *beside: float
) -> None:
    """Add to what a customer has of the numerator, of the denominator, and of what is told by the way."""
    who, hit = row
    own = found.setdefault((name, frozenset(group)), {}).setdefault(who, [0.0] * (2 + len(beside)))
    for place, one in enumerate((hit, of, *beside)):
        own[place] += one


def funnel(brute: Brute, by: str) -> Counts:
    found: Counts = {}
    for card in brute.cards.values():
        if not brute.inside(card["day"]):
            continue
        group, who = by_of(card, by), card["who"]
        last = max([card["day"], *(row["day"] for row in card["clicks"])])
        over = last + WINDOW[card["category"]] < brute.until
        clicked, led = bool(card["clicks"]), brute.led(card, brute.kept)
        young = card["seen"] and not over
        count(found, "seen_rate", group, (who, card["seen"]), 1, young)
        if card["seen"]:
            count(found, "click_rate", group, (who, clicked), 1, young, young and clicked, young and not clicked)
        if clicked and over:
            count(found, "apply_rate", group, (who, bool(_applied(brute, card))), 1, not led)
            count(found, "funded_rate", group, (who, bool(led)))
        if card["seen"] and over:
            count(found, "funded_of_seen", group, (who, bool(led)), 1, not clicked)
        if led and over:
            same = any(row["product_no"] == _credited(brute, row)["product_no"] for row in led)
            count(found, "same_product", group, (who, same))
        lasting = [row for row in led if row["day"] + 30 < brute.until]
        if lasting:
            count(found, "held_rate", group, (who, not any(brute.gone(row, 30) for row in lasting)))
    return found


def _credited(brute: Brute, row: Row) -> Row:
    click = brute.click_of[row["event_id"]]
    assert click is not None
    return click


def _applied(brute: Brute, card: Row) -> list[Row]:
    ids = {row["event_id"] for row in card["clicks"]}
    applied = [row for row in brute.events if row["kind"] == "apply"]
    return [row for row in applied if (click := brute._click(row)) and click["event_id"] in ids]


Curve = dict[tuple[str, frozenset[tuple[str, str]]], tuple[float, float, float, tuple[int, ...]]]


def lag(brute: Brute, by: str) -> Curve:
    """(funded by the day, clicks, 1 - S, whose they are) by definition: the product of the shares of those at risk."""
    spells: dict[frozenset[tuple[str, str]], list[tuple[int, bool, str]]] = {}
    for key, card in brute.cards.items():
        assert key
        for click in card["clicks"]:
            if not brute.inside(click["day"]):
                continue
            own = [row["day"] - click["day"] for row in brute.kept if brute.click_of[row["event_id"]] is click]
            follow = brute.until - 1 - click["day"]
            never = WINDOW[category_of(click["product_no"])] <= follow
            spell = (*((min(own), True) if own else (MOST if never else follow, False)), card["who"])
            spells.setdefault(by_of(card, by), []).append(spell)
    found = {}
    for group, told in spells.items():
        survived = 1.0
        for day in range(MOST + 1):
            at_risk = sum(1 for length, *_ in told if length >= day)
            ended = sum(1 for length, funded, _ in told if funded and length == day)
            survived *= 1 - (ended / at_risk if at_risk else 0)
            by_day = [who for length, funded, who in told if funded and length <= day]
            not_yet = {who for length, funded, who in told if not funded or length > day}
            people = len({who for *_, who in told}), len(set(by_day)), len(not_yet)
            found["funded_by_day", group | {("day", str(day))}] = (len(by_day), len(told), 1 - survived, people)
    return found
