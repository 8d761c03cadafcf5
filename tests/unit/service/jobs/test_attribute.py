"""Credits are the same whether they were made daily, late, twice or at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from service.jobs.attribute import attribute
from service.runtime import Runtime
from service.stores.protocols import ConsentChange, EventRecord
from tests.unit.service.jobs.tag_bank import buyer, credits_by_event, event


def late(runtime: Runtime) -> tuple[list[EventRecord], tuple[str, str]]:
    """What arrives late about one purchase: a card, a click on it, another purchase, a cancellation of that one."""
    bought = buyer(runtime)
    who, product_no = bought["customer_id"], bought["product_no"]
    ago = (runtime.clock.now_us() - bought["occurred_us"]) / 86_400_000_000
    place = {"product_no": product_no, "decision_id": "d1", "tier": "migratable", "slot": 2}
    return [
        event(runtime, "late-card", who, "impression", days_ago=ago + 2.0, **place),
        event(runtime, "late-click", who, "click", days_ago=ago + 1.9, **place),
        event(runtime, "late-purchase", who, "purchase", days_ago=ago + 1.8, product_no=product_no, amount=100),
        event(
            runtime, "late-cancel", who, "cancel", days_ago=ago + 1.0, refers_to="late-purchase", product_no=product_no
        ),
    ], (who, bought["event_id"])


def test_a_second_run_finds_nothing_to_do(tagged: Runtime) -> None:
    done = attribute(tagged)
    assert done.customers > 100
    assert done.purchases == len(credits_by_event(tagged)) > 1000
    before = credits_by_event(tagged)
    assert attribute(tagged) == (0, 0)
    assert attribute(tagged, from_scratch=True) == done
    assert credits_by_event(tagged) == before


def test_late_events_in_any_order_correct_the_past_of_their_customer_alone(tagged: Runtime) -> None:
    attribute(tagged)
    arriving, key = late(tagged)
    before = credits_by_event(tagged)
    assert before[key]["exposure"] == "organic"
    for one in reversed(arriving):
        tagged.store.append([one])
        assert attribute(tagged).customers == 1
    found = credits_by_event(tagged)
    credit = found[key]
    assert (credit["click_id"], credit["tier"], credit["slot"], credit["same_product"]) == (
        "late-click",
        "migratable",
        2,
        True,
    )
    assert (credit["exposure"], credit["shown_id"]) == ("exposed", "d1")
    undone = found[key[0], "late-purchase"]
    assert undone["cancelled_us"] == arriving[3].occurred_us
    assert {k: v for k, v in found.items() if k[0] != key[0]} == {k: v for k, v in before.items() if k[0] != key[0]}
    attribute(tagged, from_scratch=True)
    assert credits_by_event(tagged) == found


def test_every_order_of_arrival_ends_in_the_same_credits(tagged: Runtime) -> None:
    attribute(tagged)
    arriving, key = late(tagged)
    of_bought: list[dict[str, Any]] = []
    for number, order in enumerate(list(permutations(range(4)))[::7]):
        for place in order:
            tagged.store.append([event_of(arriving[place], suffix=f"-{number}")])
            attribute(tagged)
        credit = credits_by_event(tagged)[key[0], f"late-purchase-{number}"]
        # The last of the cards and clicks of the same moments is that of the highest event id: this round's own.
        assert credit["click_id"] == f"late-click-{number}"
        of_bought.append({name: value for name, value in credit.items() if not name.endswith("_id")})
    assert all(credit == of_bought[0] for credit in of_bought)
    incremental = credits_by_event(tagged)
    attribute(tagged, from_scratch=True)
    assert credits_by_event(tagged) == incremental


def event_of(one: EventRecord, suffix: str) -> EventRecord:
    """The same event under another id."""
    refers_to = None if one.refers_to is None else one.refers_to + suffix
    return one._replace(event_id=one.event_id + suffix, refers_to=refers_to, body=one.body + suffix.encode())


def test_a_refusal_told_late_takes_back_the_click_that_it_mutes(tagged: Runtime) -> None:
    attribute(tagged)
    arriving, key = late(tagged)
    tagged.store.append(arriving[:2])
    attribute(tagged)
    assert credits_by_event(tagged)[key]["click_id"] == "late-click"
    refused_us = arriving[0].occurred_us - 1
    tagged.store.change_consent(ConsentChange(key[0], "personalisation", False, refused_us))
    assert attribute(tagged).customers == 1
    credit = credits_by_event(tagged)[key]
    assert (credit["click_id"], credit["exposure"]) == (None, "organic")


@pytest.mark.parametrize(("days", "undone"), [(0.5, True), (30.0, False)])
def test_only_a_cancellation_in_the_cooling_off_days_undoes_a_purchase(
    tagged: Runtime, days: float, undone: bool
) -> None:
    attribute(tagged)
    bought = buyer(tagged)
    ago = (tagged.clock.now_us() - bought["occurred_us"]) / 86_400_000_000
    key = bought["customer_id"], bought["event_id"]
    tagged.store.append(
        [event(tagged, "c", key[0], "cancel", days_ago=ago - days, refers_to=key[1], product_no=bought["product_no"])]
    )
    attribute(tagged)
    assert (credits_by_event(tagged)[key]["cancelled_us"] is not None) is undone


def test_progress_is_told_to_the_end(tagged: Runtime) -> None:
    told: list[tuple[str, int, int]] = []
    listen: Callable[[str, int, int], None] = lambda *part: told.append(part)  # noqa: E731
    done = attribute(tagged, listen)
    assert told[-1] == ("credits", done.customers, done.customers)
