"""The JSON Schema of policies says what reading them says, as far as the shape goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema_rs import Draft202012Validator, meta

from recommender.profile.state import INTENT_DAYS, INTENT_KINDS
from service.api.shelf import _PLACEMENT
from service.exchange import schema as exchange
from service.policies.document import read_text
from service.policies.meanings import MEANINGS
from service.policies.schema import policy_schema
from shelf_rules.policy import Policy
from shelf_rules.policy_bounds import BOUNDS
from shelf_rules.policy_check import check_policy
from shelf_rules.policy_load import dump_policy, load_policy
from shelf_rules.policy_rules import SCENES
from shelf_rules.policy_words import CHANNELS, LOOK_DAYS, LOOKS, PLACEMENT_NAME
from tests.policy_mistakes import MISTAKES, Mistake
from tests.property.test_policy_rules import make_ruled

VALID = Draft202012Validator(orjson.loads(orjson.dumps(policy_schema())))
REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "policy.md"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def plain(policy: Policy) -> Any:
    return orjson.loads(orjson.dumps(dump_policy(policy), option=orjson.OPT_SERIALIZE_NUMPY))


def random_policies() -> Iterator[Policy]:
    """Policies with rules of every kind that have no fault."""
    for seed in range(10_000):
        policy = make_ruled(seed).policy
        if policy.rules and not list(check_policy(policy)):
            yield policy


def test_it_is_a_schema_of_2020() -> None:
    assert meta.is_valid(orjson.loads(orjson.dumps(policy_schema())))


def test_the_default_policy_and_every_example_of_the_reference_pass() -> None:
    assert VALID.is_valid(plain(Policy()))
    assert len(EXAMPLES) >= 5
    for example in EXAMPLES:
        document = read_text(example).document
        assert [error.message for error in VALID.iter_errors(document)] == []
        load_policy(document)


def test_random_policies_pass_and_are_the_same_when_loaded_again() -> None:
    policies = random_policies()
    for _ in range(200):
        document = plain(next(policies))
        assert [error.message for error in VALID.iter_errors(document)] == []
        assert plain(load_policy(document)) == document


@pytest.mark.parametrize("mistake", [one for one in MISTAKES if one.seen != "text"], ids=lambda mistake: mistake.what)
def test_it_finds_every_mistake_of_shape_and_no_other(mistake: Mistake) -> None:
    assert VALID.is_valid(read_text(mistake.text).document) == (mistake.seen != "schema")


def test_every_number_and_every_part_of_a_rule_has_a_meaning() -> None:
    described = {key for key in BOUNDS if not key.endswith(("[]", "*"))}
    described = {re.sub(r"^condition\..*\.(at_least|below)$", r"range.\1", key) for key in described}
    counted = {"range.at_least", "condition.did.at_least", "condition.bought.at_least"}
    assert (described | counted) - set(MEANINGS) == set()


def test_every_meaning_is_that_of_a_key() -> None:
    told = {part["description"] for part in _parts(policy_schema()) if "description" in part}
    assert [key for key, meaning in MEANINGS.items() if meaning not in told] == []


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        yield schema
        for inner in schema.values():
            yield from _parts(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _parts(inner)


def test_its_words_are_those_of_the_service() -> None:
    assert CHANNELS == exchange.CHANNELS
    assert tuple(SCENES) == exchange.SCENES
    assert set(LOOKS) == INTENT_KINDS
    assert LOOK_DAYS == INTENT_DAYS
    assert (
        _PLACEMENT.pattern == PLACEMENT_NAME.removeprefix("^").removesuffix("$") or _PLACEMENT.pattern == PLACEMENT_NAME
    )
