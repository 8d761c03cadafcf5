"""Many writers at once, in threads and in processes: what is stored is what one writer would have stored."""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from service.stores.open import open_store
from service.stores.protocols import ConsentChange, EventRecord, Store, StoreBusy
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US

CUSTOMERS = ("c", "d", "unknown")
PROCESSES, PER_CUSTOMER = 3, 24


def events_of(customer_id: str) -> list[EventRecord]:
    kinds = ("purchase", "search", "detail", "dismiss")
    return [
        make_event(
            f"{customer_id}-{number}", kinds[number % 4], days_ago=30 - number, customer_id=customer_id,
            product_no=number % 8,
        )
        for number in range(PER_CUSTOMER)
    ]  # fmt: skip


def patiently(call: Callable[..., object], *given: object) -> object:
    """Again while the store is busy: what an app does that is answered with 503."""
    for _ in range(50):
        try:
            return call(*given)
        except StoreBusy:
            continue
    raise AssertionError("the store stayed busy")


def write(url: str, mine: int) -> None:
    """One process: every customer's events in an order of its own, some of them those of the others too."""
    store = open_store(url, make_bank())
    for start in range(0, PER_CUSTOMER, 4):
        batch = [
            event
            for customer_id in CUSTOMERS[mine:] + CUSTOMERS[:mine]
            for event in events_of(customer_id)[:: 1 if mine % 2 else -1][start : start + 4]
        ]
        patiently(store.append, batch)
        patiently(store.change_consent, consent(mine, start))
    store.close()


def consent(mine: int, number: int) -> ConsentChange:
    at_us = NOW_US - 1_000_000 * (1 + mine + 10 * number)
    return ConsentChange("d", "behaviour", (mine + number) % 2 == 0, at_us)


def promote_for_ever(url: str) -> None:
    """One process that does nothing but write."""
    store = open_store(url, make_bank())
    while True:
        patiently(store.promote_model, "busy", "0" * 64, NOW_US)


def run(targets: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_processes_that_write_the_same_customers_leave_the_fold_of_all_events(
    url: str, make_url: Callable[[], str]
) -> None:
    context = multiprocessing.get_context("spawn")
    store = open_store(url, make_bank())
    store.put_products(PRODUCTS, NOW_US)
    for customer_id in CUSTOMERS[:2]:
        allow(store, customer_id)
    processes = [context.Process(target=write, args=(url, mine)) for mine in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert [len(store.history(customer_id).events) for customer_id in CUSTOMERS] == [PER_CUSTOMER] * 3
    assert store.stale(CUSTOMERS) == []
    alone = open_store(make_url(), make_bank())
    alone.put_products(PRODUCTS, NOW_US)
    for customer_id in CUSTOMERS[:2]:
        allow(alone, customer_id)
    for mine in range(PROCESSES):
        for start in range(0, PER_CUSTOMER, 4):
            alone.change_consent(consent(mine, start))
    alone.append([event for customer_id in CUSTOMERS for event in events_of(customer_id)])
    for customer_id in CUSTOMERS:
        one, other = (each.read(customer_id, personal=True)[1] for each in (store, alone))
        assert one is not None
        assert other is not None
        assert one[1:] == other[1:]
    store.close()
    alone.close()


@pytest.mark.parametrize("customers", [1, 5])
def test_no_change_of_a_row_gets_lost_whoever_makes_it(store: Store, url: str, customers: int) -> None:
    names = [f"n{number}" for number in range(customers)]
    other = open_store(url, make_bank())

    def send(to: Store, mine: int) -> None:
        for number in range(10):
            batch = [make_event(f"{mine}-{number}", customer_id=name, days_ago=20 - number) for name in names]
            patiently(to.append, batch)

    run([lambda: send(store, 0), lambda: send(other, 1), lambda: send(store, 2)])
    assert [len(store.history(name).events) for name in names] == [30] * customers
    rows = [store.read(name, personal=False)[1] for name in names]
    assert [None if row is None else row.version for row in rows] == [30] * customers
    assert store.stale(names) == []
    other.close()


def test_numbers_of_tags_and_products_are_given_once(store: Store, url: str) -> None:
    other = open_store(url, make_bank())

    def tag(to: Store, mine: int) -> None:
        for number in range(6):
            tags = [
                {"tag": f"t{mine}-{number}", "assigned_us": NOW_US},
                {"tag": f"both-{number}", "assigned_us": NOW_US},
            ]
            patiently(to.put_tags, f"n{mine}", tags)
            product = {"product_id": f"x{mine}-{number}", "category": "cash.mmf"}
            patiently(to.put_products, [product], NOW_US + number)

    run([lambda: tag(store, 0), lambda: tag(other, 1)])
    numbers = [record["product_no"] for record in store.catalogue()[1]]
    assert numbers == list(range(len(PRODUCTS) + 12))
    assert [item["tag_no"] for item in store.tag_version(store.versions().tags)] == list(range(18))
    other.close()


def test_a_process_that_writes_all_the_time_lets_another_one_in(url: str) -> None:
    store = open_store(url, make_bank())
    other = multiprocessing.get_context("spawn").Process(target=promote_for_ever, args=(url,), daemon=True)
    other.start()
    while other.is_alive() and not store.versions().model:
        time.sleep(0.01)
    passed_by = []
    for _ in range(45):
        time.sleep(0.02)  # who asks only now and then is who used to wait
        before = store.versions().model
        passed_by.append(store.promote_model("mine", "1" * 64, NOW_US) - before - 1)
    assert other.is_alive()
    other.kill()
    other.join()
    store.close()
    # Some pass by before this process asks at all, more of them where it has to wait for its core; without turns 20 do.
    assert statistics.median(passed_by) <= 12, passed_by
