"""The bank made again in memory, and the refusal of a service that runs another one."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from service.errors import Refused
from service.simulate import simulate
from service.simulate.bank import Bank
from service.simulate.live.client import Answer, Call
from service.simulate.live.founding import meet
from service.simulate.live.value import preferences
from service.simulate.period import DAY, iso
from service.simulate.run import found
from service.simulate.taxonomy import CATEGORIES
from tests.unit.service.simulate.live.pretending import SIZE, UNTIL, bank


class Registry:
    """A service that knows a bank's products and customers."""

    def __init__(self, known: Bank) -> None:
        self.bank, self.now = known, iso(known.period.as_of + 3_600)

    def tell(self, call: Call) -> Any:
        return self.ask(call).content

    def ask(self, call: Call) -> Answer:
        body: Any = call.body
        products = self.bank.catalogue.products
        if call.path == "/readyz":
            return Answer(200, {"products": len(products)})
        if call.path == "/v1/shelves":
            known = [int(one[1:]) < self.bank.people.size for one in body["customers"]]
            return Answer(
                200, {"shelves": [{"as_of": self.now, "versions": {"state": 3 if one else None}} for one in known]}
            )
        place = int(call.path.rpartition("P")[2])
        if place >= len(products):
            return Answer(404, {})
        one = products[place]
        begin = None if one.form == "demand" else iso(one.sale_from)
        return Answer(200, {"category": one.kind.code, "name": one.names[0], "sale_from": begin})


def _meet(service: Registry, mine: Bank) -> int:
    return meet(service, mine)  # type: ignore[arg-type]


def test_the_bank_made_again_feels_as_the_one_that_was_written(tmp_path: Path) -> None:
    simulate(tmp_path, customers=SIZE.customers, products=SIZE.products, days=SIZE.days, until=UNTIL, seed=SIZE.seed)
    written = pq.read_table(tmp_path / "truth" / "preferences.parquet")["preference"].to_numpy()
    mine = preferences(bank(), np.arange(SIZE.customers))
    assert mine.shape == (SIZE.customers, len(CATEGORIES))
    assert np.abs(mine.ravel() - written).max() < 1e-8
    number = pq.read_metadata(tmp_path / "events.parquet").num_rows
    assert bank().journal.size == number


def test_the_very_bank_is_met_at_its_time() -> None:
    mine = bank()
    assert _meet(Registry(mine), mine) == mine.period.as_of + 3_600


def test_a_service_of_another_bank_is_refused_naming_what_differs() -> None:
    mine = bank()
    fewer = Registry(copy.deepcopy(mine))
    fewer.bank.catalogue.products.pop()
    with pytest.raises(Refused, match=f"79 products, the living bank {SIZE.products}"):
        _meet(fewer, mine)
    other = Registry(found(dataclasses.replace(SIZE, seed=6), UNTIL))
    with pytest.raises(Refused, match="P00007: name"):
        _meet(other, mine)


def test_a_service_without_the_customers_is_refused() -> None:
    mine = bank()
    empty = Registry(copy.deepcopy(mine))
    object.__setattr__(empty.bank, "people", type("Nobody", (), {"size": 0})())
    with pytest.raises(Refused, match="does not know customer C000000000"):
        _meet(empty, mine)


def test_a_clock_beyond_the_first_week_is_refused() -> None:
    mine = bank()
    late = Registry(mine)
    late.now = iso(mine.period.as_of + 8 * DAY)
    with pytest.raises(Refused, match="clock"):
        _meet(late, mine)


def test_a_bank_that_has_lived_on_is_refused() -> None:
    mine = bank()
    lived = Registry(copy.deepcopy(mine))
    lived.bank.catalogue.products.append(lived.bank.catalogue.products[0])
    with pytest.raises(Refused, match="has lived on before"):
        _meet(lived, mine)


def test_until_is_the_last_midnight() -> None:
    assert dt.datetime.fromtimestamp(bank().period.as_of, tz=dt.UTC).isoformat() == "2026-02-28T16:00:00+00:00"
