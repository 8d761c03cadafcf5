"""What is not known never matches, and a condition that cannot be kept to is told with its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.experiments.conditions import ATTRIBUTES, MOST_TESTS, asked_of, compiled, condition_faults
from service.experiments.growthbook_assigner import matches

TEXTS = st.sampled_from(["east", "west"])
VALUES = {"region": TEXTS, "scene": TEXTS, "idle_days": st.integers(0, 5), "joined_days": st.integers(0, 5)}
KNOWN = st.fixed_dictionaries({}, optional=VALUES)


def _tests(name: str) -> st.SearchStrategy[dict[str, Any]]:
    one, some = VALUES[name], st.lists(VALUES[name], min_size=1, max_size=2)
    operators = {"$eq": one, "$ne": one, "$in": some, "$nin": some}
    if name.endswith("_days"):
        operators |= dict.fromkeys(("$gt", "$gte", "$lt", "$lte"), one)
    plain = st.one_of(*(st.fixed_dictionaries({operator: value}) for operator, value in operators.items()))
    return st.one_of(one, plain, plain.map(lambda asked: {"$not": asked})).map(lambda asked: {name: asked})


CONDITIONS = st.recursive(
    st.one_of(*map(_tests, VALUES)),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: {**pair[0], **pair[1]}),
        inner.map(lambda one: {"$not": one}),
        st.tuples(st.sampled_from(["$and", "$or", "$nor"]), st.lists(inner, min_size=1, max_size=3)).map(
            lambda pair: {pair[0]: pair[1]}
        ),
    ),
    max_leaves=4,
).filter(lambda one: not condition_faults(one))


@given(CONDITIONS, KNOWN)
def test_with_everything_known_it_says_what_was_written(condition: dict[str, Any], known: dict[str, Any]) -> None:
    if set(asked_of(condition)) <= set(known):
        assert matches(compiled(condition), known) == matches(condition, known)


@given(CONDITIONS, st.sampled_from([{}, dict.fromkeys(ATTRIBUTES)]))
def test_who_is_not_known_at_all_never_matches(condition: dict[str, Any], known: dict[str, Any]) -> None:
    assert not matches(compiled(condition), known)


@given(CONDITIONS, KNOWN, st.sampled_from(sorted(VALUES)))
def test_knowing_less_never_lets_anybody_in(condition: dict[str, Any], known: dict[str, Any], lost: str) -> None:
    less = {name: value for name, value in known.items() if name != lost}
    assert matches(compiled(condition), known) or not matches(compiled(condition), less)


@pytest.mark.parametrize(
    "condition",
    [
        {"region": {"$ne": "east"}},
        {"region": {"$nin": ["east"]}},
        {"region": {"$not": {"$eq": "east"}}},
        {"$not": {"region": "east"}},
        {"$nor": [{"region": "east"}]},
        {"$not": {"$not": {"region": {"$ne": "east"}}}},
        {"risk_capacity": {"$lte": 2}},
    ],
)
def test_no_negation_matches_what_is_missing_or_null(condition: dict[str, Any]) -> None:
    assert not matches(compiled(condition), {})
    assert not matches(compiled(condition), {"region": None, "risk_capacity": None})
    assert matches(compiled(condition), {"region": "west", "risk_capacity": 1})


def test_another_branch_may_match_where_one_is_not_known() -> None:
    condition = {"$or": [{"region": {"$ne": "east"}}, {"idle_days": {"$gt": 3}}]}
    assert matches(compiled(condition), {"idle_days": 4})
    assert not matches(compiled(condition), {"idle_days": 3})


@pytest.mark.parametrize(
    ("condition", "path", "said"),
    [
        ({"age": 3}, "condition.age", "no such attribute"),
        ({"region": {"$regex": "e"}}, "condition.region.$regex", "no such operator"),
        ({"$where": []}, "condition.$where", "no such operator"),
        ({"region": {"$gt": "e"}}, "condition.region.$gt", "no order"),
        ({"idle_days": "3"}, "condition.idle_days", "with a number"),
        ({"idle_days": True}, "condition.idle_days", "with a number"),
        ({"region": None}, "condition.region", "with a text"),
        ({"channel": "app"}, "condition.channel", "no such channel; there are branch"),
        ({"scene": {"$in": ["food", "war"]}}, "condition.scene.$in", "no such scene"),
        ({"region": {"$exists": False}}, "condition.region.$exists", "never matches"),
        ({"$not": {"region": {"$exists": True}}}, "condition.$not.region.$exists", "never matches"),
        ({"region": {"$in": []}}, "condition.region.$in", "a list of 1"),
        ({"region": {"$not": "east"}}, "condition.region.$not", "$ne"),
        ({"region": {}}, "condition.region", "write a value"),
        ({"$or": []}, "condition.$or", "at least one"),
        ({"$and": [{}]}, "condition.$and[0]", "at least one"),
        ([], "condition", "write an object"),
        ({"$or": [{"region": "e"}] * (MOST_TESTS + 1)}, "condition", "at most"),
    ],
)
def test_a_fault_names_its_place_and_what_to_write(condition: object, path: str, said: str) -> None:
    ((where, message),) = condition_faults(condition)
    assert where == path
    assert said in message


def test_a_condition_nested_without_end_is_a_fault_and_no_crash() -> None:
    condition: dict[str, Any] = {"region": "east"}
    for _ in range(900):
        condition = {"$not": condition}
    ((_, message),) = condition_faults(condition)
    assert "deep" in message


def test_no_condition_matches_everybody() -> None:
    assert condition_faults({}) == []
    assert matches(compiled({}), {})
