from __future__ import annotations

import pytest

from shelf_rules.suitability.affordability import affordability
from tests.factories import make_catalogue, make_evidence, make_product, make_situation, withheld

PRODUCTS = [make_product("unknown")] + [make_product(f"{amount}", min_amount=amount) for amount in (0, 1, 100, 101)]


@pytest.mark.parametrize(
    ("ability", "beyond"),
    [
        (None, []),
        (float("nan"), []),
        (-5.0, ["1", "100", "101"]),
        (0.0, ["1", "100", "101"]),
        (0.5, ["1", "100", "101"]),
        (99.9, ["100", "101"]),
        (100.0, ["101"]),
        (101.0, []),
    ],
)
def test_the_smallest_amount_is_within_the_ability_to_pay(ability: float | None, beyond: list[str]) -> None:
    catalogue = make_catalogue(*PRODUCTS)
    situation = make_situation(catalogue=catalogue, evidence=make_evidence(catalogue, ability=ability))
    assert withheld(affordability(situation), situation) == beyond


def test_without_evidence_nothing_is_known_and_nothing_fails() -> None:
    situation = make_situation(*PRODUCTS, mode="nonpersonal")
    assert withheld(affordability(situation), situation) == []
