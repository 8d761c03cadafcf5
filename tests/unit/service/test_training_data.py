"""What training reads of a bank: as far as customers let it, and the same as what a request reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, insert, select

from recommender.blending import final_stage
from recommender.features import features
from recommender.first_stage import StageSettings
from recommender.interactions import PURCHASES, HalfLives, Items
from recommender.profile.parts import read_parts
from recommender.profile.state import EVENTS_MAX
from recommender.states import LOOKS, Histories, states_of
from service.bootstrap import runtime_of
from service.pipeline.facts import Asked, Moment, build_facts, ranker_past
from service.runtime import Runtime
from service.stores import tables
from service.training_data import training_data
from shelf_rules.facts import Facts, Query
from tests.sample_bank import SampleBank
from tests.unit.service.jobs.tag_bank import event

CUSTOMERS, PRODUCTS = 260, 120
ROWS = tables.CustomerRows.__table__  # type: ignore[attr-defined]
CONSENTS = tables.Consents.__table__  # type: ignore[attr-defined]


@pytest.fixture
def runtime(small_bank: SampleBank, tmp_path: Path) -> Iterator[Runtime]:
    with runtime_of(small_bank.copy(tmp_path / "bank").settings()) as opened:
        yield opened


def today(runtime: Runtime) -> int:
    return runtime.calendar.day(runtime.clock.now_us())


def answer(runtime: Runtime, customer_ids: list[str], scope: str, *, granted: bool) -> None:
    """The customers' one and only answer to a scope."""
    row = {"scope": scope, "changed_us": 0, "granted": granted, "text_version": "1", "recorded_us": 1}
    with runtime.store.begin() as connection:
        connection.execute(delete(CONSENTS).where(CONSENTS.c.scope == scope, CONSENTS.c.customer_id.in_(customer_ids)))
        connection.execute(insert(CONSENTS), [{"customer_id": one, **row} for one in customer_ids])
    runtime.store.refresh(customer_ids)


def facts_of(runtime: Runtime, customer_id: str) -> tuple[Facts, bytes | None]:
    """The facts of a shelf now, and the stored state."""
    now_us = runtime.clock.now_us()
    moment = Moment(now_us, today(runtime), runtime.calendar.year(now_us))
    _, row = runtime.store.read(customer_id, personal=True)
    assert row is not None
    asked = Asked(customer_id, Query(), moment, 0, held_out=False)
    return build_facts(asked, row, runtime.worlds.last()), row.state


def learnt_from(runtime: Runtime) -> list[str]:
    """The customers of the training data in their order: those who let their holdings be read."""
    with runtime.store.connect() as connection:
        ids = connection.execute(select(ROWS.c.customer_id).order_by(ROWS.c.customer_id)).scalars().all()
    return [one for one in ids if "holdings" in facts_of(runtime, one)[0].gate.scopes]


def test_features_at_training_are_those_at_request_time(runtime: Runtime) -> None:
    data, day = training_data(runtime, today(runtime)), today(runtime)
    items = Items.of(data.events, data.spells)
    stage = final_stage(data, items, StageSettings(None, HalfLives()))
    histories, item_of = Histories.of(data, items), np.full(PRODUCTS + 10, -1)
    item_of[items.product] = np.arange(len(items.product))
    compared = tagged = 0
    for number, customer_id in enumerate(learnt_from(runtime)):
        facts, state = facts_of(runtime, customer_id)
        if facts.past is None or state is None:
            continue  # never personal: nothing is asked of the ranker
        parts = read_parts(state)
        if len(parts.events) == EVENTS_MAX and not facts.past.behaviour_read:
            continue  # the looks that may not be read have crowded out older purchases
        own = ranker_past(runtime.worlds.last(), parts, facts.past, facts.gate, day)
        block, cells = features(stage, states_of([own], item_of, day))
        trained, _ = features(stage, histories.at(np.array([number]), np.array([day])))
        assert np.abs(block - trained).max() < 1e-6, customer_id
        compared += bool(cells.events[0])
        tagged += len(own.tags) > 0
    assert min(compared, tagged) > CUSTOMERS / 2


def test_who_keeps_holdings_is_left_out_whole(runtime: Runtime) -> None:
    before = training_data(runtime, today(runtime))
    answer(runtime, learnt_from(runtime)[:40], "holdings", granted=False)
    after = training_data(runtime, today(runtime))
    gone = before.events.customer < 40
    assert after.customers == before.customers - 40
    assert len(after.events.day) == len(before.events.day) - gone.sum()
    assert len(after.spells.opened) == (before.spells.customer >= 40).sum()
    assert len(after.tags.tag) == (before.tags.customer >= 40).sum()


def test_looks_and_tags_are_left_out_of_those_who_keep_them(runtime: Runtime) -> None:
    kept = learnt_from(runtime)[:40]
    for scope in ("behaviour", "tags"):
        answer(runtime, kept, scope, granted=False)
    data = training_data(runtime, today(runtime))
    theirs = data.events.customer < 40
    assert theirs.any()
    assert not np.isin(data.events.kind[theirs], LOOKS).any()
    assert np.isin(data.events.kind[~theirs], LOOKS).any()
    assert data.tags.customer.min() >= 40


def test_tags_of_whoever_has_switched_personalisation_off_are_not_learnt_from(runtime: Runtime) -> None:
    kept = learnt_from(runtime)[:40]
    before = training_data(runtime, today(runtime))
    answer(runtime, kept, "personalisation", granted=False)
    data = training_data(runtime, today(runtime))
    assert (before.tags.customer < 40).any()
    assert data.tags.customer.min() >= 40
    assert (np.isin(data.events.kind, PURCHASES) & (data.events.customer < 40)).any()


@pytest.mark.parametrize(
    ("zone", "days", "happened"), [("fund", 7, False), ("fund", 8, True), ("insurance", 15, False)]
)
def test_only_a_purchase_cancelled_in_its_cooling_off_days_never_happened(
    runtime: Runtime, zone: str, days: int, happened: bool
) -> None:
    catalogue = runtime.worlds.last().catalogue
    place = int(np.flatnonzero(catalogue.zone == catalogue.categories.zones.index(zone))[0])
    who, product = learnt_from(runtime)[5], int(catalogue.product_no[place])
    bought = event(runtime, "b", who, "purchase", days_ago=30.0, product_no=product, amount=100_00)
    runtime.store.append([bought, event(runtime, "c", who, "cancel", days_ago=30.0 - days, refers_to="b")])
    bought_day = today(runtime) - 30

    def seen(as_of: int) -> bool:
        events = training_data(runtime, as_of).events
        return bool(((events.customer == 5) & (events.product == product) & (events.day == bought_day)).any())

    assert seen(today(runtime)) == happened
    assert seen(bought_day)  # nobody knows yet that it will be taken back
    facts, state = facts_of(runtime, who)
    assert facts.past is not None
    own = ranker_past(runtime.worlds.last(), read_parts(state or b""), facts.past, facts.gate, today(runtime))
    assert ((own.events["product"] == product) & (own.events["day"] == bought_day)).any() == happened


def test_an_event_with_a_product_has_the_products_category(runtime: Runtime) -> None:
    events = training_data(runtime, today(runtime)).events
    assert (events.category[events.product >= 0] >= 0).all()


def test_a_tag_that_its_customer_deleted_is_not_learnt_from(runtime: Runtime) -> None:
    data = training_data(runtime, today(runtime))
    customer, number = int(data.tags.customer[0]), int(data.tags.tag[0])
    customer_id = learnt_from(runtime)[customer]
    code = runtime.worlds.last().tags.codes[number]
    runtime.store.remove_tag(customer_id, code, "customer", runtime.clock.now_us())
    after = training_data(runtime, today(runtime)).tags
    assert not ((after.customer == customer) & (after.tag == number)).any()


def test_the_quality_of_tags_is_that_of_the_version_in_force(runtime: Runtime) -> None:
    data, world = training_data(runtime, today(runtime)), runtime.worlds.last()
    assert len(data.tag_quality) == len(world.tags.codes)
    unmeasured = np.isnan(world.tags.quality).all(axis=1)
    assert (data.tag_quality.at(np.flatnonzero(unmeasured), today(runtime)) == world.policy.unmeasured_quality).all()
