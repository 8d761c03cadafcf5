"""The gate counts a product under the first rule that withholds it, whatever the rules say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules import gate as gate_module
from shelf_rules.catalogue import Bools
from shelf_rules.gate import AT_ARRANGEMENT, BUSINESS, BY_TIER, LAW, PASSED, gate, gate_before_tiers
from shelf_rules.policy import Policy
from shelf_rules.rule import CODES
from shelf_rules.situation import Situation
from tests.factories import make_catalogue, make_product, make_situation

SHELF = make_catalogue(*[make_product(f"p{number}") for number in range(6)])

masks = st.fixed_dictionaries(
    {code: st.lists(st.booleans(), min_size=len(SHELF), max_size=len(SHELF)) for code in CODES}
)
orders = st.lists(st.sampled_from([*BUSINESS, "off_shelf", "unheard_of"]), max_size=8).map(tuple)


def _saying(mask: list[bool]) -> Callable[[Situation], Bools]:
    return lambda situation: np.array(mask, dtype=np.bool_) if any(mask) else situation.catalogue.no_rows


def _first(said: dict[str, list[bool]], order: list[str], row: int) -> int:
    return next((CODES.index(code) for code in order if said[code][row]), PASSED)


@given(said=masks, named=orders)
def test_a_product_counts_under_the_first_rule_of_law_then_of_the_policy(
    said: dict[str, list[bool]], named: tuple[str, ...]
) -> None:
    situation = make_situation(catalogue=SHELF, policy=replace(Policy(), eligibility=named))
    order = [code for code in CODES if code in LAW] + [code for code in named if code in BUSINESS]
    order = [code for code in order if code not in AT_ARRANGEMENT]
    before = [code for code in order if code not in BY_TIER]
    law = {code: _saying(said[code]) for code in LAW}
    business = {code: _saying(said[code]) for code in BUSINESS}
    with patch.dict(gate_module.LAW, law), patch.dict(gate_module.BUSINESS, business):
        early = gate_before_tiers(situation)
        assert early.tolist() == [_first(said, before, row) for row in range(len(SHELF))]
        assert gate(situation).tolist() == [_first(said, order, row) for row in range(len(SHELF))]
        assert gate(situation, before=early).tolist() == gate(situation).tolist()
