"""What has happened and is not yet known to the service: events and movements of money, sent as their time comes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import Any

import numpy as np
import orjson

from service.simulate.bank import Bank
from service.simulate.chance import NONE, Ints
from service.simulate.exchange import EVENT
from service.simulate.flows import CLASSES, flow_columns
from service.simulate.journal import CHANNELS, KINDS, PAYLOADS
from service.simulate.live.client import Call, Client
from service.simulate.live.shelves import Cards, Shelves, customer_id
from service.simulate.taxonomy import CATEGORIES

BATCH = 500
_REASONS = tuple(orjson.loads(payload) for payload in PAYLOADS)
_CODES: tuple[str, ...] = tuple(kind.code for kind in CATEGORIES)
KEPT = ("number", "customer", "kind", "when", "product", "category", "cents", "refers")
_NAMES = {"decision": "tracking", "product": "product_id", "category": "category", "cents": "amount"}
_NAMES |= {"channel": "channel", "session": "session_id", "refers": "refers_to", "payload": "payload"}
_ALWAYS = ("number", "customer", "kind", "when")

Columns = dict[str, Ints]


class Outbox:
    """Collects from the bank's journal and sends, in the order of time, what lies before a moment."""

    def __init__(self, client: Client, bank: Bank, products: list[str]) -> None:
        self._client, self._bank, self._products = client, bank, products
        self._events: Columns = {}
        self._flows: Columns = {}
        self._flow_ids = 0
        self._tracking: list[str] = []
        self._under_way: list[tuple[str, Future[list[Any]]]] = []
        self._shelf_of_card = np.zeros(0, dtype=np.int64)
        self.decisions: list[str] = []
        """The decisions of all shelves so far."""
        self.sent: list[Columns] = []
        """What was sent of each event; `shelf` is the place of its decision, or NONE."""
        self.counts: Counter[str] = Counter()
        """Events by kind, and `rejected`."""
        self.refusals: Counter[str] = Counter()
        """Why events and movements of money were refused."""

    def note(self, shelves: Shelves, cards: Cards) -> int:
        """Takes over the tracking of a day's cards; the place of the first of its shelves among the decisions."""
        first = len(self.decisions)
        self.decisions += shelves.decision
        self._tracking = cards.tracking
        self._shelf_of_card = first + cards.shelf
        return first

    def send(self, until: int) -> None:
        """Begins to send what happened before a moment (seconds); what lies ahead waits."""
        ready, self._events = _split(self._events, self._bank.journal.columns(), until)
        if ready["when"].size:
            self._send_events(ready)
        if self._bank.flows:
            fresh = flow_columns(self._bank)
            self._bank.flows.clear()
            fresh["id"] = self._flow_ids + np.arange(fresh["when"].size)
            self._flow_ids += fresh["when"].size
        else:
            fresh = {name: np.zeros(0, dtype=np.int64) for name in ("customer", "when", "cents", "place", "own", "id")}
        ready, self._flows = _split(self._flows, fresh, until)
        self._post("/v1/cash-flows", "cash_flows", _flows(ready))
        self.counts["cash_flows"] += ready["when"].size

    def _send_events(self, ready: Columns) -> None:
        self._post("/v1/events", "events", self._written(ready))
        of_card = ready["decision"] != NONE
        shelf = np.full(of_card.size, NONE)
        shelf[of_card] = self._shelf_of_card[ready["decision"][of_card]]
        self.sent.append({**{name: ready[name].astype(np.int64) for name in KEPT}, "shelf": shelf})
        for kind, count in enumerate(np.bincount(ready["kind"], minlength=len(KINDS)).tolist()):
            self.counts[KINDS[kind]] += count

    def settle(self) -> None:
        """Waits until the service has taken in all that was sent."""
        sent, self._under_way = self._under_way, []
        for name, answers in sent:
            for answer in answers.result():
                refused = [result for result in answer["results"] if result["status"] == "rejected"]
                self.counts["rejected"] += len(refused)
                self.refusals.update(f"{name}: {result['code']}: {result.get('detail', '')}" for result in refused)

    def _post(self, path: str, name: str, rows: Iterator[dict[str, Any]]) -> None:
        calls = iter(lambda: Call("POST", path, {name: list(islice(rows, BATCH))}), Call("POST", path, {name: []}))
        # Events share one writer; movements of money would wait for each other's transactions.
        for chain in ([call] for call in calls) if name == "events" else [list(calls)]:
            self._under_way.append((name, self._client.begin(chain)))

    def _written(self, ready: Columns) -> Iterator[dict[str, Any]]:
        """The events as the service takes them; those of a card carry its tracking token, which says the product."""
        of_card = ready["decision"] != NONE
        ready = {**ready, "product": np.where(of_card, NONE, ready["product"])}
        told: dict[str, Callable[[int], object]] = {
            "decision": self._tracking.__getitem__,
            "product": self._products.__getitem__,
            "category": _CODES.__getitem__,
            "cents": lambda cents: cents / 100,
            "channel": CHANNELS.__getitem__,
            "session": "S{:09d}".format,
            "refers": _event_id,
            "payload": _REASONS.__getitem__,
        }
        optional = [(_NAMES[name], ready[name].tolist(), tell) for name, tell in told.items()]
        always = zip(*(ready[name].tolist() for name in _ALWAYS), strict=True)
        for row, (number, customer, kind, when) in enumerate(always):
            event: dict[str, Any] = {
                "event_id": _event_id(number),
                "customer_id": customer_id(customer),
                "kind": KINDS[kind],
                "occurred_at": moment(when),
            }
            for name, values, tell in optional:
                if values[row] >= 0:  # what is not there is negative
                    event[name] = tell(values[row])
            yield event


def _event_id(number: int) -> str:
    return f"{EVENT}{number:09d}"


def moment(seconds: int) -> str:
    """ISO 8601, UTC."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).isoformat()


def _split(waiting: Columns, fresh: Columns, until: int) -> tuple[Columns, Columns]:
    """(what lies before the moment, in the order of time; the rest)."""
    joined = {name: np.concatenate([waiting[name], values]) if waiting else values for name, values in fresh.items()}
    order = np.argsort(joined["when"], kind="stable")
    edge = int(np.searchsorted(joined["when"][order], until))
    ready, rest = order[:edge], order[edge:]
    return {name: values[ready] for name, values in joined.items()}, {name: v[rest] for name, v in joined.items()}


def _flows(ready: Columns) -> Iterator[dict[str, Any]]:
    columns = (ready[name].tolist() for name in ("customer", "when", "cents", "place", "own", "id"))
    for customer, when, cents, place, own, number in zip(*columns, strict=True):
        yield {
            "customer_id": customer_id(customer),
            "occurred_at": moment(when),
            "amount": cents / 100,
            "counterparty_class": CLASSES[place],
            "own_name": own == 1,
            "flow_id": f"L{number:09d}",
        }
