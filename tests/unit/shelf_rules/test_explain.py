"""Explanations."""

from __future__ import annotations

import json

import numpy as np
import pytest

from shelf_rules.decision import CategoryView, Decision, Slot, TaskOffer
from shelf_rules.explain import audit_rows, sentence, spoken, task_text
from shelf_rules.rule import CODES
from tests.factories import category_number, make_catalogue, make_product

CATALOGUE = make_catalogue(make_product("a"), make_product("b", "fund.bond"), make_product("c", "pay.bill"))


def make_view() -> CategoryView:
    length = len(CATALOGUE.categories)
    tier: list[str | None] = [None] * length
    tier[category_number("deposit.term")] = "fixed"
    fixed, migratable, transferable = np.zeros((3, length))
    fixed[category_number("deposit.term")] = 0.5
    transferable[category_number("pay.bill")] = 0.02
    return CategoryView(tuple(tier), fixed, migratable, transferable, {"alive": np.full(length, np.nan)})


def make_decision() -> Decision:
    slot = Slot(0, "fixed", 1, 0.7, {"cf": 0.2}, {"bought_again": 0.4}, "bought_again", task=TaskOffer("visit", "x"))
    return Decision(
        mode="personal",
        slots=(slot,),
        public=(Slot(2, "public", 1, 3.0),),
        stage="value",
        withheld={"risk_mismatch": 1},
        codes=np.array([-1, CODES.index("risk_mismatch"), -1]),
        categories=make_view(),
        quotas={"fixed": 4},
        relaxed=("spread",),
    )


def test_a_reason_is_a_sentence_about_the_category() -> None:
    assert sentence("bought_again", "zh", "定期存款") == "您多次购买过定期存款"
    assert "Term deposit" in sentence("bought_again", "en", "Term deposit")


@pytest.mark.parametrize(
    ("asked", "got"), [("en", "en"), ("en-GB", "en"), ("EN_us", "en"), ("zh-CN", "zh"), ("fr", "zh"), ("", "zh")]
)
def test_chinese_is_spoken_unless_english_is_asked_for(asked: str, got: str) -> None:
    assert spoken(asked) == got


def test_a_task_has_a_title_and_steps() -> None:
    title, steps = task_text("learn", "zh", "债券基金")
    assert title == "认识债券基金"
    assert len(steps) == 2


def test_an_unknown_reason_is_an_error() -> None:
    with pytest.raises(KeyError):
        sentence("guessed", "zh", "定期存款")


def test_the_auditors_rows_are_json_and_name_every_withheld_product() -> None:
    rows = audit_rows(make_decision(), CATALOGUE)
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert rows["withheld"] == {"b": "risk_mismatch"}
    assert rows["withheld_counts"] == {"risk_mismatch": 1}
    assert (rows["stage"], rows["overlay"], rows["quotas"], rows["relaxed"]) == (
        "value",
        None,
        {"fixed": 4},
        ["spread"],
    )


def test_a_product_that_the_policy_withholds_is_told_with_its_rule() -> None:
    code = CODES.index("policy_rule")
    by_rule = {"no_bonds": np.array([1]), "placement.wallet": np.array([2])}
    decision = Decision("personal", (), (), codes=np.array([-1, code, code]), rows_of_rule=by_rule)
    rows = audit_rows(decision, CATALOGUE)
    assert rows["withheld"] == {"b": "policy_rule", "c": "policy_rule"}
    assert rows["withheld_rules"] == {"b": "no_bonds", "c": "placement.wallet"}


def test_only_categories_with_a_tier_or_a_score_are_told_and_the_unknown_is_null() -> None:
    rows = audit_rows(make_decision(), CATALOGUE)
    assert rows["categories"] == {
        "deposit.term": {"tier": "fixed", "F": 0.5, "M": 0.0, "T": 0.0, "parts": {"alive": None}},
        "pay.bill": {"tier": None, "F": 0.0, "M": 0.0, "T": 0.02, "parts": {"alive": None}},
    }


def test_every_slot_is_told_with_its_parts() -> None:
    first, public = audit_rows(make_decision(), CATALOGUE)["slots"]  # type: ignore[misc]
    assert first == {
        "product_id": "a",
        "tier": "fixed",
        "slot": 1,
        "score": 0.7,
        "parts": {"cf": 0.2},
        "tier_parts": {"bought_again": 0.4},
        "reason": "bought_again",
        "propensity": 1.0,
        "explored": False,
        "badge": None,
        "task": "visit",
    }
    assert (public["product_id"], public["tier"], public["reason"]) == ("c", "public", "popular")


def test_a_decision_without_categories_is_told_without_them() -> None:
    rows = audit_rows(Decision(mode="fallback", slots=(), public=()), CATALOGUE)
    assert rows["categories"] == {}
    assert rows["withheld"] == {}
