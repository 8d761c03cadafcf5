"""Where matured money goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.substitution import fit_substitution
from recommender.training_data import Floats, Spells
from tests.unit.recommender.bank import AS_OF, CATEGORIES, bank, bank_of_tastes, events_of, shuffled, spells_of

DAY = AS_OF - 100


def learnt(*rows: tuple[int, int, int, int, str, int], spells: Spells | None = None) -> Floats:
    return fit_substitution(bank(events_of(rows), customers=3, spells=spells), prior_maturities=0.5)[1] * 1.5


def test_money_that_follows_a_maturity_within_a_week_is_a_flow() -> None:
    row = learnt((0, 1, 1, DAY, "mature", 100), (0, 2, 2, DAY + 7, "purchase", 60), (0, 3, 3, DAY + 8, "purchase", 40))
    assert row == pytest.approx([0, 0, 0.6, 0])


def test_fresh_money_does_not_make_a_row_exceed_one() -> None:
    row = learnt((0, 1, 1, DAY, "mature", 100), (0, 2, 2, DAY, "purchase", 150), (0, 1, 1, DAY, "renewal", 50))
    assert row == pytest.approx([0, 0.25, 0.75, 0])


def test_unknown_amounts_share_alike() -> None:
    row = learnt((0, 1, 1, DAY, "mature", 100), (0, 2, 2, DAY, "purchase", -1), (0, 3, 3, DAY, "purchase", 50))
    assert row == pytest.approx([0, 0, 0.5, 0.5])


def test_only_the_customers_own_purchases_from_the_maturity_on_count() -> None:
    row = learnt((0, 1, 1, DAY, "mature", 100), (1, 2, 2, DAY, "purchase", 50), (0, 2, 2, DAY - 1, "purchase", 50))
    assert row.tolist() == [0, 0, 0, 0]


def test_a_spell_past_its_maturity_is_a_maturity_once() -> None:
    spells = spells_of([(0, 1, 1, DAY - 90, -1, DAY, 100), (2, 1, 1, DAY - 90, DAY - 5, DAY, 100)])
    row = learnt((0, 1, 1, DAY, "mature", 100), (0, 2, 2, DAY, "purchase", 100), spells=spells)
    assert row == pytest.approx([0, 0, 1, 0])


def test_without_maturities_the_prior_stays() -> None:
    prior = np.arange(16.0).reshape(4, 4) / 100
    data = replace(bank(events_of([(0, 1, 1, DAY, "purchase", 1)]), customers=1), substitution=prior)
    np.testing.assert_allclose(fit_substitution(data), prior)


def test_rows_sum_to_at_most_one_in_any_order_of_the_data() -> None:
    data = bank_of_tastes()
    found = fit_substitution(data)
    assert found.shape == (CATEGORIES, CATEGORIES)
    assert (found.sum(axis=1) <= 1 + 1e-12).all()
    assert (found > 0).all()
    assert found.tolist() == fit_substitution(shuffled(data)).tolist()
