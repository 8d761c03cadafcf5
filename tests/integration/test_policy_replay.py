"""A policy replayed on what a service logged: exact differences, values of drawn slots, refusals."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from service.api.replay import ROUTES
from service.clock import iso
from service.errors import Missing
from service.off_policy.policy_replay import PolicyReplay, PolicyReplayer, without_rule
from service.off_policy.request import ReplayRequest, replayed
from service.off_policy.window import Window, pick
from service.policies.candidate import unsaved
from service.progress import silent
from shelf_rules.policy import Policy
from tests.integration.test_policy_preview import publish
from tests.sample_bank import SampleBank, Service, cards, serving

CUSTOMERS = 120
RULES = [
    {"name": "never", "when": {"age": {"at_least": 119}}, "then": {"withhold": {"zones": ["fund"]}}},
    {"name": "no_funds", "when": {"age": {"at_least": 30}}, "then": {"withhold": {"zones": ["fund"]}}},
]
LIVE = {
    "rules": RULES,
    "arrangement": {
        "explore": {"transferable": {"slots": 1, "eps": 0.5}, "migratable": {"slots": 1, "eps": 0.5}},
        "explore_floor": 0.05,
    },
    "holdout_share": 0.0,
}


@pytest.fixture(scope="module")
def logged(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that explores two slots and has served everybody once, with a click on every card of some."""
    with serving(small_bank.copy(tmp_path_factory.mktemp("replayed") / "bank").settings()) as service:
        publish(service, LIVE)
        for number, customer_id in enumerate(service.active(CUSTOMERS)):
            shelf = service.shelf(customer_id)
            if number % 3 == 0 and cards(shelf):
                click(service, customer_id, shelf)
        service.runtime.decisions.flush()
        yield service


def click(service: Service, customer_id: str, shelf: dict[str, Any]) -> None:
    """Click every card of a shelf, twice."""
    now = iso(service.runtime.clock.now_us())
    events = [
        {"event_id": f"{again}-{card['product_id']}", "customer_id": customer_id, "kind": "click", "occurred_at": now,
         "tracking": card["tracking"], "session_id": "s"}
        for card in cards(shelf) for again in ("a", "b")
    ]  # fmt: skip
    assert {result["status"] for result in service.post(*events)} == {"accepted"}


def in_force(service: Service) -> Policy:
    return service.runtime.worlds.last().policy


def replay(service: Service, policy: Policy, sample: int = 10_000) -> PolicyReplay:
    runtime = service.runtime
    replayer = PolicyReplayer(runtime.store, runtime.replayer, runtime.keyed, policy)
    return replayer.replay(Window(sample), "click", silent)


def test_the_policy_that_logged_changes_nobody_and_is_worth_what_was_clicked(logged: Service) -> None:
    found = replay(logged, in_force(logged))
    told = found.document()
    assert told["compared"] > CUSTOMERS // 2
    assert (told["customers_changed"], told["differences"]["changed"]) == (0, 0)
    assert {place[0] for place in found.places} == {"migratable", "transferable"}
    for columns in found.places.values():
        rows = columns.rows()
        assert rows.weights == pytest.approx(1)
        assert rows.supported == pytest.approx(1)
        assert rows.chances is not None
        assert rows.chances.sum(axis=1) == pytest.approx(1)
    rewards = [reward for columns in found.places.values() for reward in columns.reward]
    assert 0.2 < sum(rewards) / len(rewards) < 0.5


def test_removing_a_rule_that_never_fired_changes_no_customer(logged: Service) -> None:
    told = replay(logged, without_rule(in_force(logged), "never")).document()
    assert told["compared"] > 0
    assert told["customers_changed"] == 0
    assert [row["rule"] for row in told["rules"]] == ["no_funds"]


def test_removing_a_rule_that_fired_changes_customers_and_says_how(logged: Service) -> None:
    told = replay(logged, without_rule(in_force(logged), "no_funds")).document()
    assert 0 < told["customers_changed"] <= told["customers"]
    (rule,) = told["rules"]
    assert (rule["rule"], rule["candidate"]) == ("no_funds", 0)
    assert rule["logged"] > 0
    (withheld,) = [row for row in told["differences"]["withheld_by_rule"] if row["rule"] == "no_funds"]
    assert withheld["products"] < 0
    with pytest.raises(Missing, match="no such rule"):
        without_rule(in_force(logged), "nobody")


def test_few_rows_are_refused_and_the_fixed_tier_always(logged: Service) -> None:
    rows = replay(logged, in_force(logged)).document()["value"]
    codes = {(row["tier"], row["slot"]): {reason["code"] for reason in row["refused"]} for row in rows}
    assert codes["fixed", None] == {"fixed_tier"}
    drawn = [row for row in rows if row["rows"]]
    assert {row["tier"] for row in drawn} == {"migratable", "transferable"}
    for row in drawn:
        assert "low_ess" in codes[row["tier"], row["slot"]]
        assert row["snips"] is row["dr"] is None


def test_a_tier_with_cards_enough_is_told_as_a_whole(logged: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.off_policy.refusal.MIN_ESS", 20.0)
    found = replay(logged, without_rule(in_force(logged), "never"))
    whole = next(row for row in found.document()["value"] if row["tier"] == "transferable")
    slots = {slot: columns for (tier, slot), columns in found.places.items() if tier == "transferable"}
    assert whole["slot"] is None or len(slots) == 1
    rewards = [reward for columns in slots.values() for reward in columns.reward]
    assert whole["rows"] == len(rewards)
    assert whole["snips"]["value"] == pytest.approx(sum(rewards) / len(rewards))
    assert whole["dr"]["low"] < whole["dr"]["value"] < whole["dr"]["high"]
    assert whole["lift"]["value"] == pytest.approx(0, abs=1e-12)


def test_a_candidate_without_chance_shows_the_logged_card_or_not(logged: Service) -> None:
    policy = in_force(logged)
    still = {tier: dataclasses.replace(asked, slots=0) for tier, asked in policy.arrangement.explore.items()}
    certain = dataclasses.replace(policy, arrangement=dataclasses.replace(policy.arrangement, explore=still))
    places = replay(logged, certain).places.values()
    assert {chance for columns in places for chance in columns.candidate} == {0.0, 1.0}


def test_a_product_with_another_task_is_a_card_that_the_log_never_drew(logged: Service) -> None:
    policy = in_force(logged)
    told = replay(logged, unsaved(logged.runtime.store, {"tasks": {"offered": False}}, base=2)).document()
    assert any(row["lost"] for row in told["differences"]["tasks"])
    drawn = [row for row in told["value"] if row["tier"] == "transferable" and row["rows"]]
    assert sum(row["other_task"] for row in drawn) > 0
    for row in drawn:
        assert row["snips"] is None
        if row["other_task"]:
            assert row["refused"][0]["code"] == "other_task"
            assert row["supported"] <= 1 - row["other_task"] / row["rows"] + 1e-9
    assert all(row.get("other_task", 0) == 0 for row in replay(logged, policy).document()["value"])


def test_a_log_without_chance_is_refused(logged: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    read = logged.runtime.store.decision

    def bare(decision_id: str) -> Any:
        record = read(decision_id)
        assert record is not None
        document = orjson.loads(record.document)
        for card in document["outcome"]["slots"]:
            card.pop("propensity")
        return dataclasses.replace(record, document=orjson.dumps(document))

    monkeypatch.setattr(logged.runtime.store, "decision", bare)
    told = replay(logged, in_force(logged)).document()
    assert told["compared"] == 0
    refused = {row["tier"]: row["refused"][0]["code"] for row in told["value"]}
    assert refused == {"fixed": "fixed_tier", "migratable": "no_propensity", "transferable": "no_propensity"}


def test_what_comes_out_otherwise_today_is_left_out_and_counted(
    logged: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = logged.runtime.store.decision

    def altered(decision_id: str) -> Any:
        record = read(decision_id)
        assert record is not None
        document = orjson.loads(record.document)
        document["seed"] += 1
        document["outcome"]["relaxed"] = ["nothing"]
        return dataclasses.replace(record, document=orjson.dumps(document))

    monkeypatch.setattr(logged.runtime.store, "decision", altered)
    found = replay(logged, in_force(logged))
    assert (found.compared, set(found.skipped) - {"not_personal"}) == (0, {"not_identical"})


def test_a_sample_is_a_part_of_every_larger_one_and_keeps_to_its_days(logged: Service) -> None:
    store, now_us = logged.runtime.store, logged.runtime.clock.now_us()
    few, more = pick(store, Window(10)), pick(store, Window(30))
    assert set(few.ids) < set(more.ids)
    assert (len(few.ids), len(more.ids), few.there) == (10, 30, more.there)
    assert pick(store, Window(30, until_us=now_us - 3_600_000_000)).there == 0
    assert pick(store, Window(30, since_us=now_us - 3_600_000_000)).there == few.there
    assert pick(store, Window(30, since_us=now_us + 3_600_000_000)).ids == []


def test_the_report_names_what_was_asked(logged: Service) -> None:
    request = ReplayRequest.of(in_force(logged), "never", Window(20), "click")
    told = replayed(logged.runtime, request, silent)
    assert told["policy"] == "default@2 without never"
    assert told["compared"] + sum(told["skipped"].values()) == 20
    assert {route.path for route in ROUTES} == {"/v1/replay"}
    assert orjson.loads(orjson.dumps(told)) == told


def test_an_unsaved_document_is_replayed_like_a_version(logged: Service) -> None:
    policy = unsaved(logged.runtime.store, {"arrangement": {"category_cap": 1}}, base=2)
    assert replay(logged, policy, 40).document()["customers_changed"] > 0
