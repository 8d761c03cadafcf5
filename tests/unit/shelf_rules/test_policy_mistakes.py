"""Every mistake in a policy is told once, with its path, its line and what to write instead."""

from __future__ import annotations

import re

import pytest

from tests.policy_mistakes import MISTAKES, PAGE, Mistake, faults_of, page


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_a_mistake_is_told_once_with_its_path_and_line(mistake: Mistake) -> None:
    assert faults_of(mistake.text) == [{"path": mistake.path, "line": mistake.line, "detail": mistake.detail}]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_what_is_told_says_what_to_write_instead(mistake: Mistake) -> None:
    assert re.search(r"\b(write|did you mean|leave it out)\b", mistake.detail)


def test_there_are_many_of_them_of_every_sort() -> None:
    assert len(MISTAKES) >= 34
    assert len({mistake.what for mistake in MISTAKES}) == len(MISTAKES)
    assert {mistake.seen for mistake in MISTAKES} == {"text", "schema", "policy", "bank"}


def test_two_mistakes_in_one_text_are_both_told() -> None:
    told = faults_of("holdout_share: 0.9\nranking:\n  fixd: {cf: 0.4}\n")
    assert [(one["path"], one["line"]) for one in told] == [("ranking.fixd", 3), ("holdout_share", 1)]


def test_the_page_tells_what_the_code_tells() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make policy-mistakes`"
