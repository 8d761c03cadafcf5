"""The tag board tells what was measured, with its own intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Row, delete, select

from service.bootstrap import runtime_of
from service.calendar import DAY_US, BankCalendar, date_of_day
from service.crediting import Windows
from service.jobs.measure_tags import measure_tags
from service.reports._suppression import suppressed
from service.reports.metric import FEW, Metric
from service.reports.run import Asked, View, run
from service.reports.scope import Scope
from service.reports.tag_board import TagBoard
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table, upsert
from tests.sample_bank import SampleBank
from tests.unit.service.jobs.tag_bank import move

LEVEL = {
    "followed": 40.0,
    "observed": 50.0,
    "tagged": 60.0,
    "precision": 0.5,
    "truthfulness": 0.6,
    "durability": 0.7,
    "uniqueness": None,
    "quality": 0.4,
    "precision_low": 0.4,
    "precision_high": 0.6,
    "truthfulness_low": 0.5,
    "truthfulness_high": 0.7,
}


def reported(by: str, tags: list[dict[str, Any]], weeks: Sequence[dict[str, Any]] = ()) -> list[Metric]:
    windows, calendar = Windows(*[None] * 3), BankCalendar("Asia/Shanghai")  # type: ignore[arg-type]
    return TagBoard(Scope(0, 1, by, (), 0, windows, calendar, tags, weeks)).metrics()


def board(by: str, tags: list[dict[str, Any]], weeks: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    return {" ".join([one.name, *one.group.values()]): one for one in reported(by, tags, weeks)}


def tag(name: str, status: str, *stages: str) -> dict[str, Any]:
    return {"tag": name, "status": status, "levels": [{"stage": stage, **LEVEL} for stage in stages]}


def test_precision_is_of_the_carriers_who_were_followed_with_the_interval_as_measured() -> None:
    told = board("", [tag("pref.cash", "active", "all", "value"), tag("new", "candidate")])
    one = told["precision pref.cash"]
    assert (one.numerator, one.denominator, one.low, one.high, one.method) == (20, 40, 0.4, 0.6, "as_measured")
    assert (one.customers, told["tags active"].value) == (40, 0.5)
    assert told["quality pref.cash"].customers == 50
    assert told["uniqueness pref.cash"].value is None
    assert told["quality pref.cash"].method == "none"
    assert "precision new" not in told


def test_by_stage_every_stage_is_told_and_not_all_of_them_together() -> None:
    told = board("stage", [tag("pref.cash", "active", "all", "value")])
    assert "precision pref.cash value" in told
    assert not any(name.endswith("all") for name in told)


def test_a_tag_of_which_few_carriers_were_followed_tells_no_precision() -> None:
    few = tag("few", "active", "all")
    few["levels"][0] |= {"followed": 3, "observed": 30}
    told = {one.name: one.reason is not None for one in suppressed(reported("", [few]))}
    assert (told["precision"], told["quality"]) == (True, False)


def test_a_tag_of_which_few_carriers_showed_the_claim_or_few_did_not_tells_no_precision() -> None:
    for share, is_hidden in ((0.0, False), (0.1, True), (0.5, False), (0.95, True), (1.0, False)):
        one = tag("a", "active", "all")
        one["levels"][0]["precision"] = share
        told = {metric.name: metric.reason for metric in suppressed(reported("", [one]))}
        assert (told["precision"] == FEW, told["quality"]) == (is_hidden, None), share


def week(name: str, monday: str, state: str) -> dict[str, Any]:
    return {"tag": name, "week": monday, "state": state, **LEVEL}


def test_by_week_every_week_says_what_it_found_and_how_many_tags_were_in_which_state() -> None:
    weeks = [week("a", "2026-10-05", "candidate"), week("b", "2026-10-05", "active"), week("a", "2026-10-12", "watch")]
    told = board("week", [tag("a", "watch", "all")], weeks)
    assert (told["tags 2026-10-05 active"].numerator, told["tags 2026-10-05 active"].denominator) == (1, 2)
    assert told["tags 2026-10-12 watch"].value == 1
    assert told["truthfulness a 2026-10-12 watch"].low == 0.5
    assert "truthfulness a" not in told


MEASURED, DEFINED = table(tables.TagMeasurements), table(tables.TagDefinitions)
BY_WEEK = View("tags", "week")


@pytest.fixture(scope="module")
def weekly_bank(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A bank whose tags were measured on three days of two weeks."""
    with runtime_of(small_bank.copy(tmp_path_factory.mktemp("weekly") / "bank").settings()) as runtime:
        with runtime.store.begin() as connection:
            connection.execute(delete(MEASURED))
        for days in (1.0, 1.0, 6.0):
            move(runtime, days)
            measure_tags(runtime, runtime.clock.now_us())
        yield runtime


def all_stages(runtime: Runtime) -> list[Row[Any]]:
    with runtime.store.connect() as connection:
        tags = select(MEASURED, DEFINED.c.tag).join(DEFINED, DEFINED.c.tag_no == MEASURED.c.tag_no)
        return list(connection.execute(tags.where(MEASURED.c.stage == "all").order_by(MEASURED.c.measured_us)))


def test_a_week_is_told_as_its_last_measuring_left_it(weekly_bank: Runtime) -> None:
    calendar = weekly_bank.calendar
    wanted = {(row.tag, calendar.week(calendar.day(row.measured_us))): row for row in all_stages(weekly_bank)}
    mondays = {date_of_day(7 * number - 3).isoformat(): number for _, number in wanted}
    told = run(weekly_bank, [BY_WEEK], Asked()).views[BY_WEEK]
    found = [one for one in told if one.name == "durability" and one.denominator]
    assert len(mondays) == len({one.group["week"] for one in found}) == 2
    for one in found:
        row = wanted[one.group["tag"], mondays[one.group["week"]]]
        assert (one.value, one.denominator, one.group["state"]) == (row.durability, row.observed, row.state)


def test_what_was_measured_before_the_days_or_of_another_claim_is_not_told(weekly_bank: Runtime) -> None:
    def weeks(asked: Asked) -> set[str]:
        return {one.group["week"] for one in run(weekly_bank, [BY_WEEK], asked).views[BY_WEEK]}

    first, *_, last = all_stages(weekly_bank)
    whole = weeks(Asked())
    earlier = {name: value for name, value in first._mapping.items() if name != "tag"}
    with weekly_bank.store.begin() as connection:
        upsert(connection, MEASURED, [earlier | {"measured_us": first.measured_us - 8 * DAY_US}])
    assert weeks(Asked()) == whole
    day = weekly_bank.calendar.day(last.measured_us)
    assert weeks(Asked(day, day + 1)) == {max(whole)}
