"""Policies as documents: what is dumped means the same when it is loaded, and no document is more than refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shelf_rules.policy import Policy
from shelf_rules.policy_check import check_policy
from shelf_rules.policy_load import PolicyError, dump_policy, load_policy
from shelf_rules.policy_names import check_names
from tests.factories import make_catalogue, make_regime
from tests.property.test_policy_rules import SEEDS, make_ruled

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["fund", "fixed", "value", "2026-11-24T00:00:00Z", ""])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["fixed", "all", "not", "age", "below", "slots", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def plain(policy: Policy) -> Any:
    return orjson.loads(orjson.dumps(dump_policy(policy), option=orjson.OPT_SERIALIZE_NUMPY))


def places(document: Any) -> Iterator[Callable[[Any], None]]:
    """What puts another value in each place of a document."""
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for key, inner in list(members):
        yield lambda value, at=key: document.__setitem__(at, value)
        if isinstance(inner, dict | list):
            yield from places(inner)


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_a_policy_with_rules_that_is_dumped_and_loaded_is_the_same(seed: int) -> None:
    policy = make_ruled(seed).policy
    assume(not list(check_policy(policy)))
    document = plain(policy)
    assert load_policy(document) == policy
    assert load_policy(document, load_policy({"segments": [], "holdout_share": 0.4})) == policy
    assert plain(load_policy(document)) == document


@settings(max_examples=150, deadline=None)
@given(SEEDS, VALUES, st.data())
def test_a_document_with_anything_anywhere_is_a_policy_or_is_refused_with_its_faults(
    seed: int, value: Any, data: st.DataObject
) -> None:
    document = plain(make_ruled(seed % 50).policy)
    data.draw(st.sampled_from(list(places(document))))(value)
    try:
        policy = load_policy(document)
    except PolicyError:
        return
    list(check_names(policy, make_catalogue(), None, make_regime()))
    assert load_policy(plain(policy)) == policy
