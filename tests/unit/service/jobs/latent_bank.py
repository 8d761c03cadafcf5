"""A very small bank whose customers are given latent tags, and the means to do so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from service.jobs.infer_tags import Inferred
from service.progress import silent
from service.runtime import Runtime
from service.simulate import simulate
from service.stores.protocols import ConsentChange
from service.tag_evidence import tag_evidence
from service.told_tags import told_tags
from tests.sample_bank import SEED, UNTIL, SampleBank
from tests.unit.service.jobs.tag_bank import event, load

LATENT = "latent.pref.svc.rights"
CUSTOMERS, PRODUCTS, DAYS = 60, 60, 200


def build_latent_bank(folder: Path) -> SampleBank:
    """Simulate and import."""
    bank = SampleBank(folder / "source", folder / "data")
    simulate(bank.source, customers=CUSTOMERS, products=PRODUCTS, days=DAYS, until=UNTIL, seed=SEED, progress=silent)
    load(bank.source, bank.data_dir)
    return bank


def answer(runtime: Runtime, who: str, scope: str, *, granted: bool) -> None:
    """The customer's own answer, now."""
    runtime.store.change_consent(ConsentChange(who, scope, granted, runtime.clock.now_us()), own=True)


def agreeing(runtime: Runtime, number: int = 1) -> list[str]:
    """Customers without a tag or a purchase of the category, who have agreed to everything now."""
    evidence, ids = tag_evidence(runtime, runtime.clock.now_us(), silent)
    category = runtime.worlds.last().catalogue.categories.number["svc.rights"]
    bought = set(evidence.purchases.customer[evidence.purchases.category == category].tolist())
    shut = set(np.flatnonzero((evidence.assigned[:, evidence.claims[:, category]] >= 0).any(axis=1)).tolist())
    found = [ids[place] for place in range(len(ids)) if place not in bought | shut][:number]
    for who in found:
        answer(runtime, who, "latent_tags", granted=True)
    assert len(found) == number
    return found


def buy(runtime: Runtime, who: str, days_ago: Sequence[float], category: str = "svc.rights", **fields: Any) -> None:
    """Purchases of a product of a category; the event's id is its time."""
    records = runtime.worlds.last().records.values()
    number = next(int(record["product_no"]) for record in records if record["category"] == category)
    told = {"product_no": number, "amount": 100_00, **fields}
    now_us = runtime.clock.now_us()
    runtime.store.append(
        [event(runtime, f"{category}{now_us}-{days}", who, "purchase", days_ago=days, **told) for days in days_ago]
    )


def inferred_of(runtime: Runtime, who: str) -> dict[str, Mapping[str, Any]]:
    """What the customer is told of the inferred tags they have."""
    return {one["tag"]: one for one in told_tags(runtime, who)["tags"] if one["inferred"]}


def made(found: Inferred, who: str) -> list[tuple[str, str, str]]:
    """What a run did for a customer: tag, change and reason."""
    return [(one.source.tag, one.change, one.reason) for one in found.changes if one.customer_id == who]
