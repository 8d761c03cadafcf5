"""What is told of a rule: the shelves on which it acted, what it withheld, and its card beside the others."""

from __future__ import annotations

import pytest

from service.reports.run import Asked, View, run
from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts


def with_pin(telling: Telling, who: str, **fields: object) -> dict[str, object]:
    """A shelf on which `front` pins the product 0 in tier transferable."""
    shelf = telling.shelf(who, 9, ("transferable", 0), ("transferable", 3), ("public", 4), rules=["front"], **fields)
    shelf["cards"][0]["featured"] = True
    return shelf


@pytest.mark.usefixtures("all_told")
def test_a_rule_that_acted_is_told_of_all_personal_shelves_and_what_it_withheld_of_those_on_which_it_acted(
    fillable: Runtime,
) -> None:
    telling = Telling(fillable)
    telling.shelf("a", 9, ("fixed", 0), rules=["less", "calm"], withheld_by={"less": 3, "placement.wallet": 7})
    telling.shelf("a", 8, ("fixed", 0), rules=["less"], withheld_by={"less": 1})
    telling.shelf("b", 8, ("fixed", 0))
    telling.shelf("b", 7, ("public", 0), mode="nonpersonal", rules=["less"], withheld_by={"less": 5}, tiers=None)
    telling.shelf("b", 100, ("fixed", 0), rules=["idle"])
    told = telling.told("rules")
    assert counts(told["rule_acted less"]) == (2, 3)
    assert counts(told["rule_acted calm"]) == (1, 3)
    assert counts(told["rule_withheld less"]) == (4, 2)
    assert told.keys() == {"rule_acted less", "rule_acted calm", "rule_withheld less"}


@pytest.mark.usefixtures("all_told")
def test_the_pinned_card_is_told_beside_the_cards_of_its_shelves_that_no_rule_featured(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for who in "abc":
        shelf = with_pin(telling, who)
        telling.on_card(shelf, "impression", 9, place=1)
        if who == "a":
            telling.on_card(shelf, "click", 9, place=0)
    telling.shelf("d", 9, ("transferable", 3), rules=["front"])  # the gate has kept the pinned product out
    told = telling.told("rules")
    assert counts(told["pin_placed front"]) == (3, 4)
    assert counts(told["pin_seen front"]) == (1, 3)
    assert counts(told["pin_clicked front"]) == (1, 1)
    assert counts(told["beside_seen front"]) == (3, 6)
    assert counts(told["beside_clicked front"]) == (0, 3)


@pytest.mark.usefixtures("all_told")
def test_a_featured_card_that_the_version_of_then_did_not_pin_is_another_rules(fillable: Runtime) -> None:
    telling = Telling(fillable)
    with_pin(telling, "a", policy="reported@2")  # it pins the product 1 in the public zone
    told = telling.told("rules")
    assert counts(told["pin_placed front"]) == (0, 1)
    assert counts(told["pin_seen front"]) == counts(told["beside_seen front"]) == (0, 0)


def test_a_rule_that_acted_for_fewer_than_ten_customers_is_not_told(fillable: Runtime) -> None:
    telling = Telling(fillable)
    for number in range(24):
        rules = ["less"] * (number < 9) + ["calm"] * (number < 10)
        telling.shelf(f"c{number:02}", 9, ("fixed", 0), rules=rules)
    told = telling.told("rules")
    assert told["rule_acted less"].reason == "few_customers"
    assert counts(told["rule_acted calm"]) == (10, 24)


def test_days_on_which_no_rule_acted_tell_of_none(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.shelf("a", 9, ("fixed", 0), rules=["less"])
    telling.told("rules")
    until = telling.history.today - 20
    assert run(fillable, [View("rules")], Asked(until - 10, until)).views == {View("rules"): []}
