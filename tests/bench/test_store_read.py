from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from service.stores.open import open_store
from service.stores.protocols import ConsentChange
from tests.contract.bank import PRODUCTS, make_bank, make_event
from tests.factories import NOW_US

CUSTOMERS = 500
BUDGET_US = 30.0
ROUNDS = 5


@pytest.mark.bench
def test_a_row_is_read_within_its_budget(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/bank.db", make_bank())
    store.put_products(PRODUCTS, NOW_US)
    names = [f"c{number:04d}" for number in range(CUSTOMERS)]
    store.append(
        [
            make_event(f"e{number}", "search", days_ago=number + 1, customer_id=name, session_id=f"s{number}")
            for name in names
            for number in range(4)
        ]
    )
    for name in names[:20]:
        store.change_consent(ConsentChange(name, "personalisation", True, 0))
    best = min(median_us(store.read, names) for _ in range(ROUNDS))
    print(f"read p50 {best:.1f} µs")
    assert best <= BUDGET_US
    store.close()


def median_us(read: object, names: list[str]) -> float:
    """Median time of one read over all the names."""
    assert callable(read)
    taken = []
    for name in names:
        began = time.perf_counter_ns()
        read(name, personal=True)
        taken.append(time.perf_counter_ns() - began)
    return float(np.median(taken)) / 1_000
