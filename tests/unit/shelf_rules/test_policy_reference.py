"""The policy reference says what the code does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from math import inf
from pathlib import Path

from shelf_rules.policy import Policy
from shelf_rules.policy_check import BOUNDS, TINY
from shelf_rules.policy_load import dump_policy

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "policy.md"
ROW = re.compile(r"^\| `([\w.]+)` \| (.+?) \| (.+?) \| .+ \|$", re.MULTILINE)
ROWS = {key: (default, span) for key, default, span in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every key of a policy with its value; the free tables of categories are values."""
    if isinstance(value, Mapping) and not path.startswith("wallet.shares."):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value


def span(path: str) -> str:
    shape = re.sub(r"^(intent\.weights|wallet\.shares)\.\w+$", r"\1.*", path)
    shape = re.sub(r"^(thresholds|quotas|ranking)\.\w+\.", r"\1.*.", shape)
    bounds = BOUNDS.get(shape) or BOUNDS.get(f"{shape}[]") or BOUNDS.get(f"{shape}.*")
    if bounds is None:
        return "–"
    low, high = bounds
    if low == TINY:
        return "> 0"
    return f"≥ {low:g}" if high == inf else f"{low:g} – {high:g}"


def test_every_key_stands_in_the_reference_with_its_default() -> None:
    defaults = dict(leaves(dump_policy(Policy())))
    assert set(ROWS) == set(defaults)
    assert {key: json.loads(default) for key, (default, _) in ROWS.items()} == defaults


def test_every_range_in_the_reference_is_the_one_that_is_checked() -> None:
    assert {key: found for key, (_, found) in ROWS.items()} == {key: span(key) for key in ROWS}
