"""Latent tags are given to whoever agreed and buys again, told with what they rest on, and taken back in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from service.calendar import DAY_US
from service.clock import iso
from service.errors import Refused
from service.exchange import export_folder
from service.jobs import infer_tags as module
from service.jobs.infer_tags import infer_tags
from service.jobs.measure_tags import Measured, measure_tags
from service.latent_tags import is_inferred
from service.pipeline.facts import Asked, Moment, build_facts
from service.progress import silent
from service.runtime import Runtime
from service.stores import tables
from service.tag_evidence import tag_evidence
from service.told_tags import told_tags
from shelf_rules.facts import Query
from tests.once import once
from tests.sample_bank import SampleBank, built
from tests.unit.service.jobs.latent_bank import LATENT, agreeing, answer, build_latent_bank, buy, inferred_of, made
from tests.unit.service.jobs.tag_bank import load, move, opened, rows

of = inferred_of
GIVEN = (LATENT, "given", "evidence")


@pytest.fixture(scope="module")
def latent_bank(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """The very small bank; not to be written to."""
    return built(once(tmp_path_factory, "latent-bank", build_latent_bank))


@pytest.fixture
def runtime(latent_bank: SampleBank, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime over a copy of it."""
    with opened(latent_bank.copy(tmp_path / "latent").data_dir) as running:
        yield running


def stored(runtime: Runtime) -> list[Any]:
    """Everything that a run may write."""
    kept = (tables.Tags, tables.LatentChanges, tables.TagDefinitions, tables.CustomerRows)
    return [runtime.store.versions(), *(rows(runtime, one) for one in kept)]


@pytest.fixture
def given(runtime: Runtime) -> tuple[Runtime, str]:
    """A customer who has just been given a latent tag."""
    (who,) = agreeing(runtime)
    buy(runtime, who, (10, 60, 100, 130))
    assert GIVEN in made(infer_tags(runtime), who)
    return runtime, who


def test_a_latent_tag_is_defined_given_explained_and_kept_out_of_ranking(given: tuple[Runtime, str]) -> None:
    runtime, who = given
    item = next(one for one in runtime.store.tag_version(runtime.store.versions().tags) if one["tag"] == LATENT)
    assert is_inferred(item)
    assert item["status"] == "candidate"
    assert not runtime.worlds.last().tags.quality[item["tag_no"]].any()
    (row,) = [one for one in rows(runtime, tables.LatentChanges, customer_id=who) if one["tag_no"] == item["tag_no"]]
    assert (row["occasions"], row["hits"], row["change"], row["reason"]) == (4, 4.0, "given", "evidence")
    assert row["truth"] > 0.8
    assert row["theta0"] < row["hits"] / row["n"]
    told = of(runtime, who)[LATENT]
    assert told["affinity"] == row["truth"]
    assert (told["state"], told["acts"], told["inferred"]["purchases"]) == ("candidate", False, 4)
    assert told["origin"] == f"系统根据您{told['inferred']['since']}以来4次购买推断:客户权益"
    assert told["legal_basis"]["legal_ref"].startswith("个人信息保护法第14")
    assert {one["scope"]: one["granted"] for one in told["consents"]} == dict.fromkeys(
        ("personalisation", "tags", "latent_tags", "holdings"), True
    )


def test_a_second_run_changes_nothing(given: tuple[Runtime, str]) -> None:
    runtime, _ = given
    before = stored(runtime)
    assert infer_tags(runtime).changes == []
    assert stored(runtime) == before
    move(runtime, 0.1)
    assert infer_tags(runtime).changes == []
    assert stored(runtime) == before


def test_a_dry_run_tells_the_same_and_stores_nothing(runtime: Runtime) -> None:
    (who,) = agreeing(runtime)
    buy(runtime, who, (10, 60, 100))
    before = stored(runtime)
    dry = infer_tags(runtime, dry_run=True)
    assert (dry.version, stored(runtime)) == (None, before)
    done = infer_tags(runtime)
    assert done.version == runtime.store.versions().tags == before[0].tags + 1
    assert sorted(map(told_of, done.changes)) == sorted(map(told_of, dry.changes))


@pytest.mark.parametrize("done", ["measured", "inferred"])
def test_a_clock_behind_the_tags_in_force_is_refused_and_a_dry_run_looks(runtime: Runtime, done: str) -> None:
    (who,) = agreeing(runtime)
    buy(runtime, who, (10, 60, 100, 130))
    found = measure_tags(runtime, runtime.clock.now_us()) if done == "measured" else infer_tags(runtime)
    at_us = found.measured_us if isinstance(found, Measured) else found.at_us
    move(runtime, -31)
    before = stored(runtime)
    with pytest.raises(Refused, match=f"^infer-tags: tags have been {done} as of {iso(at_us)}; --dry-run looks at "):
        infer_tags(runtime)
    assert infer_tags(runtime, dry_run=True).at_us < at_us
    assert stored(runtime) == before


def test_a_clock_that_begins_anew_with_each_process_infers_right_after_what_is_known(
    given: tuple[Runtime, str],
) -> None:
    runtime, who = given
    measured_us = measure_tags(runtime, runtime.clock.now_us()).measured_us
    move(runtime, -60 / 86_400)
    first = infer_tags(runtime)
    assert first.at_us == measured_us
    answer(runtime, who, "latent_tags", granted=False)
    assert (LATENT, "taken_back", "consent") in made(infer_tags(runtime), who)
    told = [one["change"] for one in rows(runtime, tables.LatentChanges, customer_id=who)]
    assert sorted(told) == ["given", "taken_back"]


def test_the_version_told_is_the_one_in_force_when_the_run_has_ended(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = module._store

    def and_another_writes(*of: Any) -> Iterator[Any]:
        yield from store(*of)
        runtime.store.put_tag_definitions([{"tag": "new", "kind": "habit"}], runtime.clock.now_us())

    monkeypatch.setattr(module, "_store", and_another_writes)
    assert infer_tags(runtime).version == runtime.store.versions().tags


def told_of(change: Any) -> tuple[str, str, str]:
    return change.customer_id, change.source.tag, change.change


def test_nothing_is_told_of_who_has_not_agreed(runtime: Runtime) -> None:
    (who,) = agreeing(runtime)
    answer(runtime, who, "latent_tags", granted=False)
    buy(runtime, who, (10, 60, 100, 130))
    asked = infer_tags(runtime, dry_run=True)
    assert made(asked, who) == []
    answer(runtime, who, "latent_tags", granted=True)
    assert infer_tags(runtime, dry_run=True).customers == asked.customers + 1


@pytest.mark.parametrize("withdraws", [True, False])
def test_what_the_customer_says_while_a_run_goes_on_holds(runtime: Runtime, *, withdraws: bool) -> None:
    (who,) = agreeing(runtime)
    buy(runtime, who, (10, 60, 100, 130))
    if not withdraws:
        infer_tags(runtime)
        buy(runtime, who, (20, 40), category="svc.advice")

    def meanwhile(stage: str, done: int, total: int) -> None:
        if stage == "infer" and done == total and withdraws:
            answer(runtime, who, "latent_tags", granted=False)
        if stage == "infer" and done == total and not withdraws:
            runtime.store.remove_tag(who, LATENT, "customer", runtime.clock.now_us())

    assert GIVEN not in made(infer_tags(runtime, meanwhile), who)
    assert LATENT not in of(runtime, who)


def test_purchases_of_tasks_do_not_breed_latent_tags(runtime: Runtime) -> None:
    (who,) = agreeing(runtime)
    buy(runtime, who, (10, 40, 70, 100, 130), task_id="t1")
    assert LATENT not in {tag for tag, _, _ in made(infer_tags(runtime), who)}


@pytest.mark.parametrize("scope", ["latent_tags", "personalisation"])
def test_a_consent_withdrawn_takes_the_tag_away_with_what_was_measured(given: tuple[Runtime, str], scope: str) -> None:
    runtime, who = given
    answer(runtime, who, scope, granted=False)
    assert of(runtime, who)[LATENT]["acts"] is False
    found = infer_tags(runtime)
    assert {(change, reason) for _, change, reason in made(found, who)} == {("taken_back", "consent")}
    assert of(runtime, who) == {}
    log = rows(runtime, tables.LatentChanges, customer_id=who)
    assert {(row["change"], row["reason"]) for row in log} == {("given", "evidence"), ("taken_back", "consent")}
    assert {row[name] for row in log for name in ("truth", "hits", "occasions", "since_day")} == {None}
    numbers = set(runtime.worlds.last().tags.inferred)
    assert not [row for row in rows(runtime, tables.Tags, customer_id=who) if row["tag_no"] in numbers]
    before = stored(runtime)
    assert infer_tags(runtime).changes == []
    assert stored(runtime) == before
    answer(runtime, who, scope, granted=True)
    move(runtime, 0.1)
    assert GIVEN in made(infer_tags(runtime), who)


def test_a_deleted_tag_is_not_inferred_again_before_its_time(given: tuple[Runtime, str]) -> None:
    runtime, who = given
    assert runtime.store.remove_tag(who, LATENT, "customer", runtime.clock.now_us())
    for days in (0.1, 100.0, 79.5):
        move(runtime, days)
        buy(runtime, who, (days / 1_000, 20))
        assert LATENT not in {tag for tag, change, _ in made(infer_tags(runtime), who) if change == "given"}
    move(runtime, 0.5)
    assert GIVEN in made(infer_tags(runtime), who)


def test_a_tag_goes_with_what_it_rests_on_and_stays_in_its_precision(given: tuple[Runtime, str]) -> None:
    runtime, who = given
    move(runtime, 360.0)
    found = infer_tags(runtime)
    assert (LATENT, "taken_back", "evidence") in made(found, who)
    assert LATENT not in of(runtime, who)
    number = runtime.worlds.last().tags.codes.index(LATENT)
    last = rows(runtime, tables.LatentChanges, customer_id=who, tag_no=number)[-1]
    assert (last["hits"], last["occasions"], last["since_day"]) == (0, 0, -1)
    evidence, ids = tag_evidence(runtime, runtime.clock.now_us(), silent)
    assert [ids.index(who), number] in evidence.lapsed[:, :2].tolist()
    assert not evidence.untagged(number)[ids.index(who)]
    answer(runtime, who, "latent_tags", granted=False)
    assert ids.index(who) not in tag_evidence(runtime, runtime.clock.now_us(), silent)[0].lapsed[:, 0]


def test_a_bank_that_gives_the_tag_itself_or_retires_it_takes_the_latent_one_along(given: tuple[Runtime, str]) -> None:
    runtime, who = given
    now_us = runtime.clock.now_us()
    runtime.store.put_tags(who, [{"tag": "pref.svc.rights", "assigned_us": now_us, "source": "crm"}])
    assert (LATENT, "taken_back", "carried") in made(infer_tags(runtime), who)
    retired = {"tag": "pref.svc.rights", "kind": "preference", "category": "svc.rights", "status": "retired"}
    runtime.store.put_tag_definitions([retired], now_us)
    runtime.worlds.refresh(runtime.store.versions())
    back = [one for one in infer_tags(runtime).changes if one.source.tag == LATENT]
    assert {(one.change, one.reason) for one in back} <= {("taken_back", "tag")}
    assert not [one for one in rows(runtime, tables.Tags) if _is_standing(runtime, one)]


def _is_standing(runtime: Runtime, row: Mapping[str, Any]) -> bool:
    number = runtime.worlds.last().tags.codes.index(LATENT)
    return bool(row["tag_no"] == number and row["removed_us"] is None)


def test_another_claim_of_its_tag_becomes_that_of_the_latent_one(given: tuple[Runtime, str]) -> None:
    runtime, who = given
    other = {"tag": "pref.svc.rights", "kind": "preference", "category": "svc.advice", "polarity": 1, "status": None}
    runtime.store.put_tag_definitions([other], runtime.clock.now_us())
    runtime.worlds.refresh(runtime.store.versions())
    move(runtime, 0.1)
    found = infer_tags(runtime)
    assert (LATENT, "taken_back", "evidence") in made(found, who)
    tags = runtime.worlds.last().tags
    categories = runtime.worlds.last().catalogue.categories.number
    assert tags.category[tags.codes.index(LATENT)] == categories["svc.advice"]
    before = stored(runtime)
    assert infer_tags(runtime).changes == []
    assert stored(runtime) == before


def test_a_run_that_died_is_made_up_for_by_the_next_one(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in agreeing(runtime, 10):
        buy(runtime, who, (10, 60, 100, 130))
    whole = infer_tags(runtime, dry_run=True)
    monkeypatch.setattr(module, "PAGE", 3)

    def die(stage: str, done: int, total: int) -> None:
        if stage == "latent tags" and done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        infer_tags(runtime, die)
    done = rows(runtime, tables.LatentChanges)
    assert 0 < len({row["customer_id"] for row in done}) <= 3 < len({one.customer_id for one in whole.changes})
    rest = infer_tags(runtime)
    assert len(rest.changes) + len(done) == len(whole.changes)
    assert infer_tags(runtime, dry_run=True).changes == []


def test_files_keep_latent_tags_definitions_and_deletions(given: tuple[Runtime, str], tmp_path: Path) -> None:
    runtime, who = given
    (other,) = agreeing(runtime)
    buy(runtime, other, (10, 60, 100, 130))
    assert GIVEN in made(infer_tags(runtime), other)
    runtime.store.remove_tag(other, LATENT, "customer", runtime.clock.now_us())
    export_folder(runtime.store, tmp_path / "out", progress=silent)
    later = iso(runtime.clock.now_us() + DAY_US // 96)
    load(tmp_path / "out", tmp_path / "elsewhere", later)
    with opened(tmp_path / "elsewhere", days=1 / 96) as elsewhere:
        assert infer_tags(elsewhere).changes == [], "nothing is given twice, and not what was deleted"
        told = of(elsewhere, who)[LATENT]
        assert told["inferred"]["purchases"] is None
        assert told["origin"] == "系统根据您的购买推断:客户权益"
        keys = ("assigned_at", "affinity", "claim", "legal_basis", "consents", "state")
        assert {name: told[name] for name in keys} == {name: of(runtime, who)[LATENT][name] for name in keys}
        assert [one["tag"] for one in told_tags(elsewhere, other)["deleted"]] == [LATENT]


def test_a_latent_tag_in_force_acts_under_its_consents_from_the_next_request_on(given: tuple[Runtime, str]) -> None:
    runtime, who = given
    number = runtime.worlds.last().tags.codes.index(LATENT)
    assert number in acting(runtime, who)
    for scope in ("holdings", "latent_tags"):
        answer(runtime, who, scope, granted=False)
        assert number not in acting(runtime, who)
        answer(runtime, who, scope, granted=True)
        assert number in acting(runtime, who)


def acting(runtime: Runtime, who: str) -> list[int]:
    """The tags that a shelf of the customer reads."""
    now_us = runtime.clock.now_us()
    moment = Moment(now_us, runtime.calendar.day(now_us), runtime.calendar.year(now_us))
    _, row = runtime.store.read(who, personal=True)
    facts = build_facts(Asked(who, Query(), moment, 0, held_out=False), row, runtime.worlds.last())
    assert facts.past is not None
    tags: list[int] = facts.past.tags["tag"].tolist()
    return tags


def test_latent_tags_are_measured_on_what_follows_them(given: tuple[Runtime, str]) -> None:
    runtime, _ = given
    number = runtime.worlds.last().tags.codes.index(LATENT)
    measured = {
        row["tag_no"]: row for row in measure_tags(runtime, runtime.clock.now_us()).rows if row["stage"] == "all"
    }
    assert (measured[number]["n"], measured[number]["followed"]) == (0.0, 0)
    assert measured[number]["tagged"] >= 1


def test_a_tag_whose_zone_nobody_knows_stops_nothing(runtime: Runtime) -> None:
    typo = {"tag": "zone.typo", "kind": "preference", "zone": "nowhere", "polarity": 1}
    runtime.store.put_tag_definitions([typo], runtime.clock.now_us())
    (who,) = agreeing(runtime)
    buy(runtime, who, (10, 60, 100, 130))
    assert GIVEN in made(infer_tags(runtime), who)
    assert "latent.zone.typo" not in runtime.worlds.last().tags.codes
