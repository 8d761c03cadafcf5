from __future__ import annotations

from typing import Any

from loadtest.plan import Plan
from loadtest.scenarios.shoppers import Shoppers
from tests.unit.loadtest.shelves import card, shelf
from tests.unit.loadtest.users import user_of


def answer(call: Any) -> Any:
    if call.name == "shelf":
        return shelf(card("p1"), card("p2", 2), card("p3", tier=None))
    if call.name == "my events":
        return {"results": [{"status": "accepted"} for _ in call.body["events"]]}
    return {"tags": [], "enabled": True}


def test_after_the_shelf_come_events_with_its_tokens(plan: Plan) -> None:
    user, asked = user_of(Shoppers, plan, answer)
    for _ in range(200):
        user.visit()
    sent = [event for call in asked if call.name == "my events" for event in call.body["events"]]
    assert {event["tracking"] for event in sent} == {"token-p1-1", "token-p2-2", "token-p3-1"}
    assert {event["kind"] for event in sent} >= {"impression", "click", "detail"}
    assert {call.name for call in asked} == {"shelf", "my events", "my tags", "my switch"}
    assert all(call.headers["Authorization"].startswith("Bearer ") for call in asked)
    assert not user.run_of_load.tally.faults


def test_an_event_that_is_not_taken_is_an_error(plan: Plan) -> None:
    refused = {"results": [{"status": "rejected", "code": "bad_tracking"}]}

    def answered(call: Any) -> Any:
        if call.name != "my events":
            return answer(call)
        return {"results": refused["results"] * len(call.body["events"])}

    user, _ = user_of(Shoppers, plan, answered)
    for _ in range(5):
        user.visit()
    assert user.run_of_load.tally.faults["my events: events: bad_tracking"] > 0


def test_of_a_bad_shelf_nothing_is_reported(plan: Plan) -> None:
    user, asked = user_of(Shoppers, plan, lambda call: shelf(tiers=[]))
    user.visit()
    assert [call.name for call in asked] == ["shelf"]
