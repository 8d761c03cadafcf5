from __future__ import annotations

from typing import Any

import pytest

from loadtest.plan import Plan
from loadtest.scenarios.flippers import Flippers
from tests.unit.loadtest.shelves import card, shelf
from tests.unit.loadtest.users import user_of


class Service:
    """Obeys, or does not."""

    def __init__(self, *, obeys: bool) -> None:
        self._obeys, self._personal, self._suspended = obeys, True, False

    def __call__(self, call: Any) -> Any:
        if call.name == "switch":
            self._personal = call.body["enabled"] or not self._obeys
        elif call.name == "suspend":
            self._suspended = call.body["suspended"] and self._obeys
        elif self._personal:
            return shelf(*([] if self._suspended else [card("p1")]), card("p2", 2))
        else:
            return shelf(card("p3", tier=None), mode="nonpersonal")
        return {}


@pytest.mark.parametrize(("obeys", "errors"), [(True, {}), (False, {"switch": 1, "suspend": 1})])
def test_a_switch_that_the_next_shelf_does_not_obey_is_an_error(
    plan: Plan, *, obeys: bool, errors: dict[str, int]
) -> None:
    user, _ = user_of(Flippers, plan, Service(obeys=obeys))
    user.run_of_load.chance.choice = lambda cards: cards[0]
    user.personalisation()
    user.suspension()
    assert dict(user.run_of_load.tally.errors) == errors


def test_what_is_switched_off_is_switched_on_again(plan: Plan) -> None:
    user, asked = user_of(Flippers, plan, Service(obeys=True))
    user.personalisation()
    user.suspension()
    assert [call.body for call in asked if call.body] == [
        {"enabled": False},
        {"enabled": True},
        {"suspended": True},
        {"suspended": False},
    ]


def test_every_flipper_has_a_customer_of_its_own(plan: Plan) -> None:
    user, _ = user_of(Flippers, plan, Service(obeys=True))
    first = user.customer_id
    user.on_start()
    assert {first, user.customer_id} == set(plan.reserved)
