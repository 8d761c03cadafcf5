"""A rule of the policy in force is told wherever a rule is told: explained, counted, logged, reported."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from service.commands.customers import show_shelf
from service.policies.life import PolicyLife
from service.rules import policy_record
from service.stores import tables
from service.stores._upsert import table
from tests.sample_bank import Service, cards

PLACE = {"slots": 6, "quotas": {"fixed": 1, "migratable": 1, "transferable": 1}, "select": {"zones": ["pay"]}}


def publish(service: Service, version: int, rules: list[dict[str, Any]]) -> None:
    """Put a policy of these rules in force."""
    runtime = service.runtime
    record = policy_record({"rules": rules, "placements": {"till": PLACE}}, "default", version)
    PolicyLife(runtime.store).enact("tests", record, runtime.clock.now_us())
    runtime.worlds.follow(runtime.store.versions())


def rules_for(shelf: dict[str, Any]) -> list[dict[str, Any]]:
    """A rule that pins the last card of a shelf as the first one, two that withhold others, one that is idle."""
    *others, pinned = [card["product_id"] for card in cards(shelf) if card["tier"] == "transferable"]
    return [
        {"name": "front", "then": {"pin": {"product": pinned, "tier": "transferable", "slot": 1}}},
        {"name": "less", "then": {"withhold": {"products": others[:2]}}},
        {"name": "lesser", "then": {"withhold": {"products": others[1:3]}}},
        {"name": "branch", "when": {"channel": ["branch"]}, "then": {"withhold": {"products": others}}},
    ]


@pytest.fixture
def ruled(service: Service) -> Service:
    """A service in which such rules are in force."""
    publish(service, 2, rules_for(service.shelf(service.active(1)[0])))
    return service


def shelves_of(service: Service) -> list[dict[str, Any]]:
    everybody = service.runtime.store.customer_ids()[:100]
    answer = service.client.post(
        "/v1/shelves", headers=service.as_service, json={"customers": everybody, "explain": True}
    )
    shelves: list[dict[str, Any]] = answer.json()["shelves"]
    return shelves


def counted(service: Service) -> dict[str, float]:
    lines = service.client.get("/metrics").text.splitlines()
    found = [line for line in lines if line.startswith("huojia_rule_shelves_total{")]
    return {line.split('"')[1]: float(line.rsplit(" ", 1)[1]) for line in found}


def test_an_explained_shelf_has_the_segments_the_rules_that_acted_and_by_which_a_product_is_withheld(
    ruled: Service,
) -> None:
    shelf = ruled.shelf(ruled.active(1)[0], explain="true")
    explained, withheld = shelf["explain"], ruled.runtime.worlds.last().policy.rules[1].then.withhold
    assert withheld is not None
    assert explained["rules"] == ["front", "less", "lesser"]
    assert explained["segments"]
    assert explained["withheld_by"] == {"less": 2, "lesser": 1}
    assert {product for product, rule in explained["withheld_rules"].items() if rule == "less"} == {*withheld.products}
    of_rules = {product for product, code in explained["withheld"].items() if code == "policy_rule"}
    assert explained["withheld_rules"].keys() == of_rules


def test_what_a_placement_has_no_place_for_is_told_as_withheld_by_the_placement(ruled: Service) -> None:
    shelf = ruled.shelf(ruled.active(1)[0], explain="true", placement="till")
    assert shelf["explain"]["withheld_by"]["placement.till"] > 0
    assert "placement.till" in shelf["explain"]["withheld_rules"].values()


def test_the_terminal_tells_the_same(ruled: Service, capfd: pytest.CaptureFixture[str]) -> None:
    customer_id = ruled.active(1)[0]
    explained = ruled.shelf(customer_id, explain="true")["explain"]
    capfd.readouterr()
    show_shelf(ruled.runtime.settings, (customer_id, "", "en"), explain=True, as_json=False)
    lines = capfd.readouterr().out.splitlines()
    assert f"value segments, the primary first: {', '.join(explained['segments'])}" in lines
    told = [line.split() for line in lines]
    assert ["less", "2"] in told
    assert ["front"] in told
    assert all([product, "policy_rule", rule] in told for product, rule in explained["withheld_rules"].items())


def test_shelves_are_counted_by_rule_until_the_rule_leaves_the_policy(ruled: Service) -> None:
    shelves = shelves_of(ruled)
    acted = Counter(rule for shelf in shelves for rule in shelf["explain"]["rules"])
    assert counted(ruled) == {"front": len(shelves), "less": len(shelves), "lesser": len(shelves), "branch": 0}
    assert acted == {"front": len(shelves), "less": len(shelves), "lesser": len(shelves)}
    publish(ruled, 3, [{"name": "less", "then": {"tasks": False}}])
    shelves_of(ruled)
    assert counted(ruled) == {"less": 2 * len(shelves)}


def test_the_report_says_what_the_log_says_of_every_rule_and_segment(service: Service) -> None:
    before = shelves_of(service)
    publish(service, 2, rules_for(max(before, key=lambda shelf: len(cards(shelf)))))
    shelves_of(service)
    service.runtime.decisions.flush()
    log = table(tables.Decisions)
    with service.runtime.store.connect() as connection:
        logged = [orjson.loads(one) for one in connection.execute(select(log.c.document)).scalars()]
    personal = [one["outcome"] for one in logged if one["outcome"]["mode"] == "personal"]
    acted = [one for one in personal if "less" in one["rules"]]
    answer = service.client.get("/v1/reports/rules", headers=service.as_service)
    assert answer.status_code == 200, answer.text
    told = {(one["name"], one["group"]["rule"]): one for one in answer.json()["metrics"]}
    assert {rule for _, rule in told} == {"front", "less", "lesser"}
    less, withheld = told["rule_acted", "less"], told["rule_withheld", "less"]
    assert (less["numerator"], less["denominator"]) == (len(acted), len(personal))
    assert withheld["numerator"] == sum(one["withheld_by"]["less"] for one in acted)
    standing = [one for one in acted if any(slot["reason"] == "featured" for slot in one["slots"])]
    seen = told["pin_seen", "front"]  # nobody has said so
    assert (seen["numerator"], seen["denominator"]) == (0, len(standing))
    by_segment = service.client.get("/v1/reports/funnel?by=segment", headers=service.as_service).json()
    served = {one["group"]["segment"]: one for one in by_segment["metrics"] if one["name"] == "seen_rate"}
    wanted = Counter(segment for one in personal for segment in one["segments"][:1] for _ in one["slots"])
    named = {name: one for name, one in served.items() if name not in {"none", "unknown"} and one["reason"] is None}
    assert wanted.keys() <= served.keys()
    assert {name: one["denominator"] for name, one in named.items()} == {name: wanted[name] for name in named}
    assert sum(one["denominator"] > 0 for one in named.values()) >= 2


def test_a_customer_reads_of_a_pinned_card_that_the_bank_placed_it_there(ruled: Service) -> None:
    shelf, pin = ruled.shelf(ruled.active(1)[0], lang="en"), ruled.runtime.worlds.last().policy.rules[0].then.pin
    (first,) = [card for card in cards(shelf) if card["reason"]["code"] == "featured"]
    assert pin is not None
    assert (first["product_id"], first["slot"]) == (pin.product, 1)
    assert first["reason"]["text"] == "Placed here by the bank"
