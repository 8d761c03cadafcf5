"""What is new at the bank, told to the service on its day: products, customers, assignments of tags."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from service.simulate import tables
from service.simulate.bank import Bank
from service.simulate.chance import NONE, dice
from service.simulate.customer_file import customer_columns
from service.simulate.live.client import Call
from service.simulate.live.growth import part_of
from service.simulate.live.outbox import moment
from service.simulate.live.providing import Assignments
from service.simulate.live.shelves import customer_id
from service.simulate.live.switching import Switch, answered
from service.simulate.opening import ACCOUNT_DELAY
from service.simulate.period import Period
from service.simulate.product_file import product_columns
from service.simulate.tag_definitions import Tag

ASKED_AFTER = 600


class Arrivals:
    """Launches and newcomers in the order of their days."""

    def __init__(self, bank: Bank, known: tuple[int, int]) -> None:
        """`known` is how many customers and products there were before."""
        self._bank, (self._customers, self._products) = bank, known
        more = part_of(bank.people, known[0])
        profiles = customer_columns(more, int(dice(bank.seed, "profiles to come").integers(1, 2**31)), known[0])
        self._profiles: list[dict[str, Any]] = tables.records(profiles, slice(0, more.size))

    def launches(self, begin: int, end: int) -> list[Call]:
        """The call that lists the products on sale from some moment of [begin, end) on; none where there are none."""
        products = self._bank.catalogue.products
        fresh = [place for place in range(self._products, len(products)) if begin <= products[place].sale_from < end]
        if not fresh:
            return []
        columns = product_columns(products, Period(self._bank.period.start, begin))
        rows = [tables.records(columns, slice(place, place + 1))[0] for place in fresh]
        return [Call("POST", "/v1/products", {"products": rows})]

    def newcomers(self, switch: Switch, begin: int, end: int) -> list[Call]:
        """Profile and answer of each whose first minutes at the bank end in [begin, end)."""
        joined = self._bank.people.joined
        settled = joined + ACCOUNT_DELAY
        calls = []
        for customer in range(self._customers, joined.size):
            if begin <= settled[customer] < end:
                profile = self._profiles[customer - self._customers]
                calls.append(Call("PUT", f"/v1/customers/{customer_id(customer)}", profile))
                if switch.answer[customer] != NONE:
                    when = int(joined[customer]) + ASKED_AFTER
                    calls.append(answered(customer, int(switch.answer[customer]), when))
        return calls


def tagged(assignments: Assignments, tags: list[Tag]) -> list[Call]:
    """One call a customer with all that is assigned to them."""
    order = np.argsort(assignments.customer, kind="stable")
    columns = (assignments.customer, assignments.tag, assignments.when, assignments.affinity)
    rows = zip(*(column[order].tolist() for column in columns), strict=True)
    calls = []
    for customer, group in groupby(rows, key=lambda row: row[0]):
        body = [_assignment(tags[tag], when, affinity) for _, tag, when, affinity in group]
        calls.append(Call("PUT", f"/v1/customers/{customer_id(customer)}/tags", {"tags": body}))
    return calls


def _assignment(tag: Tag, when: int, affinity: float) -> dict[str, Any]:
    row: dict[str, Any] = {"tag": tag.tag, "assigned_at": moment(when), "source": tag.source[0]}
    return row | ({} if np.isnan(affinity) else {"affinity": affinity})
