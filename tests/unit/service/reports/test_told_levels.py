"""Of a tag's stages no more is told than in the report of tags."""

from __future__ import annotations

from typing import Any

import pytest

from service.reports._suppression import suppressed
from service.reports._told_levels import told_levels
from service.reports.metric import FEW
from tests.unit.service.reports.test_tag_board import LEVEL, reported


def level(stage: str, observed: float, followed: float, share: float = 0.5) -> dict[str, Any]:
    told = {"observed": observed, "followed": followed, "precision": share, "base_rate": 0.1}
    return {"stage": stage, **LEVEL, **told, "tagged": observed}


def test_of_fewer_than_ten_carriers_nothing_is_told() -> None:
    (told,) = told_levels([level("all", 9, 4)])
    assert told.pop("stage") == "all"
    assert told.pop("reason") == FEW
    assert set(told.values()) == {None}


@pytest.mark.parametrize("followed", [0.05, 0.5, 0.95])
def test_of_carriers_who_showed_the_claim_and_who_did_not_there_are_ten_or_no_precision(followed: float) -> None:
    (told,) = told_levels([level("all", 90, 40, followed)])
    is_hidden = followed != 0.5
    assert (told["precision"] is None, told["followed"] is None, told["base_rate"] is None) == (is_hidden,) * 3
    assert told["reason"] == (FEW if is_hidden else None)
    assert told["quality"] == 0.4


@pytest.mark.parametrize(("observed", "followed"), [(27, 20), (40, 27), (27, 27)])
def test_how_many_carry_a_tag_is_not_told_where_a_few_of_them_were_not_followed_or_observed(
    observed: float, followed: float
) -> None:
    (told,) = told_levels([level("all", observed, followed) | {"tagged": 30}])
    assert (told["tagged"], told["reason"]) == (None, FEW)
    assert (told["observed"], told["followed"]) == (observed, followed)


@pytest.mark.parametrize("tagged", [30, 40])
def test_how_many_carry_a_tag_is_told_where_all_were_followed_and_observed_or_ten_were_not(tagged: int) -> None:
    (told,) = told_levels([level("all", 30, 30) | {"tagged": tagged}])
    assert (told["tagged"], told["reason"]) == (tagged, None)


def test_a_stage_of_few_carriers_takes_the_smallest_other_one_with_it() -> None:
    levels = [level("all", 150, 80), level("acquisition", 4, 0), level("cultivation", 60, 30), level("value", 86, 50)]
    told = told_levels(levels)
    assert [one["quality"] for one in told] == [0.4, None, None, 0.4]


def test_what_is_null_is_what_the_report_does_not_tell() -> None:
    levels = [level("all", 150, 60), level("acquisition", 4, 2), level("cultivation", 60, 30), level("value", 86, 28)]
    told = {one["stage"]: one for one in told_levels(levels)}
    for by in ("", "stage"):
        for one in suppressed(reported(by, [{"tag": "a", "status": "active", "levels": levels}])):
            if one.name in {"precision", "quality"}:
                assert one.value == told[one.group.get("stage", "all")][one.name]
