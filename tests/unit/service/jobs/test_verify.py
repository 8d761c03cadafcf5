from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from service.jobs.verify import verify_states
from service.stores.open import open_store
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.factories import NOW_US


def test_a_row_that_differs_is_named(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/bank.db", make_bank())
    store.put_products(PRODUCTS, NOW_US)
    for name in "abc":
        allow(store, name)
        store.append([make_event("e", customer_id=name)])
    assert verify_states(store) == []
    with store.begin() as connection:
        connection.execute(text("UPDATE customer_rows SET gate = x'90' WHERE customer_id = 'a'"))
        connection.execute(text("UPDATE customer_rows SET state = substr(state, 1, 20) WHERE customer_id = 'b'"))
        connection.execute(text("UPDATE events SET muted = 1 WHERE customer_id = 'c'"))
    assert verify_states(store) == ["a", "b", "c"]
    store.close()
