"""What customers read: in both languages, without a word that promises or frightens."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from shelf_rules import texts
from shelf_rules.attach import KINDS
from shelf_rules.catalogue import HIGHEST_GRADE
from shelf_rules.decision import PUBLIC, TIERS
from tests.factories import make_regime

NAMES = ("REASONS", "TITLES", "EMPTY", "BADGES", "TASK_TITLES", "ASSESSMENT", "NOTICE", "ACTIONS", "ABOUT")
SCARE = re.compile(
    r"损失|亏损|错过|最后|立即|马上|赶快|抢|仅剩|流失|警告"
    r"|danger|lose|losing|miss out|hurry|last chance|now or never|warning",
    re.IGNORECASE,
)
PROMISE = re.compile(
    r"guarante|risk[- ]?free|no risk|high(er)? return|best return|优惠|热销|最高|第一|必备", re.IGNORECASE
)


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from leaves(inner)
    else:
        assert isinstance(value, str)
        yield value


ALL = [text for name in (*NAMES, "TASK_STEPS", "TAGS") for text in leaves(getattr(texts, name))]


@pytest.mark.parametrize("text", ALL)
def test_no_text_holds_a_banned_or_frightening_word(text: str) -> None:
    assert not [word for word in make_regime().banned_words if word in text]
    assert not SCARE.search(text)
    assert not PROMISE.search(text)


@pytest.mark.parametrize("name", NAMES)
def test_every_text_exists_in_both_languages(name: str) -> None:
    for text in getattr(texts, name).values():
        assert tuple(text) == texts.LANGUAGES
        assert all(text.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_text_asks_for_nothing_but_the_category(name: str) -> None:
    for text in getattr(texts, name).values():
        places = {frozenset(re.findall(r"\{(\w*)\}", spoken)) for spoken in text.values()}
        assert places in ({frozenset()}, {frozenset({"category"})})


def test_every_reason_that_the_rules_give_has_a_sentence() -> None:
    source = ast.parse((Path(texts.__file__).parent / "reasons.py").read_text(encoding="utf-8"))
    said = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    given = {"similar_customers", "tag", "popular", "explore", "wake_up", "at_risk", "featured", "scene"}
    assert given <= said | {"tag"}
    evidence = {"bought_again", "held_long", "large_share", "recent_interest", "held_elsewhere", "maturing"}
    assert given | evidence | {"next_step", "life_stage", "same_kind_other_form", "on_offer"} == set(texts.REASONS)


def test_every_place_has_a_title() -> None:
    assert set(texts.TITLES) == {*TIERS, PUBLIC}
    assert set(texts.EMPTY) == set(TIERS)


def test_every_task_kind_has_a_title_and_steps_in_both_languages() -> None:
    assert set(texts.TASK_TITLES) == set(texts.TASK_STEPS) == set(KINDS)
    assert all(tuple(steps) == texts.LANGUAGES for steps in texts.TASK_STEPS.values())


def test_grades_have_their_official_labels_in_both_languages() -> None:
    assert set(texts.GRADES) == set(range(1, HIGHEST_GRADE + 1))
    assert all(tuple(label) == texts.LANGUAGES for label in texts.GRADES.values())
    assert all(label["zh"].startswith(f"R{grade} ") for grade, label in texts.GRADES.items())


def test_the_assessment_is_not_advertised_as_a_key_to_more_products() -> None:
    assert not [text for text in leaves(texts.ASSESSMENT) if re.search(r"解锁|更多产品|unlock|more products", text)]


def test_what_is_told_of_a_tag_asks_for_the_same_in_both_languages() -> None:
    for text in texts.TAGS.values():
        assert tuple(text) == texts.LANGUAGES
        asked = [sorted(re.findall(r"\{(\w*)\}", spoken)) for spoken in text.values()]
        assert asked[0] == asked[1]
