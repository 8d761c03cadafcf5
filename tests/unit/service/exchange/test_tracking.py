from __future__ import annotations

from pathlib import Path

from service.keyed import Secrets, Tracking
from service.stores.protocols import Store
from tests.unit.service.exchange.folders import counted, event, load, rows_of, write

KEYED = Secrets("s" * 32, "u" * 32)


def token(customer_id: str = "c", product_no: int = 1) -> str:
    return KEYED.sign(Tracking("d1", KEYED.customer_ref(customer_id), product_no, "fixed", 3, 1.0, "default@1"))


def test_a_token_fills_the_columns_it_stands_for(store: Store, folder: Path) -> None:
    write(folder, "events", [event(kind="click", product_id=None, tracking=token()), event("e2")])
    assert load(store, folder, keyed=KEYED).kept
    filled = rows_of(store, "events", "decision_id, tier, slot, product_no, tracking")
    assert filled == [("d1", "fixed", 3, 1, None), (None, None, None, 0, None)]


def test_a_token_that_does_not_fit_is_rejected(store: Store, folder: Path) -> None:
    rows = [
        event("forged", tracking="x"),
        event("another's", kind="click", product_id=None, tracking=token("d")),
        event("at odds", kind="click", tracking=token()),
        event("no such product", kind="click", product_id=None, tracking=token(product_no=99)),
    ]
    write(folder, "events", rows)
    assert counted(load(store, folder, keyed=KEYED, max_rejects=4), "events") == {"bad_tracking": 4}


def test_without_the_keys_no_token_is_believed(store: Store, folder: Path) -> None:
    write(folder, "events", [event(kind="click", tracking=token(product_no=0))])
    assert counted(load(store, folder, max_rejects=1), "events") == {"bad_tracking": 1}
