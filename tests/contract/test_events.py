from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.profile.fold import read_parts
from recommender.profile.state import KIND
from service.calendar import DAY_US
from service.profiles import read_gate
from service.stores.open import open_store
from service.stores.protocols import ConsentChange, CustomerRow, EventRecord, Store, StoreError
from tests.contract.bank import LONG_AGO_US, PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US


def row_of(store: Store, customer_id: str = "c") -> CustomerRow:
    row = store.read(customer_id, personal=True)[1]
    assert row is not None
    return row


def statuses(store: Store, *events: EventRecord) -> list[str]:
    return [appended.status for appended in store.append(events)]


def test_an_event_is_accepted_once(store: Store) -> None:
    assert statuses(store, make_event("e")) == ["accepted"]
    assert statuses(store, make_event("e")) == ["duplicate"]
    assert len(store.history("c").events) == 1


def test_a_duplicate_inside_one_batch_is_seen(store: Store) -> None:
    assert statuses(store, make_event("e"), make_event("f"), make_event("e")) == ["accepted", "accepted", "duplicate"]


def test_the_same_id_with_another_body_is_a_conflict(store: Store) -> None:
    twice = statuses(store, make_event("e"), make_event("e", amount=5))
    assert twice == ["accepted", "conflict"]
    assert statuses(store, make_event("e", amount=5)) == ["conflict"]
    assert store.history("c").events[0].amount == 100_00


def test_of_a_large_batch_exactly_what_is_new_is_stored(store: Store) -> None:
    events = [make_event(f"e{number}", customer_id=f"c{number % 7}", days_ago=500 - number) for number in range(450)]
    known = events[100:350:50]
    assert statuses(store, *known) == ["accepted"] * len(known)
    expected = ["duplicate" if event in known else "accepted" for event in events]
    assert statuses(store, *events) == expected
    assert statuses(store, *events) == ["duplicate"] * len(events)
    assert sum(len(store.history(f"c{number}").events) for number in range(7)) == len(events)


def test_event_ids_of_two_customers_do_not_meet(store: Store) -> None:
    assert statuses(store, make_event("e"), make_event("e", customer_id="d")) == ["accepted", "accepted"]


def test_an_empty_batch_is_nothing(store: Store) -> None:
    assert store.append([]) == []


def test_an_event_of_an_unknown_customer_makes_a_row(store: Store) -> None:
    assert store.read("c", personal=True)[1] is None
    store.append([make_event("e")])
    assert row_of(store).version == 1


def test_what_was_appended_is_read_at_once(store: Store) -> None:
    allow(store)
    for number in range(3):
        store.append([make_event(f"e{number}", days_ago=10 - number)])
        state = row_of(store).state
        assert state is not None
        assert len(read_parts(state).purchases) == number + 1


def test_a_row_that_nothing_changed_keeps_its_version(store: Store) -> None:
    allow(store)
    store.append([make_event("e")])
    before = row_of(store)
    store.append([make_event("e")])
    assert row_of(store) == before


def test_a_late_event_refolds_the_customer(store: Store) -> None:
    allow(store)
    store.append([make_event("new", days_ago=1)])
    store.append([make_event("old", days_ago=50)])
    state = row_of(store).state
    assert state is not None
    assert read_parts(state).purchases["day"].tolist() == sorted(read_parts(state).purchases["day"].tolist())
    assert store.stale(["c"]) == []


def test_an_event_without_a_category_has_its_products(store: Store) -> None:
    allow(store)
    store.append([make_event("e", "search", product_no=2), make_event("f", "search", product_no=None, category_no=7)])
    state = row_of(store).state
    assert state is not None
    categories = {code: number for number, code, _ in store.catalogue()[2]}
    assert set(read_parts(state).intent["category"].tolist()) == {categories["fund.bond"], 7}


def test_a_dismissal_is_in_the_gate(store: Store) -> None:
    store.append([make_event("e")])
    store.append([make_event("d", "dismiss", days_ago=2, product_no=5)])
    store.append([make_event("d2", "dismiss", days_ago=1, product_no=5), make_event("d3", "dismiss", days_ago=3)])
    gate = read_gate(row_of(store).gate)
    assert gate.dismissals == ((0, NOW_US - 3 * DAY_US), (5, NOW_US - DAY_US))
    assert store.stale(["c"]) == []


def test_an_event_of_a_product_that_is_none_leaves_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        store.append([make_event("good"), make_event("bad", product_no=999)])
    assert store.history("c").events == []
    assert statuses(store, make_event("good")) == ["accepted"]


KINDS = ("purchase", "top_up", "redeem", "search", "detail", "impression", "click", "dismiss", "login", "cancel")


@st.composite
def histories(draw: st.DrawFn) -> list[EventRecord]:
    count = draw(st.integers(1, 14))
    return [
        make_event(
            f"e{number}",
            draw(st.sampled_from(KINDS)),
            days_ago=draw(st.sampled_from((0.5, 1, 1, 2, 5, 20, 40, 130, 800))),
            customer_id=draw(st.sampled_from(("c", "d"))),
            product_no=draw(st.integers(0, 7)),
            amount=draw(st.sampled_from((None, 100, 5_000_00))),
            session_id=draw(st.sampled_from((None, "s", "t"))),
            channel=draw(st.sampled_from((None, "in_app"))),
            refers_to=draw(st.sampled_from((None, "e0", "e3"))),
            task_id=draw(st.sampled_from((None, "t"))),
        )
        for number in range(count)
    ]


ANSWERS = [
    ConsentChange("c", "personalisation", True, NOW_US - 100 * DAY_US),
    ConsentChange("c", "personalisation", False, NOW_US - 10 * DAY_US),
    ConsentChange("c", "personalisation", True, NOW_US - 3 * DAY_US),
    ConsentChange("d", "personalisation", True, NOW_US - 15 * DAY_US),
    ConsentChange("d", "holdings", False, NOW_US - 15 * DAY_US),
]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), st.integers(0, 2**32))
def test_rows_do_not_depend_on_the_order_of_arrival(
    make_url: Callable[[], str], history: list[EventRecord], seed: int
) -> None:
    rows = []
    for shuffled in (False, True):
        store = open_store(make_url(), make_bank())
        store.put_products(PRODUCTS, NOW_US)
        steps: list[EventRecord | ConsentChange] = [*ANSWERS, *history]
        if shuffled:
            dice = random.Random(seed)  # noqa: S311 - an order, not a secret
            steps += dice.choices(history, k=5)
            dice.shuffle(steps)
        for step in steps:
            if isinstance(step, EventRecord):
                store.append([step])
            else:
                store.change_consent(step)
        rows.append([store.read(customer_id, personal=True)[1] for customer_id in ("c", "d")])
        assert store.stale(["c", "d"]) == []
        store.close()
    for one, other in zip(*rows, strict=True):
        assert (None if one is None else one[1:]) == (None if other is None else other[1:])


def test_what_happened_while_personalisation_was_off_is_stored_but_never_folded(store: Store) -> None:
    allow(store, at_us=NOW_US - 5 * DAY_US)
    store.append([make_event("before", "search", days_ago=9), make_event("after", "search", days_ago=1)])
    store.append([make_event("bought", days_ago=9)])
    state = row_of(store).state
    assert state is not None
    assert len(read_parts(state).intent) == 1
    assert len(read_parts(state).purchases) == 1
    assert len(store.history("c").events) == 3


def test_an_answer_dated_back_takes_what_it_covers_out_of_the_state(store: Store) -> None:
    allow(store, at_us=LONG_AGO_US)
    store.append([make_event("e", "search", days_ago=4)])
    store.change_consent(ConsentChange("c", "personalisation", False, NOW_US - 5 * DAY_US))
    store.change_consent(ConsentChange("c", "personalisation", True, NOW_US - 2 * DAY_US))
    state = row_of(store).state
    assert state is not None
    assert len(read_parts(state).intent) == 0


@pytest.mark.parametrize("size", [1, 7])
def test_two_threads_that_append_the_same_events_store_each_once(store: Store, size: int) -> None:
    allow(store)
    events = [make_event(f"e{number}", days_ago=30 - number / 4, product_no=number % 8) for number in range(28)]
    results: list[str] = []

    def send(mine: list[EventRecord]) -> None:
        for start in range(0, len(mine), size):
            results.extend(statuses(store, *mine[start : start + size]))

    threads = [threading.Thread(target=send, args=(mine,)) for mine in (events, events[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["accepted"] * 28 + ["duplicate"] * 28
    assert len(store.history("c").events) == 28
    assert store.stale(["c"]) == []


def test_two_stores_over_one_database_store_each_event_once(store: Store, url: str) -> None:
    allow(store)
    other = open_store(url, make_bank())
    events = [make_event(f"e{number}", days_ago=30 - number / 4, product_no=number % 8) for number in range(24)]
    results: list[str] = []

    def send(to: Store, mine: list[EventRecord]) -> None:
        for start in range(0, len(mine), 3):
            results.extend(statuses(to, *mine[start : start + 3]))

    threads = [threading.Thread(target=send, args=pair) for pair in ((store, events), (other, events[::-1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["accepted"] * 24 + ["duplicate"] * 24
    assert other.read("c", personal=True) == store.read("c", personal=True)
    assert store.stale(["c"]) == []
    other.close()


def test_a_new_product_of_another_process_is_known(store: Store, url: str) -> None:
    allow(store)
    other = open_store(url, make_bank())
    other.append([make_event("e", "search")])
    store.put_products([{"product_id": "new", "category": "gold.accum"}], NOW_US)
    assert statuses(other, make_event("f", "search", product_no=len(PRODUCTS))) == ["accepted"]
    assert other.versions() == store.versions()
    other.close()


def test_every_kind_of_event_is_taken(store: Store) -> None:
    allow(store)
    events = [make_event(kind, kind, days_ago=2, refers_to="x") for kind in KIND]
    assert statuses(store, *events) == ["accepted"] * len(KIND)
    assert store.stale(["c"]) == []
