"""Measuring tags: the same numbers from files alone, once a day a step of the weights, nothing without consent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.errors import Refused
from service.exchange import export_folder
from service.jobs.attribute import attribute
from service.jobs.measure_tags import LEVELS, Measured, measure_tags
from service.jobs.snapshot_tiers import snapshot_tiers
from service.pipeline.facts import Asked, Moment, build_facts
from service.profiles import read_derived
from service.progress import silent
from service.runtime import Runtime
from service.stores import tables
from service.stores.protocols import ConsentChange
from service.tag_evidence import tag_evidence
from service.tag_quality import tag_qualities
from shelf_rules.facts import Query
from tests.unit.service.jobs.tag_bank import event, load, move, opened, rows
from tests.unit.service.jobs.test_attribute import late


def now(runtime: Runtime) -> Measured:
    return measure_tags(runtime, runtime.clock.now_us())


def qualities(runtime: Runtime) -> dict[str, Mapping[str, Any]]:
    """What the version in force says, by tag."""
    with runtime.store.connect() as connection:
        return {row["tag"]: row for row in tag_qualities(connection, runtime.store.versions().tags)}


def derived(runtime: Runtime) -> dict[str, Any]:
    found = {}
    for customer_id in runtime.store.customer_ids(personal=True, limit=10_000):
        row = runtime.store.read(customer_id, personal=True)[1]
        assert row is not None
        found[customer_id] = read_derived(row.derived)
    return found


def assert_same(one: Any, other: Any) -> None:
    """Equal, numbers to 1e-9."""
    if isinstance(one, Mapping):
        assert one.keys() == other.keys()
        for name in one:
            assert_same(one[name], other[name])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    elif isinstance(one, float) and other is not None:
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)
    else:
        assert one == other


def by_key(found: Measured) -> dict[tuple[int, str], Mapping[str, Any]]:
    return {(row["tag_no"], row["stage"]): row for row in found.rows}


def test_a_tag_that_claims_something_is_measured_in_every_stage_and_put_in_force(tagged: Runtime) -> None:
    before = tagged.store.versions().tags
    found = now(tagged)
    assert found.version == before + 1 == tagged.store.versions().tags == tagged.worlds.last().versions.tags
    tags = qualities(tagged)
    assert len(tags) == len(found.rows) / len(LEVELS)
    claiming = [tag for tag in tags.values() if tag["category"] or tag["zone"]]
    assert sum(tag["levels"][0]["quality"] is not None for tag in claiming) > len(claiming) / 2
    for tag in claiming:
        assert [level["stage"] for level in tag["levels"]] == list(LEVELS)
        assert tag["levels"][0]["tagged"] == sum(level["tagged"] for level in tag["levels"][1:])
    for row in found.rows:
        for name in ("truthfulness", "precision", "durability", "uniqueness", "quality"):
            assert row[name] is None or 0 <= row[name] <= 1
    feature = tags["habit.night"]["levels"][0]
    assert (feature["truthfulness"], feature["quality"]) == (None, None)
    assert 0 < feature["rarity"] < 1


def test_weights_step_once_a_day_towards_their_target(tagged: Runtime) -> None:
    first = now(tagged)
    assert first.steps
    now(tagged)
    logged = rows(tagged, tables.TagWeights)
    assert [row["before"] for row in logged] == [1.0] * len(first.steps)
    weights = tagged.worlds.last().tags.weight
    for row in logged:
        assert row["after"] == pytest.approx(1 + 0.1 * (row["target"] - 1))
        assert weights[row["tag_no"]] == row["after"]
    move(tagged, 1.0)
    now(tagged)
    second = [row for row in rows(tagged, tables.TagWeights) if row["day"] > logged[0]["day"]]
    assert {row["tag_no"]: row["before"] for row in second if row["tag_no"] in {one["tag_no"] for one in logged}} == {
        row["tag_no"]: row["after"] for row in logged
    }


def test_a_second_run_at_the_same_time_changes_nothing(tagged: Runtime) -> None:
    at_us = tagged.clock.now_us()
    first = measure_tags(tagged, at_us)
    state = tagged.store.versions(), derived(tagged), rows(tagged, tables.TagMeasurements)
    assert measure_tags(tagged, at_us, from_scratch=True).version == first.version
    assert (tagged.store.versions(), derived(tagged), rows(tagged, tables.TagMeasurements)) == state


def test_a_dry_run_stores_neither_quality_nor_weights(tagged: Runtime) -> None:
    before = tagged.store.versions()
    found = measure_tags(tagged, tagged.clock.now_us(), dry_run=True)
    assert found.version is None
    assert found.rows
    assert found.steps
    assert tagged.store.versions() == before
    assert rows(tagged, tables.TagMeasurements) == rows(tagged, tables.TagWeights) == []


def test_measuring_does_not_go_back_behind_what_has_been_measured(tagged: Runtime) -> None:
    now(tagged)
    yesterday_us = tagged.clock.now_us() - 86_400_000_000
    with pytest.raises(Refused, match="have been measured as of"):
        measure_tags(tagged, yesterday_us)
    assert measure_tags(tagged, yesterday_us, dry_run=True).rows


def test_snapshots_and_measures_keep_each_others_part_of_a_row(tagged: Runtime) -> None:
    snapshot_tiers(tagged, silent)
    tiers = {key: (part.day, part.tiers) for key, part in derived(tagged).items()}
    now(tagged)
    both = derived(tagged)
    assert {key: (part.day, part.tiers) for key, part in both.items()} == tiers
    carried = {key: part.tag_quality for key, part in both.items()}
    assert sum(bool(own) for own in carried.values()) > len(carried) / 2
    assert all(0 <= quality <= 1 for own in carried.values() for _, quality in own)
    snapshot_tiers(tagged, silent)
    assert {key: part.tag_quality for key, part in derived(tagged).items()} == carried


def test_what_was_measured_survives_new_assignments_and_goes_with_another_claim(tagged: Runtime) -> None:
    now(tagged)
    tag = next(tag for tag in qualities(tagged).values() if tag["category"] and tag["levels"])
    who = tagged.store.customer_ids(personal=True, limit=1)[0]
    at_us = tagged.clock.now_us()
    tagged.store.put_tags(who, [{"tag": "brand.new", "assigned_us": at_us}])
    assert_same(qualities(tagged)[tag["tag"]]["levels"], tag["levels"])
    assert qualities(tagged)["brand.new"]["note"] is not None
    definition = {"tag": tag["tag"], "kind": tag["kind"], "category": "svc.advice", "polarity": 1, "status": "active"}
    tagged.store.put_tag_definitions([definition], at_us)
    changed = qualities(tagged)[tag["tag"]]
    assert (changed["levels"], changed["measured_at"], changed["note"]) == ([], None, "not measured yet")


@pytest.mark.parametrize("scope", ["tags", "holdings", "personalisation"])
def test_a_customer_without_consent_is_not_measured_on(tagged: Runtime, scope: str) -> None:
    first = now(tagged)
    who = next(key for key, part in derived(tagged).items() if part.tag_quality)
    tagged.store.change_consent(ConsentChange(who, scope, False, tagged.clock.now_us()), own=True)
    move(tagged, 0.01)
    second = now(tagged)
    assert second.customers == first.customers - 1
    tagged.store.change_consent(ConsentChange(who, scope, True, tagged.clock.now_us()), own=True)
    assert derived(tagged)[who].tag_quality == ()


def test_a_shelf_reads_the_customers_own_quality(tagged: Runtime) -> None:
    now(tagged)
    who, part = next((key, part) for key, part in derived(tagged).items() if part.tag_quality)
    now_us = tagged.clock.now_us()
    moment = Moment(now_us, tagged.calendar.day(now_us), tagged.calendar.year(now_us))
    _, row = tagged.store.read(who, personal=True)
    facts = build_facts(Asked(who, Query(), moment, 0, held_out=False), row, tagged.worlds.last())
    assert facts.past is not None
    assert facts.past.tag_quality == part.tag_quality


def test_files_alone_give_the_numbers_of_a_service_that_measured_day_by_day(tagged: Runtime, tmp_path: Path) -> None:
    now(tagged)
    arriving, _ = late(tagged)
    for one in arriving:
        tagged.store.append([one])
        move(tagged, 1.0)
        now(tagged)
    found = now(tagged)
    export_folder(tagged.store, tmp_path / "out", progress=silent)
    load(tmp_path / "out", tmp_path / "outsider")
    with opened(tmp_path / "outsider", days=5.0) as outsider:
        again = measure_tags(outsider, found.measured_us)
        codes, others = tagged.worlds.last().tags.codes, outsider.worlds.last().tags.codes
        ours = {(codes[row["tag_no"]], row["stage"]): {**row, "tag_no": 0} for row in found.rows}
        theirs = {(others[row["tag_no"]], row["stage"]): {**row, "tag_no": 0} for row in again.rows}
        assert_same(ours, theirs)
        own = {key: {codes[no]: q for no, q in part.tag_quality} for key, part in derived(tagged).items()}
        assert_same(
            own, {key: {others[no]: q for no, q in part.tag_quality} for key, part in derived(outsider).items()}
        )


def test_an_earlier_time_is_measured_as_it_was_then(tagged: Runtime) -> None:
    at_us = tagged.clock.now_us()
    then = by_key(measure_tags(tagged, at_us, dry_run=True))
    move(tagged, 30.0)
    people = tagged.store.customer_ids(personal=True, limit=60)
    place = {"product_no": 3, "amount": 500_00}
    tagged.store.append(
        [event(tagged, f"n{n}", who, "purchase", days_ago=n / 10, **place) for n, who in enumerate(people)]
    )
    tagged.store.put_tags(people[0], [{"tag": "pref.cash.mmf", "assigned_us": tagged.clock.now_us()}])
    assert by_key(measure_tags(tagged, tagged.clock.now_us(), dry_run=True)) != then
    assert_same(by_key(measure_tags(tagged, at_us, dry_run=True)), then)


def test_an_earlier_time_is_not_measured_on_whoever_has_refused_since(tagged: Runtime) -> None:
    at_us = now(tagged).measured_us
    who = next(key for key, part in derived(tagged).items() if part.tag_quality)
    first = measure_tags(tagged, at_us, dry_run=True)
    move(tagged, 1.0)
    tagged.store.change_consent(ConsentChange(who, "tags", False, tagged.clock.now_us()), own=True)
    assert measure_tags(tagged, at_us, dry_run=True).customers == first.customers - 1
    tagged.store.change_consent(ConsentChange(who, "tags", True, tagged.clock.now_us()), own=True)


def test_an_earlier_time_is_not_measured_on_a_tag_that_its_customer_has_deleted_since(tagged: Runtime) -> None:
    at_us = tagged.clock.now_us()
    then = by_key(measure_tags(tagged, at_us, dry_run=True))
    move(tagged, 1.0)
    standing = next(row for row in rows(tagged, tables.Tags) if row["removed_us"] is None and _measured_on(tagged, row))
    number, code = standing["tag_no"], tagged.worlds.last().tags.codes[standing["tag_no"]]
    tagged.store.remove_tag(standing["customer_id"], code, "customer", tagged.clock.now_us())
    again = by_key(measure_tags(tagged, at_us, dry_run=True))
    assert again[number, "all"]["tagged"] == then[number, "all"]["tagged"] - 1


def _measured_on(runtime: Runtime, row: Mapping[str, Any]) -> bool:
    return bool(
        row["customer_id"] in tag_evidence(runtime, runtime.clock.now_us(), silent)[1]
        and runtime.worlds.last().tags.category[row["tag_no"]] >= 0
    )


def test_a_maturity_that_was_renewed_took_no_money_away(tagged: Runtime) -> None:
    who = tag_evidence(tagged, tagged.clock.now_us(), silent)[1][0]
    product, place = 3, {"product_no": 3}
    attribute(tagged)
    before = money_of(tagged, who)
    for number, (days, amount) in enumerate([(20, 900_00), (10, 900_00), (5, None)]):
        tagged.store.append(
            [
                event(tagged, f"m{number}", who, "mature", days_ago=days, amount=900_00, **place),
                event(tagged, f"r{number}", who, "renewal", days_ago=days + 0.01, amount=amount, **place),
            ]
        )
    attribute(tagged)
    assert money_of(tagged, who) == before
    tagged.store.append([event(tagged, "m9", who, "mature", days_ago=30, amount=900_00, **place)])
    category = tagged.worlds.last().numbers.category_of[product]
    assert money_of(tagged, who)[category] == before[category] - 900_00


def money_of(runtime: Runtime, who: str) -> list[float]:
    """Net new money of a customer by category."""
    evidence, ids = tag_evidence(runtime, runtime.clock.now_us(), silent)
    own = evidence.money.customer == ids.index(who)
    found = np.bincount(evidence.money.category[own], evidence.money.amount[own], len(evidence.family))
    return [float(part) for part in found]


def test_explored_cards_count_only_where_they_are_asked_for(tagged: Runtime) -> None:
    default = measure_tags(tagged, tagged.clock.now_us(), dry_run=True)
    wider = measure_tags(tagged, default.measured_us, sources=frozenset({"organic", "holdout", "ipw"}), dry_run=True)
    assert_same([{**row, "evidence": ""} for row in default.rows], [{**row, "evidence": ""} for row in wider.rows])
    narrow = measure_tags(tagged, default.measured_us, sources=frozenset({"holdout"}), dry_run=True)
    assert sum(row["n"] for row in narrow.rows) == 0
    assert all(row["quality"] is None for row in narrow.rows)


def test_a_tag_that_has_stepped_on_a_day_is_not_said_to_step_again(tagged: Runtime) -> None:
    assert now(tagged).steps
    move(tagged, 0.05)
    assert now(tagged).steps == []
