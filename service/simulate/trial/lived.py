"""The customers of an experiment against a running service, through its public HTTP interface, day after day."""

from __future__ import annotations

from typing import Any

import numpy as np

from service.progress import Progress, silent
from service.simulate.live.client import Call, Client
from service.simulate.period import iso
from service.simulate.trial.people import DAY_S, People, TrialSize

_AT_ONCE = 100
_EVENTS = 500
_SCOPES = ("personalisation", "behaviour", "holdings")


def join(client: Client, people: People, at_s: int) -> None:
    """Have everybody become a customer who wants a personal shelf."""
    calls = []
    for customer in people.customer:
        profile = {"joined_at": iso(at_s - 30 * DAY_S), "birth_year": 1985, "risk_capacity": "C3"}
        profile |= {"risk_assessed_at": iso(at_s - DAY_S)}
        calls.append(Call("PUT", f"/v1/customers/{customer}", profile))
        answer = {"granted": True, "changed_at": iso(at_s - DAY_S)}
        calls += [Call("PUT", f"/v1/customers/{customer}/consents/{scope}", answer) for scope in _SCOPES]
    client.tell_all(calls)


class Lived:
    """Lives an experiment: who comes sees a shelf, and buys as planted for the arm that the service says."""

    def __init__(self, client: Client, size: TrialSize, people: People, experiment: str, treatment: str) -> None:
        self._client, self._size, self._people = client, size, people
        self._experiment, self._treatment = experiment, treatment
        self._bought: list[tuple[int, dict[str, Any]]] = []
        self.arm: dict[str, str] = {}
        """The arm of everybody who has come, as the service told it."""

    def live(self, from_s: int, progress: Progress = silent) -> int:
        """Live until the last window is over; the service's time then, seconds. The clock is at `from_s` at first."""
        days = self._size.enrol_days + self._size.window_days + 1
        for day in range(days):
            now_s = from_s + day * DAY_S
            self._client.tell(Call("PUT", "/v1/dev/clock", {"now": iso(now_s + 60)}))
            self._come(np.flatnonzero(self._people.comes_s == day * DAY_S).tolist(), now_s)
            self._send([event for at_s, event in self._bought if at_s <= now_s])
            self._bought = [one for one in self._bought if one[0] > now_s]
            progress("living", day + 1, days)
        end_s = from_s + days * DAY_S
        self._client.tell(Call("PUT", "/v1/dev/clock", {"now": iso(end_s)}))
        self._send([event for _, event in self._bought])
        return end_s

    def _come(self, places: list[int], now_s: int) -> None:
        events = []
        for start in range(0, len(places), _AT_ONCE):
            part = places[start : start + _AT_ONCE]
            asked = {"customers": [self._people.customer[place] for place in part]}
            shelves = self._client.tell(Call("POST", "/v1/shelves", asked))["shelves"]
            for place, shelf in zip(part, shelves, strict=True):
                events += self._before_the_shelf(place, shelf, now_s)
        self._send(events)

    def _before_the_shelf(self, place: int, shelf: dict[str, Any], now_s: int) -> list[dict[str, Any]]:
        """What a customer who has come does there; what is bought later waits for its time."""
        people, customer = self._people, self._people.customer[place]
        arms = {one["key"]: one["arm"] for one in shelf["experiments"]}
        self.arm[customer] = arms.get(self._experiment, "")
        card = next((card for tier in shelf["tiers"] for zone in tier["zones"] for card in zone["cards"]), None)
        if card is None or not people.sees[place]:
            return []
        own = {"customer_id": customer, "occurred_at": iso(now_s)}
        events = [{**own, "event_id": f"{customer}-seen", "kind": "impression", "tracking": card["tracking"]}]
        bought = {**own, "kind": "purchase", "product_id": card["product_id"], "amount": 1000}
        if people.before_s[place] >= 0:
            at_s = now_s - int(people.before_s[place])
            events.append({**bought, "event_id": f"{customer}-before", "occurred_at": iso(at_s)})
        effect = self._size.effect if self.arm[customer] == self._treatment else 0.0
        if people.luck[place] < min(people.rate[place] * (1 + effect), 1.0):
            at_s = now_s + int(people.later_s[place])
            self._bought.append((at_s, {**bought, "event_id": f"{customer}-after", "occurred_at": iso(at_s)}))
        return events

    def _send(self, events: list[dict[str, Any]]) -> None:
        for start in range(0, len(events), _EVENTS):
            answer = self._client.tell(Call("POST", "/v1/events", {"events": events[start : start + _EVENTS]}))
            refused = [one for one in answer["results"] if one["status"] == "rejected"]
            if refused:
                raise AssertionError(f"the service rejected an event of the trial: {refused[0]['detail']}")
