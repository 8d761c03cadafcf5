from __future__ import annotations

from typing import Any

from loadtest.plan import Plan
from loadtest.scenarios.reporters import BATCH, Reporters
from tests.unit.loadtest.shelves import card, shelf
from tests.unit.loadtest.users import user_of


def answer(call: Any) -> Any:
    if call.name == "shelves":
        return {"shelves": [shelf(card()) for _ in call.body["customers"]]}
    return {"product_id": "p1", "identical": True, "differences": [], **shelf(card())}


def test_what_was_shown_is_what_is_asked_about_afterwards(plan: Plan) -> None:
    user, asked = user_of(Reporters, plan, answer)
    user.product()
    user.again()
    assert asked == []
    for visit in (user.many, user.product, user.explain, user.again):
        visit()
    assert [call.name for call in asked] == ["shelves", "product", "explain", "decision", "replay"]
    assert len(asked[0].body["customers"]) == BATCH
    assert asked[1].path == "/v1/products/p1"
    assert asked[4].path == "/v1/decisions/d1/replay"
    assert all(call.headers == {"X-API-Key": plan.key} for call in asked)
    assert not user.run_of_load.tally.faults


def test_a_replay_that_differs_is_an_error(plan: Plan) -> None:
    differs = {"identical": False, "differences": ["slots[0]"]}
    user, _ = user_of(Reporters, plan, lambda call: answer(call) | differs)
    user.many()
    user.again()
    assert user.run_of_load.tally.faults == {"replay: differs: ['slots[0]']": 1}
