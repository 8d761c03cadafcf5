"""Mistakes that somebody who writes a policy makes, each with the one fault that is told of it.

They stand in policy_mistakes.yaml; `python -m tests.policy_mistakes` writes docs/policy-mistakes.md from them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import yaml

from service.policies.document import read_text, with_lines
from shelf_rules.catalogue import Catalogue
from shelf_rules.facts import TagTable
from shelf_rules.policy_load import PolicyError, load_policy
from shelf_rules.policy_names import check_names
from tests.factories import make_catalogue, make_product, make_regime

PAGE = Path(__file__).parents[1] / "docs" / "policy-mistakes.md"
Seen = Literal["text", "schema", "policy", "bank"]
"""Where a mistake can first be seen: in the text itself, by the JSON Schema, by reading the policy, or at a bank."""

_HEAD = """\
# Mistakes in a policy, and what is told of them

Written by `make policy-mistakes` from the table that the tests read (`tests/policy_mistakes.yaml`): each of these
{count} texts has one mistake and gets exactly this one answer, from `huojia policy validate` as from
`POST /v1/policies/validate`. Several mistakes in one text are told at once.
"""
_SEEN: dict[Seen, str] = {
    "text": "## The text is no document",
    "schema": "## The document is no policy (an editor with the JSON Schema shows these too)",
    "policy": "## The policy contradicts itself",
    "bank": "## The bank does not have it, or the law forbids it",
}


class Mistake(NamedTuple):
    """A text with one mistake, and what is told of it."""

    what: str
    seen: Seen
    text: str
    path: str
    line: int
    detail: str


MISTAKES = tuple(
    Mistake(**row) for row in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
)


@cache
def _bank() -> Catalogue:
    products = [make_product("fund-a", "fund.bond"), make_product("fund-b", "fund.mixed"), make_product("depo-a")]
    return make_catalogue(*products)


@cache
def _tags() -> TagTable:
    none, one = np.array([-1, -1]), np.ones(2)
    return TagTable("t1", ("pref.fund", "pref.gold"), none, none, one, one, one, np.ones((2, 3)), (frozenset(),) * 2)


def faults_of(text: str) -> list[dict[str, Any]]:
    """What is told of a policy as a text, at a bank of three products and two tags."""
    try:
        document, lines = read_text(text)
    except PolicyError as error:
        return with_lines(error.faults, {})
    try:
        policy = load_policy(document)
    except PolicyError as error:
        return with_lines(error.faults, lines)
    return with_lines(list(check_names(policy, _bank(), _tags(), make_regime())), lines)


def page() -> str:
    """The page that tells them all."""
    parts = [_HEAD.format(count=len(MISTAKES))]
    for seen, title in _SEEN.items():
        parts.append(f"{title}\n")
        parts += [_told(mistake) for mistake in MISTAKES if mistake.seen == seen]
    return "\n".join(parts)


def _told(mistake: Mistake) -> str:
    answer = f"line {mistake.line}: {mistake.path}: {mistake.detail}" if mistake.path else ""
    answer = answer or f"line {mistake.line}: {mistake.detail}"
    title = mistake.what[0].upper() + mistake.what[1:]
    return f"### {title}\n\n```yaml\n{mistake.text}```\n\n> {answer}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
