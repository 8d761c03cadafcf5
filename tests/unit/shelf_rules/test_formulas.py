from __future__ import annotations

import numpy as np
import pytest

from shelf_rules import formulas
from shelf_rules.policy import FixedPolicy, IntentPolicy


def test_equals_share_the_middle_of_their_ranks() -> None:
    values = np.array([3.0, 1.0, 3.0, 3.0, 0.0])
    assert formulas.mid_rank(values, values).tolist() == [0.75, 0.25, 0.75, 0.75, 0.0]


def test_one_alone_stands_in_the_middle() -> None:
    assert formulas.mid_rank(np.array([7.0]), np.array([7.0])).tolist() == [0.5]


def test_rounding_keeps_what_is_unknown() -> None:
    assert formulas.rounded(np.array([0.1234567894, np.nan, np.inf])) == pytest.approx(
        [0.123456789, np.nan, np.inf], nan_ok=True
    )


def test_repeats_ahead_of_the_day_do_not_count() -> None:
    assert formulas.effective_repeats([(5, 0, 1), (11, 0, 1)], t=10, half_life=5) == pytest.approx(0.5)


def test_spells_that_begin_ahead_or_end_ahead_are_cut_at_the_day() -> None:
    assert formulas.holding_share([(5, 99), (20, None)], t=10, half_life=5) == pytest.approx(0.5)


def test_a_spell_inside_another_adds_nothing() -> None:
    assert formulas.holding_share([(0, 10), (2, 4)], t=10, half_life=5) == formulas.holding_share([(0, 10)], 10, 5)


def test_without_a_repeat_a_customer_counts_as_alive() -> None:
    assert formulas.p_alive(0, 0, 900, r=0.8, alpha=120, a=0.6, b=2.5) == 1.0


def test_the_usual_gap_is_free() -> None:
    assert formulas.recency(30, 30, 10) == 1.0
    assert formulas.recency(40, 30, 10) == 0.5


def test_intent_of_an_unknown_kind_is_nothing() -> None:
    assert formulas.intent([(0, "login", 1, 3)], 0, IntentPolicy()) == 0.0


def test_formulas_take_columns_as_well_as_numbers() -> None:
    column = np.array([0.0, 0.5])
    scores = formulas.fixed_score(column, column, column, column, FixedPolicy())
    assert scores == pytest.approx([formulas.fixed_score(v, v, v, v, FixedPolicy()) for v in (0.0, 0.5)])
    assert formulas.wallet_gap(column, column, 1.0) == pytest.approx([0.0, 0.25])


def test_a_certain_or_impossible_probability_stays_finite() -> None:
    assert np.isfinite(formulas.logit([0.0, 1.0])).all()
    assert formulas.log_pool([0.0], [1.0]) == pytest.approx(1e-6)
