"""A preview says what would be served under another policy, for everybody of a bank, and leaves nothing behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel

from service.clock import iso
from service.pipeline.outcome import outcome
from service.policies.candidate import unsaved, world_under
from service.policies.effects import Effects
from service.policies.life import Draft, PolicyLife
from service.policies.preview import Preview, PreviewAsked, compared
from service.policies.whom import Whom
from service.progress import silent
from service.runtime import Runtime
from service.stores._policies import Act
from shelf_rules.facts import Query
from tests.integration.previewing import CANDIDATE, STRANGERS, ask, everybody, stop_clock
from tests.sample_bank import SampleBank, Service, cards, load_rows, public_cards, serving

DAY_US = 86_400_000_000


def publish(service: Service, document: dict[str, Any]) -> None:
    """Put a document in force as the next version."""
    runtime = service.runtime
    life, act = PolicyLife(runtime.store), Act("mei", runtime.clock.now_us())
    kept = life.draft(act, "default", Draft(document))
    life.submit(act, kept.name, kept.version)
    life.judge(Act("lin", act.at_us), kept.name, kept.version, "approve")
    life.publish(act, kept.name, kept.version)
    runtime.worlds.refresh(runtime.store.versions())


def decided(runtime: Runtime, ids: list[str], document: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each customer with the outcomes in force and under the document, as they would be logged."""
    world = runtime.worlds.last()
    other = world_under(world, unsaved(runtime.store, document))
    asked = PreviewAsked(Whom(tuple(ids)), Query(), runtime.clock.now_us())
    made = Preview(world, other, asked, Effects(str), Effects(str))
    for one in compared(runtime, made, silent):
        both = (outcome(each, world.catalogue) for each in (one.before, one.after))
        before, after = (orjson.loads(orjson.dumps(each)) for each in both)
        yield one.customer_id, before, after


def served(service: Service, ids: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is served and what is logged of it, by customer."""
    shelves: list[dict[str, Any]] = []
    for start in range(0, len(ids), 100):
        body = {"customers": ids[start : start + 100]}
        answer = service.client.post("/v1/shelves", json=body, headers=service.as_service)
        shelves += answer.json()["shelves"]
    service.runtime.decisions.flush()
    logged = [service.runtime.store.decision(shelf["decision_id"]) for shelf in shelves]
    outcomes = [orjson.loads(one.document)["outcome"] for one in logged if one is not None]
    return dict(zip(ids, shelves, strict=True)), dict(zip(ids, outcomes, strict=True))


def shown(shelf: dict[str, Any]) -> set[tuple[Any, ...]]:
    """The cards of a served shelf, as a preview tells them."""
    return {
        (
            *(card["tier"] or "public", card["slot"], card["product_id"], card["title"], card["reason"]["code"]),
            card["task"]["task_id"] if card["task"] else None,
        )
        for card in [*cards(shelf), *public_cards(shelf)]
    }


def foretold(told: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """The same of a side of a preview."""
    names = ("tier", "slot", "product_id", "title", "reason", "task")
    return {tuple(card[name] for name in names) for card in told}


@pytest.mark.slow
def test_what_is_previewed_of_a_thousand_is_then_served_to_all_of_them(sample_bank: SampleBank, tmp_path: Path) -> None:
    with serving(sample_bank.copy(tmp_path / "bank").settings()) as service:
        stop_clock(service)
        ids = [*service.runtime.store.customer_ids(limit=1_000 - len(STRANGERS)), *STRANGERS]
        in_force = served(service, ids)[1]
        expected = {who: (before, after) for who, before, after in decided(service.runtime, ids, CANDIDATE)}
        assert in_force == {who: before for who, (before, _) in expected.items()}
        apart = ask(service, {"policy": CANDIDATE, "customers": ids[-200:]})
        publish(service, CANDIDATE)
        shelves, logged = served(service, ids)
        assert logged == {who: after for who, (_, after) in expected.items()}
        for shelf in apart["shelves"]:
            assert foretold(shelf["after"]) == shown(shelves[shelf["customer_id"]])
        assert {shelf["versions"]["policy"] for shelf in shelves.values()} == {"default@2"}
        assert {shelf["mode"] for shelf in shelves.values()} == {"personal", "nonpersonal", "holdout"}
        assert apart["customers"] == 200 < 2 * apart["changed"]


def test_a_preview_leaves_no_trace(service: Service) -> None:
    served(service, service.active(3))
    before = _traces(service)
    assert ask(service, {"policy": CANDIDATE, "sample": 100, "where": {"age": {"at_least": 20}}})["changed"] > 10
    assert _traces(service) == before
    assert min(before[0][name] for name in ("decisions", "row_versions", "policies")) > 0


def _traces(service: Service) -> tuple[dict[str, int], dict[str, str], list[str]]:
    """What a shelf leaves behind: rows, files, counts of shelves and copies of rows."""
    told = service.client.get("/metrics").text.splitlines()
    counted = [line for line in told if line.startswith(("huojia_shelves", "huojia_withheld", "huojia_row_copies"))]
    assert counted
    return _rows(service.runtime), _files(service.runtime.settings.folder), counted


def _rows(runtime: Runtime) -> dict[str, int]:
    """How many rows every table has."""
    with runtime.store.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
        }


def _files(folder: Path) -> dict[str, str]:
    """Every file but those of the database and what a living service writes of itself: the last good world."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("huojia.db")]
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.parent.name != "last_good"
    }


def test_figures_add_up_over_the_shelves_they_are_of(previewed: Service) -> None:
    told = ask(previewed, {"policy": CANDIDATE, "customers": everybody(previewed)})
    shelves, whole = told["shelves"], told["aggregate"]
    assert whole["customers"] == told["customers"] == len(shelves) == len(everybody(previewed))
    assert whole["changed"] == told["changed"] == sum(shelf["changed"] for shelf in shelves)
    assert told["changed_by_policy"] == sum(shelf["changed_by_policy"] for shelf in shelves)
    for row in whole["products"]:
        sides = [
            sum(row["product_id"] in {card["product_id"] for card in shelf[side]} for shelf in shelves)
            for side in ("before", "after")
        ]
        assert [row["before"], row["after"]] == sides
        assert row["after"] - row["before"] == row["gained"] - row["lost"]
    for row in whole["tiers"]:
        assert row["after"] - row["before"] == row["gained"] - row["lost"]
    fired = sum("no_funds" in shelf["rules"]["after"] for shelf in shelves)
    assert {"rule": "no_funds", "before": 0, "after": fired} in whole["rules"]
    withheld = {row["code"]: row["after"] for row in whole["withheld"]}
    assert withheld["policy_rule"] == sum(
        shelf["withheld"].get("policy_rule", {"after": 0})["after"] for shelf in shelves
    )


def test_a_card_that_a_rule_withholds_is_said_to_be_withheld(previewed: Service) -> None:
    told = ask(previewed, {"policy": {"rules": CANDIDATE["rules"][:1]}, "customers": everybody(previewed)})
    lost = [(shelf, card) for shelf in told["shelves"] for card in shelf["lost"] if shelf["changed_by_policy"]]
    withheld = [shelf for shelf, card in lost if card["withheld_by"] == "policy_rule"]
    assert withheld
    assert all(
        "no_funds" in shelf["rules"]["after"] and shelf["withheld_by"]["no_funds"]["after"] for shelf in withheld
    )


def test_a_policy_without_a_difference_changes_nothing_but_the_draw(previewed: Service) -> None:
    ids = everybody(previewed)
    told = ask(previewed, {"policy": {}, "customers": ids})
    assert told["changed_by_policy"] == told["aggregate_by_policy"]["changed"] == 0
    assert told["changed"] > 0
    again = ask(previewed, {"customers": ids}, "/v1/policies/default/versions/1/preview")
    assert again["changed"] == 0
    assert [shelf["before"] for shelf in told["shelves"]] == [shelf["after"] for shelf in again["shelves"]]


def test_customers_are_told_once_in_their_order_strangers_too(previewed: Service) -> None:
    known = previewed.active(3)
    told = ask(previewed, {"policy": {}, "customers": [known[1], *STRANGERS, known[0], known[1]]})
    assert [shelf["customer_id"] for shelf in told["shelves"]] == [known[1], *STRANGERS, known[0]]
    assert told["customers"] == 4
    assert told["shelves"][1]["mode"] == {"before": "nonpersonal", "after": "nonpersonal"}


def test_fewer_shelves_are_those_that_change(previewed: Service) -> None:
    told = ask(previewed, {"policy": CANDIDATE, "sample": 60, "shelves": 5})
    assert told["customers"] == 60
    assert [shelf["changed"] for shelf in told["shelves"]] == [True] * 5
    assert ask(previewed, {"policy": CANDIDATE, "sample": 5, "shelves": 0})["shelves"] == []


def test_a_sample_is_the_banks_own_the_same_for_a_seed(previewed: Service) -> None:
    def drawn(size: int, seed: int) -> list[str]:
        body = {"sample": size, "seed": seed}
        shelves = ask(previewed, body, "/v1/policies/default/versions/1/preview")["shelves"]
        return [shelf["customer_id"] for shelf in shelves]

    first = drawn(20, 1)
    assert first == drawn(20, 1)
    assert set(first) != set(drawn(20, 2))
    assert sorted(drawn(5_000, 0)) == previewed.runtime.store.customer_ids()


def test_a_condition_narrows_whom_a_preview_is_of(previewed: Service) -> None:
    rules = {"rules": [{"name": "old", "when": {"age": {"at_least": 60}}, "then": {"tasks": False}}]}
    told = ask(previewed, {"policy": rules, "customers": everybody(previewed)})
    old = {shelf["customer_id"] for shelf in told["shelves"] if shelf["rules"]["after"]}
    where = {"age": {"at_least": 60}}
    narrowed = ask(previewed, {"policy": rules, "sample": 5_000, "where": where})
    assert {shelf["customer_id"] for shelf in narrowed["shelves"]} == old
    assert narrowed["looked_at"] == told["customers"] - len(STRANGERS)
    few = ask(previewed, {"policy": rules, "sample": 3, "where": where})
    assert few["customers"] == 3
    assert {shelf["customer_id"] for shelf in few["shelves"]} < old


def test_a_condition_that_nobody_meets_leaves_an_empty_preview(previewed: Service) -> None:
    told = ask(previewed, {"policy": CANDIDATE, "sample": 50, "where": {"age": {"at_least": 150}}})
    assert (told["customers"], told["changed"], told["shelves"]) == (0, 0, [])
    assert told["aggregate"]["products"] == []


def test_a_rule_of_a_later_day_acts_as_of_that_day(previewed: Service) -> None:
    now_us = previewed.runtime.clock.now_us()
    rule = {"name": "later", "from": iso(now_us + DAY_US), "then": {"tasks": False}}
    body = {"policy": {"rules": [rule]}, "customers": previewed.active(5)}
    assert ask(previewed, body)["aggregate"]["rules"] == []
    then = ask(previewed, {**body, "as_of": iso(now_us + 2 * DAY_US)})
    assert then["aggregate"]["rules"] == [{"rule": "later", "before": 0, "after": 5}]
    assert then["as_of"] == iso(now_us + 2 * DAY_US)
    assert ask(previewed, {**body, "as_of": iso(now_us - 30 * DAY_US)})["changed_by_policy"] == 0


def test_a_placement_has_its_own_preview(previewed: Service) -> None:
    ids = previewed.active(20)
    told = ask(previewed, {"policy": {}, "customers": ids, "placement": "wallet", "channel": "in_app"})
    assert told["query"] == {"channel": "in_app", "placement": "wallet", "scene": None}
    assert max(sum(card["tier"] != "public" for card in shelf["before"]) for shelf in told["shelves"]) <= 3


def test_what_is_previewed_on_postgresql_is_served_there(
    small_bank: SampleBank, tmp_path: Path, postgres_url: str
) -> None:
    bank = load_rows(SampleBank(small_bank.source, tmp_path / "bank"), database_url=postgres_url)
    with serving(bank.settings(database_url=postgres_url)) as service:
        stop_clock(service)
        ids = everybody(service)[-60:]
        expected = {who: after for who, _, after in decided(service.runtime, ids, CANDIDATE)}
        told = ask(service, {"policy": CANDIDATE, "customers": ids})
        publish(service, CANDIDATE)
        shelves, logged = served(service, ids)
        assert logged == expected
        assert [foretold(shelf["after"]) for shelf in told["shelves"]] == [shown(shelves[who]) for who in ids]
