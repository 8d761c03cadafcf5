"""What a slate admits card by card is what the rules of the same law withhold for the whole catalogue."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules.arrangement.loan_separation import loan_separation
from shelf_rules.arrangement.near_duplicates import near_duplicates
from shelf_rules.eligibility.duplicate_of import duplicate_of
from shelf_rules.policy import ELIGIBILITY, Policy
from shelf_rules.slate import Slate
from shelf_rules.suitability.loan_invest_separation import loan_invest_separation
from tests.factories import make_product, make_regime, make_situation

CODES = ("loan.consumer", "loan.cash_line", "fund.bond", "cash.mmf", "deposit.term", "card.credit")
products = st.lists(
    st.tuples(
        st.sampled_from(CODES),
        st.sampled_from([None, "life", "credit"]),
        st.sampled_from([None, "s", "t"]),
        st.sampled_from([None, "bank"]),
    ),
    min_size=1,
    max_size=12,
).map(
    lambda rows: [
        make_product(f"p{place}", code, zone=zone, series_id=series, issuer=issuer, risk_issuer=2)
        for place, (code, zone, series, issuer) in enumerate(rows)
    ]
)


def _slate(data: st.DataObject, **fields: Any) -> tuple[Slate, np.ndarray]:
    drawn = data.draw(products)
    slate = Slate(make_situation(*drawn, **fields), len(drawn))
    placed = data.draw(st.lists(st.integers(0, len(drawn) - 1), unique=True))
    for row in placed:
        slate.place(row, "fixed")
    return slate, np.array(placed, dtype=np.int64)


@given(st.data(), st.booleans())
def test_a_loan_is_kept_apart_where_the_rule_of_the_law_withholds_it(data: st.DataObject, separated: bool) -> None:
    slate, placed = _slate(data, regime=make_regime(loan_invest_separation=separated))
    withheld = loan_invest_separation(slate.situation, placed)
    admitted = [loan_separation(slate, slate.card(row), "fixed") for row in range(len(withheld))]
    assert admitted == (~withheld).tolist()


@given(st.data())
def test_a_card_is_a_near_duplicate_where_the_rule_withholds_it(data: st.DataObject) -> None:
    slate, placed = _slate(data, policy=Policy(eligibility=ELIGIBILITY))
    withheld = duplicate_of(slate.situation, placed)
    withheld[placed] = True
    admitted = [near_duplicates(slate, slate.card(row), "fixed") for row in range(len(withheld))]
    assert admitted == (~withheld).tolist()
