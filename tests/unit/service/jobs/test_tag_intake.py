"""The nightly check of tags' data: a dry run tells everything and keeps nothing, a run keeps it once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.tag_quality.tag_life import Proof
from service.calendar import DAY_US
from service.commands.tag_intake import moved, say_findings, say_moved
from service.jobs.measure_tags import measure_tags
from service.progress import silent
from service.runtime import Runtime
from service.stores import tables
from service.tag_evidence import tag_evidence
from service.tag_intake import Intake, tag_intake
from service.tag_quarantine import quarantine_summary, quarantined_rows
from tests.unit.service.jobs.tag_bank import rows

CLAIM = {"kind": "preference", "category": "fund.bond", "provider": "planted"}


def define(runtime: Runtime, **polarity: int | None) -> None:
    definitions = [{**CLAIM, "tag": tag, "polarity": value} for tag, value in polarity.items()]
    runtime.store.put_tag_definitions(definitions, runtime.clock.now_us())
    runtime.worlds.refresh(runtime.store.versions())


def assign(runtime: Runtime, count: int, *tags: str) -> list[str]:
    who = runtime.store.customer_ids(personal=True, limit=count)
    at_us = runtime.clock.now_us() - DAY_US
    for customer_id in who:
        runtime.store.put_tags(customer_id, [{"tag": tag, "assigned_us": at_us} for tag in tags])
    return who


def number(runtime: Runtime, tag: str) -> int:
    return runtime.worlds.last().tags.codes.index(tag)


def test_what_a_definition_makes_wrong_is_put_into_quarantine_by_the_next_measuring(tagged: Runtime) -> None:
    define(tagged, one=1, other=1)
    assign(tagged, 3, "one", "other")
    define(tagged, one=1, other=-1)
    at_us, places = tagged.clock.now_us(), (number(tagged, "one"), number(tagged, "other"))
    dry = measure_tags(tagged, at_us, dry_run=True)
    assert dry.quarantined == {(place, "contradictory"): 3 for place in places}
    assert rows(tagged, tables.TagQuarantines) == []
    assert measure_tags(tagged, at_us).quarantined == dry.quarantined
    assert len(rows(tagged, tables.TagQuarantines)) == 6
    assert tagged.store.unsettled() == {}
    with tagged.store.connect() as connection:
        counts = {row["reason"]: row for row in quarantine_summary(connection, "one")["reasons"]}
        assert (counts["contradictory"]["assignments"], counts["contradictory"]["customers"]) == (3, 3)
        assert {row["tag"] for row in quarantined_rows(connection)} == {"one", "other"}
    define(tagged, one=1, other=1)
    assert measure_tags(tagged, at_us).quarantined == {(place, None): 3 for place in places}
    assert [row["reason"] for row in rows(tagged, tables.TagQuarantines)] == ["contradictory"] * 6 + [None] * 6


def test_findings_of_a_measuring_are_kept_once_and_a_second_run_of_that_time_replaces_them(tagged: Runtime) -> None:
    nothing = {"tag": "for nothing", "kind": "preference"}
    tagged.store.put_tag_definitions([nothing, {**nothing, "tag": "typo", "zone": "nowhere"}], tagged.clock.now_us())
    assign(tagged, 2, "for nothing", "typo", "undefined")
    tagged.worlds.refresh(tagged.store.versions())
    at_us = tagged.clock.now_us()
    found = {(one["name"], one["code"]): one for one in measure_tags(tagged, at_us).findings}
    assert found["for nothing", "claim_missing"]["numerator"] == found["typo", "claim_missing"]["numerator"] == 2
    assert found["undefined", "undefined"]["denominator"] == 2
    first = rows(tagged, tables.TagFindings)
    assert {(row["name"], row["code"]) for row in first} == set(found)
    measure_tags(tagged, at_us)
    assert rows(tagged, tables.TagFindings) == first


def test_the_data_of_latent_tags_is_not_looked_at(tagged: Runtime) -> None:
    at_us = tagged.clock.now_us()
    _, ids = tag_evidence(tagged, at_us, silent)
    kinds = {"latent.planted": "latent", "planted": "preference"}
    tagged.store.put_tag_definitions([{**CLAIM, "tag": tag, "kind": kind} for tag, kind in kinds.items()], at_us)
    for place, customer_id in enumerate(ids[:40]):
        told = {"assigned_us": at_us - DAY_US, "affinity": 0.5 if place % 2 else None}
        tagged.store.put_tags(customer_id, [{"tag": tag, **told} for tag in kinds])
    tagged.worlds.refresh(tagged.store.versions())
    evidence, ids = tag_evidence(tagged, at_us, silent)
    found = tag_intake(tagged, at_us, evidence, ids).findings
    assert {one["name"] for one in found if one["code"] == "affinity_missing"} & kinds.keys() == {"planted"}


def test_other_customers_than_those_of_the_evidence_are_not_looked_at(tagged: Runtime) -> None:
    at_us = tagged.clock.now_us()
    evidence, ids = tag_evidence(tagged, at_us, silent)
    whole = tag_intake(tagged, at_us, evidence, ids)
    stale = {one["name"]: one["denominator"] for one in whole.findings if one["code"] == "stale"}
    assert stale
    some = tag_intake(tagged, at_us, evidence, ids[: len(ids) // 2])
    halved = {one["name"]: one["denominator"] for one in some.findings if one["code"] == "stale"}
    assert all(halved[name] <= stale[name] for name in halved.keys() & stale.keys())
    assert sum(halved.values()) < sum(stale.values())


def test_a_bank_without_assignments_has_nothing_wrong(tagged: Runtime) -> None:
    at_us = tagged.clock.now_us()
    evidence, _ = tag_evidence(tagged, at_us, silent)
    nobody = replace(evidence, assigned=np.full_like(evidence.assigned, -1))
    found = tag_intake(tagged, at_us, nobody, [])
    assert found.findings == []
    assert np.isnan(found.psi).all()
    assert np.isnan(found.ece).all()


def test_alarms_come_to_the_proofs_and_unknown_figures_are_null() -> None:
    nan = float("nan")
    intake = Intake([], np.array([0.3, nan]), np.array([0.2, nan]), np.array([0.15, nan]))
    one, other = intake.alarmed([Proof(1, 500, 0.3, 0.2, 0.1)] * 2)
    assert (one.alarm, other.alarm) == ("psi", None)
    assert intake.figures(0) == {"psi": 0.3, "ece": 0.2, "ece_low": 0.15}
    assert intake.figures(1) == {"psi": None, "ece": None, "ece_low": None}


def test_what_moved_and_what_was_found_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    counts: Any = {(1, "contradictory"): 3, (0, None): 2}
    assert moved(counts, ["a", "b"]) == [
        {"tag": "a", "reason": None, "assignments": 2},
        {"tag": "b", "reason": "contradictory", "assignments": 3},
    ]
    say_moved(counts, ["a", "b"])
    say_moved({}, [])
    finding = {"of": "tag", "name": "a", "code": "drift_stage", "numerator": 300.0, "denominator": 200.0}
    say_findings([finding | {"value": 0.31234, "bar": 0.25, "is_cause": True}])
    say_findings([])
    told = capsys.readouterr().out
    assert all(
        word in told for word in ("released", "contradictory", "drift_stage", "0.3123", "watch", "nothing is wrong")
    )
