"""A history written down line by line, and what a report says of it."""

from __future__ import annotations

from typing import Any

from service.calendar import DAY_US
from service.reports.metric import Metric
from service.reports.run import Asked, View, run
from service.runtime import Runtime
from tests.unit.service.reports.histories import POLICIES, History, Row, dice, store_it

HOUR_US = 3_600_000_000


class Telling:
    """What happened to whom how many days ago; at the end one report of the last ninety days."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.history = History(runtime.calendar.day(runtime.clock.now_us()))
        self.noon_us = runtime.calendar.midnight_us(self.history.today) + HOUR_US

    def event(self, who: str, kind: str, days_ago: int, product_no: int = 0, **fields: Any) -> Row:
        """An event at one o'clock of a day."""
        self._know(who)
        at_us = self.noon_us - days_ago * DAY_US + len(self.history.events)
        row = {"customer_id": who, "event_id": f"e{len(self.history.events):03}", "kind": kind, "occurred_us": at_us}
        row |= {"arrived_us": at_us, "product_no": product_no, "day": self.history.today - days_ago} | fields
        self.history.events.append(row)
        return row

    def shelf(self, who: str, days_ago: int, *cards: tuple[str, int], **fields: Any) -> Row:
        """A personal shelf of cards (tier, product) in their order, decided at the beginning of a day."""
        self._know(who)
        slots: dict[str, int] = {}
        told = []
        for tier, product in cards:
            slots[tier] = slots.get(tier, 0) + 1
            told.append({"tier": tier, "slot": slots[tier], "product_no": product, "task": False, "featured": False})
        number, day = len(self.history.shelves), self.history.today - days_ago
        at_us = self.runtime.calendar.midnight_us(day) + number
        shelf = {"decision_id": f"d{number:03}", "customer_id": who, "decided_us": at_us, "day": day, "cards": told}
        shelf |= {"mode": "personal", "stage": "value", "degraded": False, "logged": True, "tiers": {}}
        shelf |= {"snapshot_day": day, "segments": [], "rules": [], "withheld_by": {}, "policy": POLICIES[0]}
        self.history.shelves.append(shelf | fields)
        return self.history.shelves[-1]

    def on_card(self, shelf: Row, kind: str, days_ago: int, place: int = 0) -> Row:
        """An impression of a card or a click on it."""
        card = shelf["cards"][place]
        about = {name: card[name] for name in ("tier", "slot", "product_no")}
        return self.event(shelf["customer_id"], kind, days_ago, decision_id=shelf["decision_id"], **about)

    def told(self, report: str, by: str = "") -> dict[str, Metric]:
        """The metrics of a report under their names, with the values of their groups after it."""
        store_it(dice(1), self.runtime, self.history)
        metrics = run(self.runtime, [View(report, by)], Asked()).views[View(report, by)]
        return {" ".join([one.name, *one.group.values()]): one for one in metrics}

    def _know(self, who: str) -> None:
        if who not in self.history.customers:
            self.history.customers.append(who)


def counts(metric: Metric) -> tuple[float | None, float | None]:
    """Numerator and denominator."""
    return metric.numerator, metric.denominator
