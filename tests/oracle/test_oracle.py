"""Two thousand shelves against an independent reading of the domain model, from exported files alone."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from service.bootstrap import runtime_of
from service.exchange import export_folder
from service.jobs.snapshot_tiers import snapshot_tiers
from service.pipeline.facts import Asked, Moment, build_facts
from service.policies.life import PolicyLife
from service.progress import silent
from service.rules import policy_record
from service.runtime import Runtime
from shelf_rules.facts import Query
from shelf_rules.policy_bounds import instant_text
from tests.oracle.later import week_of_events
from tests.oracle.oracle.compare import Comparison, compare, instant_of
from tests.oracle.oracle.files import Bank, Customer, Model, newest_model, read_bank, read_model
from tests.oracle.oracle.history import read_history
from tests.oracle.oracle.tables import CODES, DAY_US
from tests.oracle.oracle.verdict import Case, judge
from tests.sample_bank import SampleBank, Service, serving

CUSTOMERS, STRANGERS, PAGE, BATCH = 1_990, 10, 100, 500
AGAIN, LATER = 300, "2026-11-08T04:00:00+00:00"  # a week on: nights may be missed, the older tiers stay
SEEN_DAYS = 90
FIRES = 20
REASONS = 6
TRANSFERABLE = 2  # the row of a promoted ranker's probabilities


def shelves_of(service: Service, customer_ids: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The explained shelf of every customer, a hundred at a time."""
    for start in range(0, len(customer_ids), PAGE):
        page = customer_ids[start : start + PAGE]
        body = {"customers": page, "explain": True}
        answer = service.client.post("/v1/shelves", json=body, headers=service.as_service)
        assert answer.status_code == 200, answer.text
        yield from zip(page, answer.json()["shelves"], strict=True)


@pytest.fixture(scope="module")
def exported(shared_service: Service, sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """What the service itself exports, read back."""
    folder = tmp_path_factory.mktemp("oracle") / "export"
    export_folder(shared_service.runtime.store, folder, progress=silent)
    return read_bank(folder)


@pytest.fixture(scope="module")
def model(sample_bank: SampleBank) -> Model:
    """The newest model's files."""
    return read_model(newest_model(sample_bank.data_dir), sample_bank.data_dir / "huojia.db")


@pytest.fixture(scope="module")
def today(shared_service: Service, exported: Bank, model: Model) -> Comparison:
    """All customers on the bank's last day, without a previous tier."""
    found = Comparison()
    known = sorted(exported.customers)[:CUSTOMERS]
    strangers = [f"stranger-{number}" for number in range(STRANGERS)]
    for customer_id, shelf in shelves_of(shared_service, known + strangers):
        customer = exported.customers.get(customer_id, Customer(customer_id))
        chances = chances_of(shared_service.runtime, customer_id, instant_of(shelf))
        compare(found, Case(exported, model, customer, instant_of(shelf), chances=chances), shelf)
    print(f"\n{found.summary()}")  # noqa: T201 - the figures are what this test is for
    return found


@pytest.fixture(scope="module")
def a_week_later(
    sample_bank: SampleBank, exported: Bank, model: Model, tmp_path_factory: pytest.TempPathFactory
) -> Comparison:
    """Some customers a week of events after a snapshot of the tiers, with campaigns that are over or regional."""
    bank = sample_bank.copy(tmp_path_factory.mktemp("later") / "bank")
    with runtime_of(bank.settings()) as runtime:
        now_us = runtime.clock.now_us()
        midnight_us = runtime.calendar.midnight_us(runtime.calendar.day(now_us))
        snapshot_tiers(runtime, silent)
        campaigns = publish_campaigns(runtime, exported, now_us)
        known = sorted(exported.customers)[:AGAIN]
        before_us = {one: chances_of(runtime, one, midnight_us) for one in known}
    found = Comparison()
    with serving(bank.settings(now=LATER)) as service:
        happened = week_of_events(exported, [exported.customers[one] for one in known[: AGAIN // 2]], now_us)
        for start in range(0, len(happened), BATCH):
            results = service.post(*happened[start : start + BATCH])
            assert {result["code"] for result in results} == {None}
        export_folder(service.runtime.store, bank.data_dir / "export", progress=silent)
        later = read_bank(bank.data_dir / "export")
        for customer_id, shelf in shelves_of(service, known):
            before = exported.customers[customer_id]
            night = Case(exported, model, before, midnight_us, chances=before_us[customer_id])
            previous = tiers_at(night) if shelf["mode"] == "personal" else {}
            customer = later.customers[customer_id]
            chances = chances_of(service.runtime, customer_id, instant_of(shelf))
            compare(found, Case(later, model, customer, instant_of(shelf), previous, campaigns, chances), shelf)
    print(f"\n{found.summary()}")  # noqa: T201 - the figures are what this test is for
    return found


def publish_campaigns(runtime: Runtime, bank: Bank, now_us: int) -> tuple[dict[str, Any], ...]:
    """Put a policy in force that sells some ordinary products through campaigns only."""
    ordinary = [
        product for product in bank.products if product["category"] in {"deposit.demand", "cash.mmf", "pay.bill"}
    ]
    over, regional = [product["product_id"] for product in ordinary[::2]], [ordinary[1]["product_id"]]
    campaigns = (
        {"key": "over", "products": over, "regions": [], "channels": [], "until": instant_text(now_us + DAY_US)},
        {"key": "here", "products": regional, "regions": ["GD"], "channels": [], "from": instant_text(now_us)},
    )
    active = runtime.store.policies()[-1]
    document = {**json.loads(active.content), "campaigns": list(campaigns)}
    PolicyLife(runtime.store).enact("test", policy_record(document, active.name, active.version + 1), now_us)
    return campaigns


def chances_of(runtime: Runtime, customer_id: str, at_us: int) -> dict[str, float] | None:
    """What the ranker says of a customer's first purchases, by product: data to the oracle, as the factors are."""
    _, row = runtime.store.read(customer_id, personal=True)
    world, today = runtime.worlds.last(), runtime.calendar.day(at_us)
    moment = Moment(at_us, today, runtime.calendar.year(at_us))
    facts = build_facts(Asked(customer_id, Query(), moment, 0, held_out=False), row, world)
    if facts.scores.tiers is None:
        return None
    chance = dict(zip(world.catalogue.product_ids, facts.scores.tiers[TRANSFERABLE].tolist(), strict=True))
    known = {product_id: one for product_id, one in chance.items() if not math.isnan(one)}
    return known or None


def tiers_at(night: Case) -> dict[str, str]:
    """What the nightly job published for a customer: nothing for one who was not seen in the last 90 days."""
    history = read_history(night.bank, night.customer, night.now_us)
    if history.last_act is None or history.today - history.last_act > SEEN_DAYS:
        return {}
    scores = judge(night).scores
    return {code: score.tier for code, score in scores.items() if score.tier is not None}


def report(differences: Iterable[str]) -> str:
    """The first of them, a line each."""
    lines = list(differences)
    return f"{len(lines)} differences:\n" + "\n".join(lines[:30])


def test_two_thousand_shelves_agree_with_the_oracle(today: Comparison) -> None:
    assert sum(today.modes.values()) == CUSTOMERS + STRANGERS
    assert min(today.modes[mode] for mode in ("personal", "holdout", "nonpersonal")) >= FIRES
    assert not today.differences, report(today.differences)


def test_shelves_a_week_after_a_snapshot_agree_with_the_oracle(a_week_later: Comparison) -> None:
    assert not a_week_later.differences, report(a_week_later.differences)
    assert a_week_later.kept > 0


def test_every_gate_code_fires_often(today: Comparison, a_week_later: Comparison) -> None:
    fired: Counter[str] = today.codes + a_week_later.codes
    assert {code: fired[code] for code in CODES if fired[code] < FIRES} == {}


def test_many_reasons_occur(today: Comparison) -> None:
    assert len([reason for reason, number in today.reasons.items() if number]) >= REASONS


def test_every_tier_has_categories_and_tasks_are_offered(today: Comparison) -> None:
    assert min(today.tiers[tier] for tier in ("fixed", "migratable", "transferable")) >= FIRES
    assert sum(today.tasks.values()) >= FIRES
