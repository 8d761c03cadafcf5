"""What customers do: all of it in its time, the same every time, and only as the plan says."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest

from service.simulate.chance import MISSING
from service.simulate.journal import KINDS
from service.simulate.live import life as living
from service.simulate.live.life import Life
from service.simulate.live.marks import ARM, LIFTED, ORGANIC, TASK
from service.simulate.opening import ACCOUNT_DELAY
from tests.unit.service.simulate.live.pretending import CARDS, PretendedService, lived

# Whether money goes where the product takes it, or back.
SIGN = {"purchase": 1, "top_up": 1, "redeem": -1, "mature": -1, "cancel": -1}
Lived = tuple[Life, PretendedService]


@pytest.fixture(scope="module")
def usual() -> Lived:
    return lived()


def _marks(life: Life) -> dict[str, Any]:
    return {name: np.concatenate([week[name] for week in life.marks]) for name in life.marks[0]}


def _per_shelf(service: PretendedService, kind: str) -> Counter[int]:
    """How many of the kind came from the shelves of customers with even (0) and odd (1) numbers, per impression."""
    return Counter(int(event["customer_id"][1:]) % 2 for event in service.events if event["kind"] == kind)


def test_every_event_is_told_once_and_what_it_refers_to_before_it(usual: Lived) -> None:
    _, service = usual
    known: set[str] = set()
    for event in service.events:
        assert event["event_id"] not in known
        known.add(event["event_id"])
        assert event.get("refers_to", event["event_id"]) in known
    assert {"purchase", "impression", "click", "detail", "redeem", "cancel", "watch"} <= {
        event["kind"] for event in service.events
    }


def test_only_cards_that_were_served_are_seen_and_only_cards_seen_are_clicked(usual: Lived) -> None:
    _, service = usual
    seen = [event["tracking"] for event in service.events if event["kind"] == "impression"]
    clicked = {event["tracking"] for event in service.events if event["kind"] == "click"}
    assert len(seen) == len(set(seen))
    assert clicked
    assert clicked <= set(seen)
    assert {int(token.split("/")[0]) for token in seen} <= set(range(1, service.decisions + 1))


def test_a_purchase_never_names_the_shelf_that_led_to_it(usual: Lived) -> None:
    life, service = usual
    bought = [event for event in service.events if event["kind"] in {"purchase", "top_up"}]
    assert (_marks(life)["shelf"] >= 0).any()
    assert not any({"tracking", "decision_id", "tier", "slot"} & event.keys() for event in bought)


def test_the_same_plan_and_answers_give_the_same_life(usual: Lived) -> None:
    _, service = usual
    _, again = lived()
    assert again.events == service.events
    assert again.flows == service.flows
    assert again.tags == service.tags


def test_cards_further_down_are_seen_less(usual: Lived) -> None:
    _, service = usual
    places = Counter(int(event["tracking"].split("/")[1]) for event in service.events if event["kind"] == "impression")
    counts = [places[place] for place in range(1, CARDS + 1)]
    assert counts == sorted(counts, reverse=True)


def test_the_lift_of_exposure_can_be_read_from_the_truth() -> None:
    life, _ = lived(exposure_lift=3.0, visits=4.0)
    marks = _marks(life)
    elsewhere = (marks["shelf"] < 0) & (marks["exposed"] == 1)
    organic = int(((marks["origin"] == ORGANIC) | (marks["origin"] == TASK))[elsewhere].sum())
    lifted = int((marks["origin"] == LIFTED)[elsewhere].sum())
    assert organic > 15
    assert 2.0 * 0.55 < lifted / organic < 2.0 * 1.7
    on_shelf = marks["shelf"] >= 0
    assert 0.5 < (marks["origin"][on_shelf] == LIFTED).mean() < 0.8


def test_without_a_lift_nothing_is_bought_for_having_been_seen() -> None:
    life, _ = lived(exposure_lift=1.0, weeks=1)
    assert not (_marks(life)["origin"] == LIFTED).any()


def test_a_planted_arm_changes_the_response_of_its_shelves_alone(usual: Lived) -> None:
    life, service = lived(arms={"variant": 2.5})
    _, plain = usual

    def ratio(told: PretendedService) -> float:
        clicks, seen = _per_shelf(told, "click"), _per_shelf(told, "impression")
        return (clicks[1] / seen[1]) / (clicks[0] / seen[0])

    assert 0.7 < ratio(plain) < 1.4
    assert 1.7 < ratio(service) < 3.2
    by_arm = _marks(life)
    bought = by_arm["number"][by_arm["origin"] == ARM]
    customers = {event["event_id"]: int(event["customer_id"][1:]) for event in service.events}
    assert bought.size
    assert all(customers[f"E{number:09d}"] % 2 for number in bought.tolist())


def test_an_arm_is_known_by_its_key_too(usual: Lived) -> None:
    _, service = lived(arms={"half=a": 0.0}, weeks=1)
    clicks = _per_shelf(service, "click")
    assert clicks[1] == 0 < clicks[0]


def test_money_never_appears_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    usual_earn, begun, earned = living.earn, [], []

    def earn(bank: Any, roll: Any) -> None:
        begun.append(bank.free.copy())
        usual_earn(bank, roll)
        earned.append(bank.free - begun[-1])

    monkeypatch.setattr(living, "earn", earn)
    life, service = lived(task_effect=2.0)
    free = begun[0] + sum(earned)
    for flow in service.flows + list(_waiting_flows(life)):
        if flow["own_name"]:
            free[int(flow["customer_id"][1:])] += round(flow["amount"] * 100)
    for customer, cents in _moved(life):
        free[customer] += cents
    assert (free == life.bank.free).all()


def _waiting_flows(life: Life) -> Any:
    waiting = life.outbox._flows
    for customer, cents, own in zip(waiting["customer"], waiting["cents"], waiting["own"], strict=True):
        yield {"customer_id": f"C{customer:09d}", "amount": cents / 100, "own_name": own == 1}


def _moved(life: Life) -> list[tuple[int, int]]:
    """(customer, cents) of every event that moves money, told or waiting; newcomers bring their first money along."""
    flow, products = life.bank.catalogue.flow, life.bank.catalogue.products
    moved = []
    for piece in [*life.outbox.sent, life.outbox._events]:
        columns = (piece[name].tolist() for name in ("customer", "kind", "product", "cents", "when"))
        for customer, kind, product, cents, when in zip(*columns, strict=True):
            first = life.bank.people.joined[customer] + ACCOUNT_DELAY == when
            premium = KINDS[kind] == "mature" and products[product].form == "renewal"
            if cents != MISSING and not first and not premium:
                moved.append((customer, SIGN.get(KINDS[kind], 0) * int(flow[product]) * cents))
    return moved


def test_newcomers_launches_tags_and_answers_reach_the_service(usual: Lived) -> None:
    life, service = usual
    assert service.profiles
    assert {int(customer[1:]) for customer in service.profiles} <= set(range(500, life.bank.people.size))
    assert len(service.known) > service.products
    tagged = defaultdict(set)
    for customer, row in service.tags:
        tagged[row["tag"]].add(customer)
    assert len(tagged) > 10
    assert any(body["granted"] is False for _, body in service.consents)


def test_a_task_taken_up_raises_the_preference_and_is_told_as_intent() -> None:
    with_effect, service = lived(task_effect=5.0)
    without, other = lived(task_effect=0.0)
    assert (_marks(with_effect)["origin"] == TASK).any()
    assert not (_marks(without)["origin"] == TASK).any()
    assert any(event["kind"] == "calculate" for event in service.events)
    assert [e for e in service.events if e["kind"] == "login"][:50] == [
        e for e in other.events if e["kind"] == "login"
    ][:50]


def test_preferences_move_while_the_bank_lives(usual: Lived) -> None:
    life, _ = usual
    begun = life.bank.interests.begin
    first, end = life.first, life.first + 3 * 7 * 86_400
    assert ((begun >= first) & (begun < end)).sum() > 20
    ended = (life.bank.interests.end >= first) & (life.bank.interests.end < end)
    assert ended.sum() > 20
