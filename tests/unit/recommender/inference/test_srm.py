"""Counts that fit are no alarm, counts that do not are one, and epochs multiply."""

from __future__ import annotations

from math import exp, lgamma, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recommender.inference.srm import CONCENTRATIONS, Srm, srm


def test_the_bayes_factor_of_one_customer_is_one_and_of_two_alike_by_hand() -> None:
    assert srm([1, 0], [1, 1]).log_bayes_factor == pytest.approx(0.0, abs=1e-9)
    found = srm([2, 0], [1, 1], concentrations=[2.0])  # uniform shares: one in three against one in four
    assert found.log_bayes_factor == pytest.approx(log(4 / 3))
    assert found.p == pytest.approx(3 / 4)


def test_the_bayes_factor_is_the_formula() -> None:
    counts, prior = (5_200, 4_800), 500.0
    formula = lgamma(1_000) - lgamma(11_000) + sum(lgamma(x + prior) - lgamma(prior) - x * log(0.5) for x in counts)
    assert srm(counts, [1, 1], concentrations=[1_000.0]).log_bayes_factor == pytest.approx(formula, abs=1e-8)


def test_a_gross_mismatch_among_few_is_an_alarm_and_evidence_is_the_mean_of_the_concentrations() -> None:
    gross = srm([4, 121], [1, 1])
    alone = [srm([4, 121], [1, 1], concentrations=[one]).log_bayes_factor or 0.0 for one in CONCENTRATIONS]
    assert gross.log_bayes_factor == pytest.approx(log((exp(alone[0]) + exp(alone[1])) / 2))
    assert gross.is_alarm
    assert alone[0] < log(1_000) < alone[1]
    assert not srm([55, 70], [1, 1]).is_alarm


def test_chi_squared_agrees_with_scipy() -> None:
    rng = np.random.default_rng(6)
    for _ in range(300):
        shares = rng.dirichlet([3.0] * int(rng.integers(2, 5)))
        counts = rng.multinomial(int(rng.integers(20, 100_000)), shares)
        theirs = stats.chisquare(counts, counts.sum() * shares).pvalue
        assert srm(counts, shares).chi2_p == pytest.approx(theirs, rel=1e-9)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=5), st.integers(1, 10_000))
def test_exactly_proportional_counts_speak_for_the_shares(weights: list[int], times: int) -> None:
    found = srm([times * weight for weight in weights], weights)
    assert found.log_bayes_factor is not None
    assert found.log_bayes_factor < 0
    assert (found.p, found.is_alarm) == (1.0, False)


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), min_size=1, max_size=4))
def test_evidence_of_epochs_multiplies_and_their_order_does_not_matter(epochs: list[tuple[int, int]]) -> None:
    shares = [(1, 1 + number) for number in range(len(epochs))]
    one = [1_000.0]
    alone = [
        srm(counts, share, concentrations=one).log_bayes_factor or 0.0
        for counts, share in zip(epochs, shares, strict=True)
    ]
    together = srm(epochs, shares, concentrations=one)
    assert together.log_bayes_factor == pytest.approx(sum(alone), abs=1e-7)
    turned = srm(epochs[::-1], shares[::-1], concentrations=one)
    assert (turned.chi2_p, turned.p) == pytest.approx((together.chi2_p, together.p), rel=1e-6)


def test_an_epoch_does_not_excuse_another() -> None:
    assert srm([[60_000, 50_000], [50_000, 60_000]], [[1, 1], [1, 1]]).is_alarm
    assert not srm([[90_000, 10_000], [50_000, 50_000]], [[9, 1], [1, 1]]).is_alarm


def test_customers_in_an_arm_that_gets_none_are_an_alarm() -> None:
    assert srm([100, 1], [1, 0]) == Srm(None, 0.0, 0.0, is_alarm=True)
    assert srm([100, 90, 0], [1, 1, 0]) == srm([100, 90], [1, 1])


def test_nobody_is_no_alarm() -> None:
    assert srm([0, 0], [1, 1]) == Srm(0.0, 1.0, 1.0, is_alarm=False)
    assert srm([7], [1]).chi2_p == 1.0


@pytest.mark.parametrize(
    ("counts", "shares", "named"),
    [
        ([1, float("nan")], [1, 1], "counts"),
        ([1, -1], [1, 1], "counts"),
        ([1, 1], [1, float("nan")], "shares"),
        ([1, 1], [0, 0], "shares"),
        ([1, 1], [1, 1, 1], "shares"),
        ([[1, 1], [1, 1]], [1, 1], "shares"),
        ([], [], "counts"),
    ],
)
def test_what_cannot_be_is_refused_by_name(counts: list[float], shares: list[float], named: str) -> None:
    with pytest.raises(ValueError, match=rf"^{named}: "):
        srm(counts, shares)
