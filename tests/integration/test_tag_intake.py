"""A folder with planted faults, from import and measuring to the shelf: what cannot be right does not act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from service.auth import new_key
from service.calendar import DAY_US
from service.clock import from_us
from service.exchange import import_folder
from service.exchange.report import ImportReport
from service.jobs.measure_tags import measure_tags
from service.pipeline.facts import build_facts
from service.pipeline.gather import gather_now
from service.stores import tables
from service.tag_metrics import measured_tags
from service.training_data import training_data
from shelf_rules.facts import Query
from tests.integration.commanding import Run
from tests.sample_bank import Service, serving
from tests.unit.service.jobs.tag_bank import rows

CLAIM = {"kind": "preference", "category": "fund.index", "provider": "planted", "polarity": 1}
DEFINITIONS = [
    {**CLAIM, "tag": "planted.likes"},
    {**CLAIM, "tag": "planted.avoids", "polarity": -1},
    {"tag": "planted.young", "kind": "attribute", "provider": "planted", "one_of": "age"},
    {"tag": "planted.old", "kind": "attribute", "provider": "planted", "one_of": "age"},
    {"tag": "planted.empty", "kind": "preference", "provider": "planted"},
    {**CLAIM, "tag": "planted.drifts", "category": "fund.bond"},
]
Rows = Sequence[Mapping[str, Any]]


def bring(service: Service, folder: Path, assigned: Rows, definitions: Rows = ()) -> ImportReport:
    folder.mkdir()
    for name, content in (("tags", assigned), ("tag_definitions", definitions)):
        if content:
            columns = dict.fromkeys(column for row in content for column in row)
            table = pa.Table.from_pylist([{**columns, **row} for row in content])
            pq.write_table(table, folder / f"{name}.parquet")
    runtime = service.runtime
    reports = runtime.settings.folder / "imports"
    report = import_folder(runtime.store, folder, reports=reports, now_us=runtime.clock.now_us())
    assert report.kept, report.summary()
    runtime.worlds.refresh(runtime.store.versions())
    return report


def one(service: Service, customer_id: str, tag: str, days_ago: float = 5, **fields: Any) -> dict[str, Any]:
    at = from_us(service.runtime.clock.now_us() - int(days_ago * DAY_US)).astimezone(dt.UTC)
    return {"customer_id": customer_id, "tag": tag, "assigned_at": at, "affinity": 0.95} | fields


def acting(service: Service, customer_id: str) -> set[str]:
    gathered = gather_now(service.runtime, customer_id, Query())
    found = build_facts(gathered.asked, gathered.row, gathered.world)
    assert found.past is not None
    assert found.tags is not None
    names = {found.tags.codes[number] for number in found.past.tags["tag"].tolist()}
    return {name for name in names if name.startswith("planted.")}


def shown(service: Service, customer_id: str) -> Any:
    """What stands where on the shelf, and its scores."""
    return service.shelf(customer_id, explain="true")["explain"]


def quarantine(service: Service) -> dict[str, Any]:
    answer = service.client.get("/v1/tags/quarantine", headers=service.as_service)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_planted_faults_are_out_of_use_named_and_released(service: Service, tmp_path: Path) -> None:
    who, other, third = service.active(3)
    plain = shown(service, who)
    bring(service, tmp_path / "1", [one(service, who, "planted.likes")], DEFINITIONS)
    assert acting(service, who) == {"planted.likes"}
    with_tag = shown(service, who)
    assert with_tag != plain
    faults = [one(service, who, "planted.avoids"), one(service, other, "planted.likes", days_ago=9_000)]
    faults += [one(service, third, f"planted.{age}") for age in ("young", "old")]
    report = bring(service, tmp_path / "2", faults)
    assert report.quarantined == {"contradictory": 2, "before_joined": 1, "exclusive": 2}
    assert "tags in quarantine: before_joined 1, contradictory 2, exclusive 2" in list(report.notes())
    assert [acting(service, customer_id) for customer_id in (who, other, third)] == [set()] * 3
    assert shown(service, who) == plain
    told = quarantine(service)
    counts = {row["reason"]: (row["assignments"], row["customers"]) for row in told["reasons"]}
    assert counts == {"before_joined": (1, 1), "deleted": (0, 0), "contradictory": (2, 1), "exclusive": (2, 1)}
    assert {"tag": "planted.avoids", "reason": "contradictory", "assignments": 1, "customers": 1} in told["tags"]
    assert who not in str(told)
    removed_at = from_us(service.runtime.clock.now_us()).astimezone(dt.UTC)
    gone = faults[0] | {"removed_at": removed_at, "removed_by": "bank"}
    assert bring(service, tmp_path / "3", [gone]).quarantined == {"released": 2}
    assert acting(service, who) == {"planted.likes"}
    assert shown(service, who) == with_tag
    logged = [(row["reason"], row["customer_id"] == who) for row in rows(service.runtime, tables.TagQuarantines)]
    assert sorted(map(str, logged)) == sorted(
        map(
            str,
            [
                *[("contradictory", True)] * 2,
                *[("exclusive", False)] * 2,
                ("before_joined", False),
                *[(None, True)] * 2,
            ],
        )
    )


def test_a_customer_sees_what_is_in_quarantine_and_may_delete_it(service: Service, tmp_path: Path) -> None:
    who = service.active(1)[0]
    bring(service, tmp_path / "1", [one(service, who, f"planted.{name}") for name in ("likes", "avoids")], DEFINITIONS)
    me = service.as_customer(who)
    told = {row["tag"]: row for row in service.client.get("/v1/me/tags", headers=me).json()["tags"]}
    assert (told["planted.likes"]["quarantined"], told["planted.likes"]["acts"]) == ("contradictory", False)
    assert service.client.delete("/v1/me/tags/planted.likes", headers=me).status_code == 200
    assert acting(service, who) == {"planted.avoids"}


def test_measuring_neither_learns_nor_counts_what_is_in_quarantine_and_says_what_is_wrong(
    service: Service, tmp_path: Path
) -> None:
    runtime = service.runtime
    every = service.active(200)
    assigned = [one(service, who, f"planted.{name}") for who in every[:40] for name in ("likes", "avoids")]
    assigned += [one(service, who, "planted.likes") for who in every[40:60]]
    assigned += [one(service, who, "planted.empty") for who in every[:3]]
    bring(service, tmp_path / "1", assigned, DEFINITIONS)
    number = {code: place for place, code in enumerate(runtime.worlds.last().tags.codes)}
    learnt = training_data(runtime, runtime.calendar.day(runtime.clock.now_us())).tags
    assert (learnt.tag == number["planted.likes"]).sum() == 20
    assert (learnt.tag == number["planted.avoids"]).sum() == 0
    dry = measure_tags(runtime, runtime.clock.now_us(), dry_run=True)
    assert quarantine(service)["findings"] == rows(runtime, tables.TagFindings) == []
    found = measure_tags(runtime, runtime.clock.now_us())
    assert [dict(row) for row in dry.findings] == [dict(row) for row in found.findings]
    whole = {row["tag_no"]: row for row in found.rows if row["stage"] == "all"}
    assert whole[number["planted.likes"]]["tagged"] == 20
    told = {(row["name"], row["code"]): row for row in quarantine(service)["findings"]}
    faulty = told["planted.likes", "contradictory"]
    assert (faulty["numerator"], faulty["denominator"], faulty["bar"]) == (40, 60, 0.02)
    assert told["planted.empty", "claim_missing"]["numerator"] == 3


def test_a_tag_that_drifts_is_watched_with_its_cause_told_everywhere(service: Service, tmp_path: Path) -> None:
    runtime = service.runtime
    every = service.active(250)
    half = len(every) // 2
    assert half >= 105
    old = [one(service, who, "planted.drifts", days_ago=120, affinity=0.9) for who in every[:half]]
    new = [one(service, who, "planted.drifts", days_ago=3, affinity=0.1) for who in every[half:]]
    bring(service, tmp_path / "1", old + new, DEFINITIONS)
    at_us = runtime.clock.now_us()
    dry = measure_tags(runtime, at_us, dry_run=True)
    assert rows(runtime, tables.TagLives) == []
    found = measure_tags(runtime, at_us)
    assert dry.changes == found.changes
    (change,) = (one for one in found.changes if one["cause"] == "psi")
    assert (change["before"], change["after"]) == ("active", "watch")
    assert change["psi"] > 0.25
    (row,) = rows(runtime, tables.TagLives, cause="psi")
    assert {name: row[name] for name in change} == dict(change)
    told = service.client.get("/v1/tags/planted.drifts/quality", headers=service.as_service).json()
    assert (told["status"], told["cause"], told["psi"]) == ("watch", "psi", change["psi"])
    finding = next(one for one in quarantine(service)["findings"] if one["code"] == "drift_affinity")
    assert (finding["name"], finding["is_cause"], finding["bar"]) == ("planted.drifts", True, 0.25)
    runtime.worlds.refresh(runtime.store.versions())
    assert acting(service, every[0]) == {"planted.drifts"}  # on watch it counts
    runtime.tag_metrics.show(measured_tags(runtime.store, runtime.store.versions().tags))
    metrics = service.client.get("/metrics").text
    assert f'huojia_tag_alarm{{of="psi",tag="planted.drifts"}} {change["psi"]}' in metrics
    assert 'huojia_tags{state="watch"} 1.0' in metrics
    assert 'huojia_tags_quarantined{reason="contradictory"} 0.0' in metrics
    assert 'huojia_tag_quality{measure="durability",stage="all",tag="planted.drifts"}' in metrics
    table = runtime.worlds.last().tags
    assert not (table.quality[table.codes.index("planted.drifts")] == 0).any()


def test_the_scope_tags_read_is_needed(service: Service) -> None:
    runtime = service.runtime
    other = new_key(runtime.store, ["shelf:read"], runtime.clock.now_us())
    assert service.client.get("/v1/tags/quarantine").status_code == 401
    assert service.client.get("/v1/tags/quarantine", headers={"X-API-Key": other}).status_code == 403
    empty = quarantine(service)
    assert (empty["tags"], empty["measured_at"], empty["findings"]) == ([], None, [])


def test_the_terminal_lists_what_is_in_quarantine(run: Run, written: Any, tmp_path: Path) -> None:
    assert "not measured yet" in run("tags", "quarantine").out
    with serving(written.settings()) as service:
        who = service.active(1)[0]
        assigned = [one(service, who, f"planted.{name}") for name in ("likes", "avoids")]
        bring(service, tmp_path / "1", assigned, DEFINITIONS)
    counted = run("tags", "quarantine", "--json").json
    assert [row["assignments"] for row in counted["reasons"] if row["reason"] == "contradictory"] == [2]
    assert "rows" not in counted
    listed = run("tags", "quarantine", "--tag", "planted.likes", "--rows", "--json").json["rows"]
    assert [(row["customer_id"], row["tag"], row["reason"]) for row in listed] == [
        (who, "planted.likes", "contradictory")
    ]
    assert listed[0]["since"] >= listed[0]["assigned_at"]
    assert who in run("tags", "quarantine", "--rows").out
    assert who not in run("tags", "quarantine").out
    refused = run("tags", "quarantine", "--tag", "nothing")
    assert (refused.code, refused.err) == (1, "huojia: --tag 'nothing': no such tag\n")
