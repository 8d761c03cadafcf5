"""The policy reference says what the code does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path

from service.policies.document import read_text
from service.policies.meanings import MEANINGS
from shelf_rules.policy import Policy
from shelf_rules.policy_bounds import BOUNDS, TINY
from shelf_rules.policy_load import dump_policy, load_policy
from shelf_rules.policy_rules import Scene
from tests.policy_mistakes import faults_of

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "policy.md").read_text(encoding="utf-8")
ROWS = {
    key: (default, span, meaning)
    for key, default, span, meaning in re.findall(r"^\| `([\w.]+)` \| (.+) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)
}
LANGUAGE = {
    key: (span, meaning)
    for key, span, meaning in re.findall(r"^\| `([\w.\[\]*]+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
}
IN_YAML = ("segments", "scenes", "placements")
"""Parts whose defaults stand in an example."""


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every key of a policy with its value; the free tables of categories are values."""
    if isinstance(value, Mapping) and not path.startswith("wallet.shares."):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value


def pattern(path: str) -> str:
    """The key of `BOUNDS` and `MEANINGS` that a path goes by."""
    shape = re.sub(r"^(intent\.weights|wallet\.shares)\.\w+$", r"\1.*", path)
    return re.sub(r"^(thresholds|quotas|ranking|arrangement\.explore)\.\w+\.", r"\1.*.", shape)


def span(shape: str) -> str:
    bounds = next((BOUNDS[key] for key in (shape, f"{shape}[]", f"{shape}.*") if key in BOUNDS), None)
    if bounds is None and shape not in {"condition.did", "condition.bought"}:
        bounds = BOUNDS.get(f"{shape}.at_least")
    if bounds is None or shape.endswith((".from", ".until")):
        return "–"
    low, high = bounds
    if low == TINY:
        return "> 0" if high == inf else f"> 0 – {high:g}"
    return f"≥ {low:g}" if high == inf else f"{low:g} – {high:.15g}"


def test_every_key_stands_in_the_reference_with_its_default() -> None:
    defaults = dict(leaves({key: part for key, part in dump_policy(Policy()).items() if key not in IN_YAML}))
    assert set(ROWS) == set(defaults)
    assert {key: json.loads(default) for key, (default, _, _) in ROWS.items()} == defaults


def test_every_range_and_meaning_in_the_reference_is_that_of_the_code() -> None:
    assert {key: row[1:] for key, row in ROWS.items()} == {
        key: (span(pattern(key)), MEANINGS[pattern(key)]) for key in ROWS
    }


def test_every_word_of_the_language_stands_in_the_reference_with_its_range_and_meaning() -> None:
    parts = ("rules[]", "selection", "condition", "range", "segments[]", "placements.", "scenes.", "campaigns[]")
    expected = {key: (span(key), meaning) for key, meaning in MEANINGS.items() if key.startswith(parts)}
    assert expected == LANGUAGE


def test_the_defaults_of_segments_scenes_and_placements_are_those_in_the_example() -> None:
    examples = [read_text(text).document for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)]
    (told,) = [document for document in examples if tuple(document) == IN_YAML]
    nothing = dict.fromkeys(Policy().scenes, Scene(0.0, ()))
    assert load_policy(told, replace(Policy(), segments=(), scenes=nothing, placements={})) == Policy()


def test_the_answers_in_the_reference_are_those_of_the_code() -> None:
    text = (
        "ranking:\n  fixd: {cf: 0.4}\narrangement:\n  explore:\n    transferable: {eps: 0.6}\n"
        "eligibility:\n  - risk_mismatch\n"
    )
    told = [f"line {one['line']}: {one['path']}: {one['detail']}" for one in faults_of(text)]
    assert "\n".join(sorted(told)) in PAGE
