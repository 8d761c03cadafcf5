"""What the first part of a history says of the carriers of derived tags."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from recommender.tag_quality._carriers import carriers_of
from recommender.tag_quality.evidence import Evidence, Held, Purchased
from recommender.tag_quality.net_new_money import Movements
from service.evaluation.derived_tags import Histories
from service.evaluation.repurchase import Carried, carried
from tests.unit.service.evaluation.past_and_future import histories, planted

FORESEEN = ("customer", "tag", "hits", "n", "truth", "expected", "a", "b", "bar", "usual", "base")


def evidence_of(history: Histories, tag: int, *, before: bool) -> Evidence:
    """The first part as the service has it; with `before`, customers before the tag are customers without it."""
    given, people = history.given(tag), history.customers
    first = ~history.later
    customer, day = history.customer[first], history.day[first]
    own = (history.category[first] == tag).astype(np.int64)
    early = (given[customer] >= 0) & (day <= given[customer])
    if before:
        customer = np.where(early, customer + people, customer)
    return Evidence(
        as_of=int(day.max()),
        stage=np.zeros(2 * people, np.int64),
        claims=np.array([[False, True]]),
        polarity=np.ones(1),
        assigned=np.concatenate([given, np.full(people, -1)])[:, None],
        family=np.zeros(2, np.int64),
        half_life=np.full(2, 180.0),
        purchases=Purchased(customer, own, day, np.ones(len(day))),
        held=Held(),
        free=Held(),
        money=Movements(),
        external=np.full(2 * people, np.nan),
    )


def few() -> Carried:
    """Customer 0 buys c0, c1, c0 | c0, c1; customer 1 c0 | nothing; customer 2 c1, c1 | c1."""
    customer = np.array([0, 0, 0, 0, 0, 1, 2, 2, 2])
    category = np.array([0, 1, 0, 0, 1, 0, 1, 1, 1])
    day = np.array([1, 5, 9, 1_000, 1_100, 3, 2, 8, 1_200])
    return carried(histories(customer, category, day, tags=2, customers=3))


def test_occasions_count_after_the_day_of_the_tag_and_before_the_cut() -> None:
    found = few()
    rows = {(int(tag), int(who)): place for place, (tag, who) in enumerate(zip(found.tag, found.customer, strict=True))}
    assert set(rows) == {(0, 0), (0, 1), (1, 0), (1, 2)}
    assert [(found.hits[rows[key]], found.n[rows[key]]) for key in rows] == [(1, 2), (0, 0), (0, 1), (1, 1)]
    assert [(found.later_hits[rows[key]], found.later[rows[key]]) for key in rows] == [(1, 2), (0, 0), (1, 2), (1, 1)]


def test_the_base_is_that_of_customers_before_the_tag() -> None:
    # Of c0, up to the tag: customers 0 and 1 one each, customer 2 none of two: 2 of 4, a quarter more is the bar.
    found = few()
    assert set(found.bar[found.tag == 0]) == {0.625}


def test_without_the_customers_of_before_a_derived_tag_has_no_base_rate() -> None:
    history = planted(1)
    alone, together = (carriers_of(evidence_of(history, 0, before=flag), 1).truth for flag in (False, True))
    assert alone.min() > 0.99
    assert np.ptp(together) > 0.9


def test_what_is_judged_is_what_the_service_measures() -> None:
    history = replace(planted(2), tags=("c0",))
    measured = carriers_of(evidence_of(history, 0, before=True), 1)
    found = carried(history)
    assert np.array_equal(found.customer, measured.customer)
    assert found.truth == pytest.approx(measured.truth, abs=1e-12)


def test_nothing_that_is_held_back_moves_what_is_foreseen() -> None:
    history = planted(3)
    rng = np.random.default_rng(0)
    other = np.where(history.later, rng.permutation(history.category), history.category)
    ours, theirs = carried(history), carried(replace(history, category=other))
    assert all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in FORESEEN)
    assert not np.array_equal(ours.later_hits, theirs.later_hits)


def test_at_least_one_of_one_occasion_is_the_expected_share_and_more_of_more() -> None:
    found = carried(planted(4))
    one, three = (replace(found, later=np.full(len(found.tag), times)).at_least_once for times in (1.0, 3.0))
    assert one == pytest.approx(found.expected, abs=1e-9)
    assert (three > one).all()


def test_who_had_no_occasion_has_the_ratio_of_the_tag() -> None:
    found = few()
    assert found.ratio[(found.tag == 0) & (found.n == 0)].tolist() == [0.5]


def test_where_a_category_could_not_be_bought_an_occasion_says_nothing_of_it() -> None:
    history = planted(5)
    shut = np.zeros((len(history.day), len(history.tags)), np.bool_)
    closed = replace(history, shut=shut.copy())
    closed.shut[:, 0] = history.day >= 500
    before, after = carried(replace(history, shut=shut)), carried(closed)
    assert after.n[after.tag == 0].sum() < before.n[before.tag == 0].sum()
    assert not after.later[after.tag == 0].any()
    assert np.array_equal(after.n[after.tag == 1], before.n[before.tag == 1])


def test_together_a_day_is_one_occasion_and_a_hit_where_the_category_is_among_it() -> None:
    customer, category = np.zeros(6, np.int64), np.array([0, 1, 0, 1, 0, 1])
    history = histories(customer, category, np.array([1, 5, 5, 7, 1_000, 1_000]), tags=1, customers=1)
    apart, found = carried(history), carried(replace(history, together=True))
    assert [one.tolist() for one in (apart.hits, apart.n, apart.later_hits, apart.later)] == [[1], [3], [1], [2]]
    assert [one.tolist() for one in (found.hits, found.n, found.later_hits, found.later)] == [[1], [2], [1], [1]]


def test_a_tag_that_nobody_carries_has_no_entries() -> None:
    history = histories(np.array([0, 0]), np.array([0, 0]), np.array([1, 1_000]), tags=2, customers=1)
    found = carried(history)
    assert found.tag.tolist() == [0]
    assert all(len(getattr(found, field.name)) == 1 for field in fields(found))
