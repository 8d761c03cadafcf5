"""Random histories of a few customers of a small bank, and the ways in which they can reach it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from service.calendar import DAY_US
from service.clock import to_us
from service.stores.protocols import ConsentChange, EventRecord, Store
from tests.factories import category_number
from tests.sample_bank import NOW

NOW_US = to_us(dt.datetime.fromisoformat(NOW))
QUARTER_US = DAY_US // 4
WHO = ("a", "b", "c")
"""Of whom the last has never been asked, the others agreed to personalisation long ago."""
AGREED_US = NOW_US - 500 * DAY_US
PRODUCTS = {
    "term": "deposit.term", "mmf": "cash.mmf", "bond": "fund.bond", "bond2": "fund.bond", "health": "ins.health",
    "trust": "private.trust", "card": "card.credit",
}  # fmt: skip
OF_PRODUCT = tuple(PRODUCTS.values())
"""The category of each product, by its number."""
SUBJECTS = (2, 2, 2, 3, 3, 4, 1, 0, 5, 6)
TIERS = (None, "fixed", "migratable", "transferable", "public", "public")
SCOPES = ("personalisation", "personalisation", "personalisation", "behaviour", "tags", "holdings")
BOUGHT = ("purchase", "purchase", "purchase", "top_up", "renewal")
TAGS = ("likes.bond", "likes.bond2", "likes.mmf", "likes.health", "zone.fund", "avoids.bond", "night")
Chance = np.random.Generator
Told = EventRecord | ConsentChange | Mapping[str, Any]
"""Something the bank is told: an event, a consent answer, an assignment of a tag (`tag`), a cash flow (`flow_id`)."""


class Arrival(NamedTuple):
    """Something that reaches the bank, in which batch."""

    batch: int
    told: Told


class Way(NamedTuple):
    """How a history arrives: items in their order, the clock of each batch, and the jobs run at its end."""

    arrivals: Sequence[Arrival]
    clocks: Sequence[int]
    jobs: Sequence[str]


def history(seed: int, stories: int) -> list[Told]:
    """So many stories, each of dice of its own: with fewer stories the first ones stay as they are."""
    said: dict[object, Told] = {}
    for number in range(stories):
        chance = np.random.default_rng([seed, number])
        customer = str(chance.choice(WHO))
        # Most of one month, so that stories meet; a quarter of a day is the unit, so that instants do too.
        begun = NOW_US - int(chance.integers(1, chance.choice([60, 140, 140, 1_500]))) * QUARTER_US
        said |= {
            _key(told): told for told in (*_story(chance, number, customer, begun), *_facts(chance, customer, begun))
        }
    return [told for told in said.values() if moment_of(told) <= NOW_US]


histories = st.builds(history, st.integers(0, 2**32 - 1), st.integers(6, 16))


def _story(chance: Chance, number: int, customer: str, begun: int) -> Iterator[EventRecord]:
    """A product is shown, clicked, looked at, bought, and taken back, or some of it; other things happen as well."""
    product, slot = _one(chance, SUBJECTS), int(chance.integers(1, 4))
    rival = product if chance.random() < 0.6 else _one(chance, SUBJECTS)
    place = {"decision_id": f"d{chance.integers(6)}", "tier": _one(chance, TIERS), "slot": slot}
    steps: list[tuple[str, int, int, Mapping[str, Any]]] = [
        ("impression", 12, rival, place),
        ("click", 2, rival, place),
        (_one(chance, ("detail", "search", "redeem", "mature", "login", "served", "dismiss")), 8, rival, {}),
        (_one(chance, BOUGHT), _one(chance, (4, 40, 140)), product, {"amount": _amount(chance)}),
        *[("cancel", 50, product, {})] * int(chance.integers(0, 3)),
    ]
    at_us, refers_to = begun, ""
    for step, (kind, within, subject, fields) in enumerate(steps):
        if kind in {"impression", "click"} and chance.random() < 0.25:
            continue
        event_id = f"e{chance.integers(10)}-{number}-{step}"
        refers_to = event_id if kind in BOUGHT else refers_to
        at_us = begun + int(chance.integers(0, within)) * QUARTER_US
        begun = at_us if kind != "cancel" else begun
        given = {**fields, "refers_to": refers_to} if kind == "cancel" else dict(fields)
        alone = kind in {"purchase", "search", "detail"} and chance.random() < 0.1
        given |= {"category_no": category_number(OF_PRODUCT[subject])} if alone else {"product_no": subject}
        given |= {"product_no": None} if kind == "login" else {}
        given |= {"task_id": "t"} if kind in {"purchase", "detail"} and chance.random() < 0.2 else {}
        yield EventRecord(event_id, customer, kind, at_us, at_us, repr((event_id, at_us)).encode(), **given)


def _facts(chance: Chance, customer: str, begun: int) -> Iterator[Told]:
    """What else is told around a story: a consent answer, an assignment of a tag, a cash flow, or nothing."""
    near = begun + int(chance.integers(*_one(chance, ((-8, 1), (-20, 60))))) * QUARTER_US
    if chance.random() < 0.5:
        yield ConsentChange(customer, _one(chance, SCOPES), bool(chance.random() < 0.5), near)
    if chance.random() < 0.5:
        ended_us = near + int(chance.integers(0, 200)) * QUARTER_US
        ended = bool(chance.random() < 0.3) and ended_us <= NOW_US
        end = {"removed_us": ended_us if ended else None, "removed_by": "bank" if ended else None}
        yield {"customer_id": customer, "tag": _one(chance, TAGS), "assigned_us": near, "source": "crm", **end}
    if chance.random() < 0.2:
        own = _one(chance, (None, True, False))
        flow = {"customer_id": customer, "occurred_us": near, "amount": int(chance.integers(-900, 900)) * 100 + 50}
        yield {**flow, "own_name": own, "flow_id": f"f{chance.integers(10**9)}"}


def _amount(chance: Chance) -> int | None:
    return int(chance.integers(0, 40)) * 100_00 if chance.random() < 0.8 else None


def _one(chance: Chance, some: Sequence[Any]) -> Any:
    return some[int(chance.integers(len(some)))]


def _key(told: Told) -> object:
    """Of what has a key the bank is told once: which of two rows of one key stands is a matter of their order."""
    if isinstance(told, EventRecord):
        return told.event_id
    if isinstance(told, ConsentChange):
        return told.customer_id, told.scope, told.changed_us
    return told["customer_id"], told.get("tag"), told.get("assigned_us"), told.get("flow_id")


def way(seed: int, said: Sequence[Told]) -> Way:
    """Any order, with repetitions, nothing before it happened; jobs run between the batches at increasing times.

    Most comes when it has happened, all of it before the last batch, which comes when nothing new has happened; of one
    customer only answers and tags come late, so that they are the only news.
    """
    chance = np.random.default_rng(seed)
    ago = [*np.sort(chance.choice(100, int(chance.integers(0, 3)), replace=False))[::-1].tolist(), 0]
    punctual = str(chance.choice(WHO))
    clocks = [*(NOW_US - quarters * QUARTER_US for quarters in ago), NOW_US]
    arrivals = []
    for place in chance.permutation(np.append(np.arange(len(said)), chance.integers(len(said), size=4))).tolist():
        first = next(number for number, clock_us in enumerate(clocks) if clock_us >= moment_of(said[place]))
        is_late = chance.random() < 0.5 and not (isinstance(said[place], EventRecord) and of(said[place]) == punctual)
        arrivals.append(Arrival(int(chance.integers(first, len(clocks))) if is_late else first, said[place]))
    jobs = chance.choice(["both", "credit", "measure", ""], len(ago), p=[0.4, 0.3, 0.2, 0.1]).tolist()
    return Way(arrivals, clocks, [*jobs, "both"])


def of(told: Told) -> str:
    """Whom it is about."""
    return str(told["customer_id"]) if isinstance(told, Mapping) else told.customer_id


def moment_of(told: Told) -> int:
    """When it could be told at the earliest."""
    if isinstance(told, EventRecord):
        return told.occurred_us
    if isinstance(told, ConsentChange):
        return told.changed_us
    return int(told.get("removed_us") or told.get("assigned_us") or told["occurred_us"])


def tell(store: Store, said: Sequence[Told]) -> None:
    """Tell the store; events that stand together in one call."""
    waiting: list[EventRecord] = []
    for told in said:
        if isinstance(told, EventRecord):
            waiting.append(told)
            continue
        store.append(waiting)
        waiting = []
        if isinstance(told, ConsentChange):
            store.change_consent(told)
        elif "tag" in told:
            store.put_tags(str(told["customer_id"]), [{key: told[key] for key in told if key != "customer_id"}])
        else:
            store.put_flows([told])
    store.append(waiting)
