"""Training knows of a tag's quality what was known then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from recommender.interactions import Items
from recommender.states import Histories
from recommender.tag_quality.measure import STAGES
from service.bootstrap import runtime_of
from service.jobs.measure_tags import measure_tags
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table, upsert
from service.training_data import training_data
from tests.sample_bank import SampleBank
from tests.unit.service.jobs.tag_bank import move

MEASURED, DEFINED = table(tables.TagMeasurements), table(tables.TagDefinitions)


@pytest.fixture
def runtime(small_bank: SampleBank, tmp_path: Path) -> Iterator[Runtime]:
    with runtime_of(small_bank.copy(tmp_path / "bank").settings()) as opened:
        yield opened


def measured(runtime: Runtime, quality: float) -> int:
    """Measure now and give every tag that has a quality this one, in all stages and in force; the day."""
    now_us = runtime.clock.now_us()
    found = measure_tags(runtime, now_us)
    rows = [
        dict(row) | {"quality": None if row["quality"] is None else quality, "state": "active"} for row in found.rows
    ]
    with runtime.store.begin() as connection:
        upsert(connection, MEASURED, rows)
    return runtime.calendar.day(now_us)


def test_each_window_has_the_quality_of_its_own_time_as_feature(runtime: Runtime) -> None:
    first = measured(runtime, 0.2)
    move(runtime, 30.0)
    second = measured(runtime, 0.9)
    move(runtime, 10.0)
    today = runtime.calendar.day(runtime.clock.now_us())
    data, world = training_data(runtime, today), runtime.worlds.last()
    known = ~np.isnan(world.tags.quality).any(axis=1) & (world.tags.quality > 0).any(axis=1)
    carried = np.flatnonzero(known[data.tags.tag] & (data.tags.assigned < first - 1) & (data.tags.removed < 0))
    customer, tag = int(data.tags.customer[carried[0]]), int(data.tags.tag[carried[0]])
    plain = replace(data, tags=replace(data.tags, affinity=np.ones(len(data.tags.tag))))
    histories = Histories.of(plain, Items.of(data.events, data.spells))
    days = np.array([first - 1, first, second - 1, second, today])
    states = histories.at(np.full(len(days), customer), days)
    own = states.tag == tag
    assert states.tag_row[own].tolist() == [0, 1, 2, 3, 4]
    expected = [world.policy.unmeasured_quality, 0.2, 0.2, 0.9, 0.9]
    age, half_life = days - int(data.tags.assigned[carried[0]]), float(world.tag_half_life[tag])
    assert states.tag_value[own] == pytest.approx(np.array(expected) * 0.5 ** (age / half_life))
    earlier = training_data(runtime, second - 1)
    assert earlier.tag_quality.at(np.array([tag]), today) == pytest.approx(0.2)


def test_of_a_day_the_last_measurement_counts_and_is_what_requests_read(runtime: Runtime) -> None:
    measured(runtime, 0.2)
    move(runtime, 0.05)
    measure_tags(runtime, runtime.clock.now_us())
    world, today = runtime.worlds.last(), runtime.calendar.day(runtime.clock.now_us())
    quality = training_data(runtime, today).tag_quality
    assert quality.days.tolist() == [today]
    assert quality.values[-1] == pytest.approx(world.tag_quality)


def test_a_tag_that_is_retired_or_claims_something_else_now_has_no_history(runtime: Runtime) -> None:
    today = measured(runtime, 0.9)
    known = np.flatnonzero((runtime.worlds.last().tags.quality > 0).any(axis=1))[:2].tolist()
    codes = runtime.worlds.last().tags.codes
    definition = {"tag": codes[known[0]], "kind": "preference", "category": "svc.advice", "polarity": 1}
    with runtime.store.begin() as connection:
        connection.execute(update(DEFINED).where(DEFINED.c.tag_no == known[1]).values(status="retired"))
    runtime.store.put_tag_definitions([{**definition, "status": "active"}], runtime.clock.now_us())
    runtime.worlds.refresh(runtime.store.versions())
    quality = training_data(runtime, today).tag_quality
    assert quality.at(np.array(known), today).tolist() == [runtime.worlds.last().policy.unmeasured_quality, 0.0]
    assert len(STAGES) == runtime.worlds.last().tags.quality.shape[1]


def test_before_anything_was_measured_every_tag_has_the_unmeasured_quality(runtime: Runtime) -> None:
    quality, world = training_data(runtime, 20_000).tag_quality, runtime.worlds.last()
    assert len(quality.days) == 0
    assert quality.values.tolist() == [world.tag_quality.tolist()]
    assert quality.at(np.array([len(quality), -1]), 20_000).tolist() == [0.0, 0.0]
