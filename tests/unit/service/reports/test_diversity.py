"""Diversity is told within a shelf, from one shelf to the next, and over the catalogue."""

from __future__ import annotations

import pytest

from service.runtime import Runtime
from tests.unit.service.reports.telling import Telling, counts

pytestmark = pytest.mark.usefixtures("all_told")


def test_two_cards_of_one_category_have_no_entropy_and_two_of_two_have_all(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.shelf("a", 9, ("fixed", 0), ("fixed", 4))
    telling.shelf("b", 9, ("fixed", 0), ("fixed", 1))
    one = telling.told("diversity")["entropy"]
    assert (one.numerator, one.denominator) == pytest.approx((1.0, 2.0))


def test_a_card_of_the_shelf_before_is_repeated_and_a_first_shelf_repeats_nothing(fillable: Runtime) -> None:
    telling = Telling(fillable)
    telling.shelf("a", 9, ("fixed", 0), ("fixed", 1))
    telling.shelf("a", 8, ("fixed", 1), ("fixed", 2))
    told = telling.told("diversity")
    assert counts(told["repeat_ratio"]) == (1, 2)
    assert counts(told["coverage"]) == (3, 7)
