"""A folder that has every file of the format that can be imported, with every column in use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.unit.service.exchange.folders import AS_OF, T0, T1, event, write

LATER = "2026-03-05T08:00:00.250000Z"
PRODUCTS = [
    {
        "product_id": "p1", "category": "wealth.fixed_income", "name": "一号", "sale_name": "One", "zone": "wealth",
        "issuer": "A", "distributor": "B", "series_id": "s", "risk_issuer": "R2", "risk_distributor": "R3",
        "regime": "nfra", "min_amount": 0.29, "currency": "CNY", "term_days": 90, "min_hold_days": 7,
        "liquidity": "T+1", "exit": "windows", "open_windows": [f"{T0}/{T1}"], "offering": "public", "sale_from": T0,
        "sale_until": "9999-12-31T00:00:00Z", "quota_left": 12345678901.23, "regions": ["110000", "310000"],
        "channels": ["in_app"], "scenes": ["food", "travel"], "yield_kind": "performance_benchmark",
        "yield_text": "2.10%–2.60%", "yield_as_of": T0, "disclaimer_id": "d1", "action_url": "https://a.example/1",
        "status": "on_shelf",
    },
    {"product_id": "p0", "category": "cash.mmf", "risk_issuer": "R1"},
    {"product_id": "p2", "category": "travel.voucher"},
]  # fmt: skip
CUSTOMERS = [
    {
        "customer_id": "c", "joined_at": T0, "birth_year": 1980, "region": "310000", "risk_capacity": "C3",
        "risk_assessed_at": T1, "goal_purpose": "home", "goal_horizon_days": 365, "goal_liquidity_days": 7,
        "credit_gate": "pass", "overdue": False, "fraud_flag": True, "attr_job": "cook", "attr_children": 2,
        "attr_income": 1.5, "attr_urban": True,
    },
    {"customer_id": "b", "attr_income": 3.0},
]  # fmt: skip
CONSENTS = [
    {"customer_id": "c", "scope": "personalisation", "granted": True, "changed_at": T0, "text_version": "v1"},
    {"customer_id": "c", "scope": "outflow", "granted": False, "changed_at": T1},
]
HOLDINGS = [
    {"customer_id": "c", "product_id": "p1", "opened_at": T0, "closed_at": None, "amount": 100.5, "matures_at": AS_OF},
    {"customer_id": "c", "product_id": "p0", "opened_at": T0, "closed_at": T1},
]
SNAPSHOTS = [{"customer_id": "b", "as_of": T1, "product_id": product, "amount": 5.0} for product in ("p1", "p0")]
CASH_FLOWS = [
    {"customer_id": "c", "occurred_at": T0, "amount": -10.01, "counterparty_class": "broker", "own_name": True},
    {"customer_id": "c", "occurred_at": T1, "amount": 99.0, "flow_id": "f1"},
]
DEFINITIONS = [
    {
        "tag": "saver", "kind": "preference", "name": "Saver", "category": "deposit.term", "polarity": 1, "source": "x",
        "provider": "y", "owner": "z", "legal_basis": "contract", "sensitivity": "low", "scope": "scene",
        "half_life_days": 90.5, "status": "active",
    },
    {"tag": "family", "kind": "attribute", "zone": "insurance", "polarity": -1},
]  # fmt: skip
TAGS = [
    {"customer_id": "c", "tag": "saver", "assigned_at": T0, "affinity": 0.1, "source": "bank"},
    {"customer_id": "c", "tag": "family", "assigned_at": T0, "removed_at": T1, "removed_by": "customer"},
    {"customer_id": "c", "tag": "undefined", "assigned_at": T0},
]
EVENTS = [
    event("e2", amount=0.07, channel="branch", task_id="t1", device="dev", ip_block="ip", invited_by="b"),
    event("e1", kind="cancel", refers_to="e2", occurred_at=LATER),
    event("e3", kind="impression", decision_id="d1", tier="fixed", slot=1, session_id='s"1\\'),
    event("e4", kind="search", product_id=None, category="loan.new"),
    event("e5", kind="dismiss", payload='{"reason":"too_risky"}'),
    event("e6", kind="served", decision_id="d1", tier="public", slot=2),
    event("e1", kind="task_done", customer_id="b", task_id="t1"),
]
ELIGIBILITY = [{"customer_id": "b", "as_of": T1, "product_id": product} for product in ("p2", "p0")]
BASKETS = [{"customer_id": "b", "basket": basket, "product_id": "p1"} for basket in (1, 0)]
FILES: Mapping[str, list[dict[str, Any]]] = {
    "products": PRODUCTS, "customers": CUSTOMERS, "consents": CONSENTS, "holdings": HOLDINGS, "snapshots": SNAPSHOTS,
    "cash_flows": CASH_FLOWS, "tag_definitions": DEFINITIONS, "tags": TAGS, "events": EVENTS,
    "eligibility": ELIGIBILITY, "basket_order": BASKETS,
}  # fmt: skip


def write_everything(folder: Path) -> Path:
    """The folder, with a manifest."""
    for name, rows in FILES.items():
        names = dict.fromkeys(name for row in rows for name in row)
        write(folder, name, [{name: row.get(name) for name in names} for row in rows])
    manifest = {"format": 1, "as_of": AS_OF, "base_currency": "CNY"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
