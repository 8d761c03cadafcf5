from __future__ import annotations

import itertools
from typing import Any

import msgspec

from service.policies.comparison import Aggregate, Difference, Move, Place, category_finder, compare
from tests.factories import make_catalogue, make_product

CATEGORY = {"F1": "fund_bond", "F2": "fund_bond", "W1": "wealth_open"}


def card(product: str, tier: str = "fixed", slot: int = 1, **other: Any) -> dict[str, Any]:
    return {
        "product_id": product,
        "tier": tier,
        "slot": slot,
        "reason": "popular",
        "badge": None,
        "task": None,
        **other,
    }


def shelf(*cards: dict[str, Any], **other: Any) -> dict[str, Any]:
    whole = {"mode": "personal", "stage": "value", "overlay": None, "assessment": False}
    return {**whole, "withheld": {}, "withheld_by": {}, "slots": list(cards), **other}


def other(before: dict[str, Any], after: dict[str, Any]) -> Difference:
    return compare(before, after, lambda product: CATEGORY.get(product, ""))


def test_two_equal_outcomes_do_not_differ_whatever_their_scores() -> None:
    assert other(shelf(card("F1", score=0.5)), shelf(card("F1", score=0.6))) == Difference()


def test_a_card_that_comes_and_one_that_goes_are_told_with_their_places() -> None:
    found = other(shelf(card("F1")), shelf(card("W1", "transferable", 2)))
    assert found.gained == (Place("W1", "wealth_open", "transferable", 2),)
    assert found.lost == (Place("F1", "fund_bond", "fixed", 1),)
    assert found.changed


def test_a_card_in_another_tier_or_slot_has_moved_and_is_neither_gained_nor_lost() -> None:
    before = shelf(card("F1"), card("F2", slot=2), card("W1", "public"))
    after = shelf(card("F1", slot=2), card("F2"), card("W1", "migratable"))
    found = other(before, after)
    assert {(move.product_id, move.tier, move.to_tier) for move in found.moved} == {
        ("F1", "fixed", "fixed"),
        ("F2", "fixed", "fixed"),
        ("W1", "public", "migratable"),
    }
    assert not found.gained
    assert not found.lost
    assert found.moved[0] == Move("F1", "fund_bond", "fixed", 1, "fixed", 2)


def test_another_reason_badge_or_state_of_the_shelf_is_a_change() -> None:
    assert other(shelf(card("F1")), shelf(card("F1", reason="held"))).restated == ("F1",)
    assert other(shelf(card("F1")), shelf(card("F1", badge="new"))).restated == ("F1",)
    assert other(shelf(), shelf(stage="cultivation", assessment=True)).whole == ("stage", "assessment")
    assert other(shelf(), shelf(stage="cultivation")).changed


def test_a_task_that_goes_to_another_card_is_a_change_though_none_is_gained_or_lost() -> None:
    task = {"task_id": "learn.fund_bond@1"}
    before, after = shelf(card("F1", task=task), card("F2", slot=2)), shelf(card("F1"), card("F2", slot=2, task=task))
    found = other(before, after)
    assert found == Difference(changed=True)
    assert other(before, shelf(card("F1"), card("F2", slot=2))).tasks_lost == ("learn.fund_bond@1",)


def test_what_is_withheld_otherwise_is_told_and_no_change_that_the_customer_sees() -> None:
    before = shelf(withheld={"already_held": 2, "region": 1}, withheld_by={"no_loans": 1})
    after = shelf(withheld={"already_held": 5, "policy_rule": 1, "region": 1})
    found = other(before, after)
    assert found.withheld == {"already_held": 3, "policy_rule": 1}
    assert found.withheld_by == {"no_loans": -1}
    assert not found.changed


def test_a_difference_is_read_back_as_it_was_written() -> None:
    found = other(shelf(card("F1"), withheld={"region": 1}), shelf(card("W1", "migratable")))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Difference) == found
    assert msgspec.json.encode(Difference()) == b"{}"


def _differences() -> list[Difference]:
    task = {"task_id": "learn.fund_bond@1"}
    first = shelf(card("F1"), card("F2", slot=2, task=task), withheld={"region": 2})
    second = shelf(card("F2"), card("W1", "migratable"), withheld={"region": 1})
    third = shelf(card("F1", "public"), stage="cultivation")
    return [other(first, second), other(second, third), other(first, first), other(third, first)]


def test_the_sums_do_not_hang_on_the_order() -> None:
    documents = []
    for order in itertools.permutations(_differences()):
        aggregate = Aggregate()
        for difference in order:
            aggregate.add(difference)
        documents.append(aggregate.document())
    assert all(document == documents[0] for document in documents)


def test_the_sums_are_those_of_the_single_differences() -> None:
    aggregate, differences = Aggregate(), _differences()
    for difference in differences:
        aggregate.add(difference)
    told = aggregate.document()
    assert (told["compared"], told["changed"]) == (4, 3)
    for table in ("tiers", "categories", "products"):
        assert sum(row["gained"] for row in told[table]) == sum(len(one.gained) for one in differences)
        assert sum(row["lost"] for row in told[table]) == sum(len(one.lost) for one in differences)
    assert told["products"][0] == {"product_id": "F1", "gained": 1, "lost": 1}
    assert {"from": "public", "to": "fixed", "cards": 1} in told["moves"]
    assert told["withheld"] == [{"code": "region", "shelves": 3, "products": 0}]
    assert told["tasks"] == [{"task_id": "learn.fund_bond@1", "gained": 1, "lost": 1}]
    assert told["whole"] == {"stage": 2}
    assert told["reordered"] == 1


def test_the_category_of_a_product_is_that_of_the_catalogue() -> None:
    catalogue = make_catalogue(make_product(product_id="F1", category="deposit.term"))
    find = category_finder(catalogue)
    assert find("F1") == "deposit.term"
    assert find("gone") == ""
