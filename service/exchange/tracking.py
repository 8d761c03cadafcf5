"""Tracking tokens in a file of events: what a card carried, put into the columns it stands for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from service.exchange.check import Checked
from service.exchange.columns import valid
from service.exchange.registry import Registry
from service.keyed import Secrets, Tracking

_FILLED = ("decision_id", "tier", "slot", "product_id")


def resolve_tracking(checked: Checked, registry: Registry, keyed: Secrets | None) -> None:
    """Fill decision, tier, slot and product from the tokens of good rows; a token that does not fit is a fault.

    Without the keys no token can be told from a forged one.
    """
    columns = {name: checked.columns[name].to_pylist() for name in (*_FILLED, "tracking", "customer_id")}
    numbers = checked.columns["product_no"].to_pylist()
    ids = registry.product_ids.to_pylist()
    bad = np.zeros(checked.rows, dtype=bool)
    for row in np.flatnonzero(checked.good & valid(checked.columns["tracking"])):
        tracking = _read(keyed, columns["tracking"][row], columns["customer_id"][row])
        told = None if tracking is None else _told(tracking, ids)
        given = {name: columns[name][row] for name in _FILLED}
        if tracking is None or told is None or any(value not in {None, told[name]} for name, value in given.items()):
            bad[row] = True
            continue
        for name, value in told.items():
            columns[name][row] = value
        numbers[row] = tracking.product_no
    for name in _FILLED:
        checked.columns[name] = pa.array(columns[name], checked.columns[name].type)
    checked.columns["product_no"] = pa.array(numbers, checked.columns["product_no"].type)
    checked.fault("bad_tracking", "tracking", bad)


def _read(keyed: Secrets | None, token: str, customer_id: str) -> Tracking | None:
    tracking = None if keyed is None else keyed.verify(token)
    fits = keyed is not None and tracking is not None and tracking.customer_ref == keyed.customer_ref(customer_id)
    return tracking if fits else None


def _told(tracking: Tracking, ids: list[str]) -> dict[str, object] | None:
    if not 0 <= tracking.product_no < len(ids):
        return None
    place = (tracking.decision_id, tracking.tier, tracking.slot, ids[tracking.product_no])
    return dict(zip(_FILLED, place, strict=True))
