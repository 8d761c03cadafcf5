"""A tag stands where its bank put it, since it is measured where measuring put it; the bank has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from recommender.tag_quality.evidence import NEVER, Evidence, Purchased
from recommender.tag_quality.measure import measure
from recommender.tag_quality.tag_life import Proof, TagLife
from service.bootstrap import runtime_of
from service.calendar import DAY_US
from service.jobs import measure_tags as module
from service.jobs.measure_tags import Measured, measure_tags
from service.runtime import Runtime
from service.stores import tables
from service.stores._records import renew_tags
from service.stores._upsert import table
from service.tag_lives import Stand, given, life_of, lived, proofs, state_of, turned
from service.tag_quality import tag_qualities
from service.training_data import training_data
from tests.sample_bank import SampleBank
from tests.unit.recommender.tag_world import evidence_of
from tests.unit.service.jobs.tag_bank import move, rows

UNPROVED, PROVED = Proof(100, 500, 0.1, 0.2, 0.1), Proof(100, 500, 0.3, 0.2, 0.1)
WHY = {"followed": 500, "bound": 0.1, "base_rate": 0.2, "psi": None, "ece": None}


def item(status: str | None = None, kind: str | None = "preference", **fields: Any) -> dict[str, Any]:
    return {"tag_no": 0, "kind": kind, "status": status, **fields}


def measured(status: str | None, life: TagLife, state: str = "", cause: str = "precision") -> dict[str, Any]:
    """An item given a status and measured to stand somewhere, told so unless a `state` is."""
    return item(status, measured={"life": lived(item(status), Stand(life, state or life.state, cause))})


@pytest.mark.parametrize(
    ("of", "state"),
    [(item(), "active"), (item("watch"), "watch"), (item("retired"), "retired"), (item(kind=None), "candidate")],
)
def test_a_tag_starts_as_its_bank_says(of: dict[str, Any], state: str) -> None:
    assert given(of) == life_of(of).state == state


def test_what_was_measured_counts_until_the_bank_says_something_else() -> None:
    of = measured("active", TagLife("retired", 30))
    assert life_of(of) == ("retired", 30)
    assert life_of({**of, "status": "watch"}) == ("watch", None)


def test_every_change_is_told_with_its_reason() -> None:
    lives, changes = turned([measured(None, TagLife("active", 80))], [UNPROVED], at_us=7)
    assert lives == {0: (("watch", 80), "watch", "precision")}
    told = {"tag_no": 0, "measured_us": 7, "before": "active", "after": "watch", "cause": "precision"}
    assert changes == [told | WHY]


@pytest.mark.parametrize(("figures", "cause"), [({"psi": 0.26}, "psi"), ({"ece": 0.11}, "ece"), ({}, None)])
def test_an_alarm_watches_a_proved_tag_while_it_lasts_and_retires_none(
    figures: dict[str, float], cause: str | None
) -> None:
    of, told = measured(None, TagLife("active")), []
    for week in range(10):
        alarm = PROVED._replace(day=100 + 7 * week, **(figures if week < 9 else {}))
        stands, changes = turned([of], [alarm], week)
        of = measured(None, *stands[0])
        told += [(week, one["after"], one["cause"], one["psi"], one["ece"]) for one in changes]
    first = [(0, "watch", cause, figures.get("psi"), figures.get("ece")), (9, "active", cause, None, None)]
    assert told == (first if cause else [])


def test_what_alarms_while_precision_speaks_against_a_tag_delays_nothing() -> None:
    of, told = measured(None, TagLife("active")), []
    for week in range(8):
        stands, changes = turned([of], [UNPROVED._replace(day=100 + 7 * week, psi=0.9)], week)
        of = measured(None, *stands[0])
        told += [(week, one["after"], one["cause"]) for one in changes]
    assert told == [(0, "watch", "psi"), (6, "retired", "precision")]
    assert state_of(of) == ("retired", "precision")


def test_a_tag_of_which_too_little_is_known_is_watched_for_an_alarm_all_the_same() -> None:
    unknown = PROVED._replace(followed=0.0, bound=float("nan"), psi=0.3)
    stands, changes = turned([item()], [unknown], 7)
    assert stands[0] == (("active", None), "watch", "psi")
    assert (changes[0]["cause"], changes[0]["followed"], changes[0]["bound"]) == ("psi", 0, None)
    back, changes = turned([measured(None, *stands[0])], [unknown._replace(psi=float("nan"))], 8)
    assert (back[0].state, changes[0]["after"], changes[0]["cause"]) == ("active", "active", "psi")


def test_a_tag_retired_by_its_bank_stays_so_whatever_is_measured() -> None:
    assert turned([item("retired")], [PROVED], 7) == ({0: (("retired", None), "retired", "given")}, [])


def test_a_change_that_the_bank_made_is_told_without_a_measure() -> None:
    for given_now, state in (("candidate", "candidate"), ("retired", "retired")):
        of = {**measured("active", TagLife("watch", 30)), "status": given_now}
        lives, changes = turned([of], [UNPROVED._replace(followed=0, bound=float("nan"))], 7)
        assert lives == {0: ((state, None), state, "given")}
        told = {"tag_no": 0, "measured_us": 7, "before": "watch", "after": state, "cause": "given"}
        assert changes == [told | dict.fromkeys(WHY)]


def test_a_tag_defined_since_the_evidence_was_read_stays_where_it_is() -> None:
    lives, changes = turned([item("watch", tag_no=1)], [UNPROVED], 7)
    assert (lives, changes) == ({1: (("watch", None), "watch", "given")}, [])


def test_a_preference_has_to_be_proved_and_an_aversion_to_be_refuted() -> None:
    customers = np.arange(4_000)
    assigned = np.where(customers < 60, 600, NEVER)[:, None]
    day = np.where(np.arange(197) < 9, 599, 650)
    few = Purchased(customers[60::20], np.zeros(197, np.int64), day, np.ones(197))
    world = evidence_of(customers=4_000, claims=[[0]], assigned=assigned, purchases=few)
    for polarity, holds in ((1.0, False), (-1.0, True)):
        of = replace(world, polarity=np.array([polarity]))
        (proof,) = proofs(measure(of), of)
        assert (proof.known, proof.holds) == (True, holds)  # of sixty carriers none bought, of the others one in twenty


@pytest.fixture
def runtime(small_bank: SampleBank, tmp_path: Path) -> Iterator[Runtime]:
    with runtime_of(small_bank.copy(tmp_path / "bank").settings()) as opened:
        yield opened


def number(runtime: Runtime, *, before: bool = False) -> int:
    """Of a tag that is measured; `before` it was, the one it will be."""
    if before:
        measure = measure_tags(runtime, runtime.clock.now_us(), dry_run=True)
        return next(int(row["tag_no"]) for row in measure.rows if row["quality"])
    return int(np.flatnonzero((runtime.worlds.last().tags.quality > 0).any(axis=1))[0])


def day_by_day(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tag: int, proved: list[bool]) -> list[Measured]:
    """Measure once a week, with the proof of one tag given and nothing known of the others."""
    found = []
    for week in proved:

        def given_proofs(_: object, evidence: Evidence, *, good: bool = week) -> Iterator[Proof]:
            for one in range(evidence.tags):
                yield Proof(evidence.as_of, 500.0 * (one == tag), 0.3 if good else 0.1, 0.2, 0.1)

        monkeypatch.setattr(module, "proofs", given_proofs)
        found.append(measure_tags(runtime, runtime.clock.now_us()))
        move(runtime, 7.0)
    return found


def history(runtime: Runtime, tag: int, ago: list[int]) -> list[float]:
    """What training reads of a tag's quality so many days ago."""
    today = runtime.calendar.day(runtime.clock.now_us())
    known = training_data(runtime, today).tag_quality
    return [float(known.at(np.array([tag]), today - days)[0]) for days in ago]


def test_a_tag_without_proof_counts_for_nothing_from_the_seventh_week_and_again_once_proved(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure_tags(runtime, runtime.clock.now_us())
    tag = number(runtime)
    move(runtime, 7.0)
    found = day_by_day(runtime, monkeypatch, tag, [False] * 7)
    assert [[one["after"] for one in run.changes] for run in found] == [[], [], ["watch"], [], [], [], ["retired"]]
    world = runtime.worlds.last()
    assert world.tag_quality[tag] == 0
    with runtime.store.connect() as connection:
        assert tag_qualities(connection, world.versions.tags, world.tags.codes[tag])[0]["status"] == "retired"
    known = history(runtime, tag, [7 * ago for ago in range(8, 0, -1)])
    assert [quality > 0 for quality in known] == [True] * 7 + [False]  # training weighs it as it was known on each day
    back = day_by_day(runtime, monkeypatch, tag, [True] * 3)
    assert [[one["after"] for one in run.changes] for run in back] == [[], [], ["active"]]
    assert runtime.worlds.last().tag_quality[tag] > 0
    assert [row["after"] for row in rows(runtime, tables.TagLives)] == ["watch", "retired", "active"]
    states = [
        row["state"] for row in rows(runtime, tables.TagMeasurements) if (row["tag_no"], row["stage"]) == (tag, "all")
    ]
    assert states == ["active"] * 3 + ["watch"] * 4 + ["retired"] * 3 + ["active"]


def test_what_the_bank_gives_anew_is_the_same_in_requests_and_in_training(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure_tags(runtime, runtime.clock.now_us())
    tag = number(runtime)
    move(runtime, 7.0)
    day_by_day(runtime, monkeypatch, tag, [False] * 7)
    code = runtime.worlds.last().tags.codes[tag]
    definition = {"tag": code, "kind": "preference", "category": "svc.advice", "polarity": 1, "status": "active"}
    runtime.store.put_tag_definitions([definition], runtime.clock.now_us())  # another claim: a life of its own
    runtime.worlds.refresh(runtime.store.versions())
    unmeasured = runtime.worlds.last().policy.unmeasured_quality
    assert runtime.worlds.last().tag_quality[tag] == unmeasured
    assert history(runtime, tag, [21, 0]) == [unmeasured, unmeasured]
    day_by_day(runtime, monkeypatch, tag, [True])
    served = float(runtime.worlds.last().tag_quality[tag])
    assert history(runtime, tag, [21, 0]) == pytest.approx([unmeasured, served])
    assert served > 0
    runtime.store.put_tag_definitions([{**definition, "status": "retired"}], runtime.clock.now_us())
    runtime.worlds.refresh(runtime.store.versions())
    assert (runtime.worlds.last().tag_quality[tag], history(runtime, tag, [21, 0])) == (0.0, [0.0, 0.0])
    assert day_by_day(runtime, monkeypatch, tag, [True])[0].changes[0]["after"] == "retired"


def test_a_candidate_that_is_proved_counted_for_nothing_before(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = number(runtime, before=True)
    with runtime.store.begin() as connection:
        definitions = table(tables.TagDefinitions)
        connection.execute(update(definitions).where(definitions.c.tag_no == tag).values(status="candidate"))
        renew_tags(connection, runtime.clock.now_us())
    runtime.worlds.refresh(runtime.store.versions())
    assert runtime.worlds.last().tag_quality[tag] == 0
    day_by_day(runtime, monkeypatch, tag, [True])
    served = float(runtime.worlds.last().tag_quality[tag])
    assert served > 0
    assert history(runtime, tag, [40, 0]) == pytest.approx([0.0, served])


def test_a_dry_run_tells_changes_and_keeps_none_and_does_not_go_back(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure_tags(runtime, runtime.clock.now_us())
    tag = number(runtime)
    move(runtime, 7.0)
    day_by_day(runtime, monkeypatch, tag, [False] * 2)
    told = measure_tags(runtime, runtime.clock.now_us(), dry_run=True)
    assert [one["after"] for one in told.changes] == ["watch"]
    assert measure_tags(runtime, runtime.clock.now_us() - 20 * DAY_US, dry_run=True).changes == []
    assert rows(runtime, tables.TagLives) == []
    assert runtime.worlds.last().tag_quality[tag] > 0
