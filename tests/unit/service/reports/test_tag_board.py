"""The tag board tells what was measured, with its own intervals."""

from __future__ import annotations

from typing import Any

from service.calendar import BankCalendar
from service.crediting import Windows
from service.reports.scope import Scope
from service.reports.tag_board import TagBoard

LEVEL = {
    "followed": 40.0,
    "observed": 50.0,
    "tagged": 60.0,
    "precision": 0.5,
    "truthfulness": 0.6,
    "durability": 0.7,
    "uniqueness": None,
    "quality": 0.4,
    "precision_low": 0.4,
    "precision_high": 0.6,
    "truthfulness_low": 0.5,
    "truthfulness_high": 0.7,
}


def board(by: str, tags: list[dict[str, Any]]) -> dict[str, Any]:
    scope = Scope(0, 1, by, (), 0, Windows(*[None] * 3), BankCalendar("Asia/Shanghai"), tags)  # type: ignore[arg-type]
    return {" ".join([one.name, *one.group.values()]): one for one in TagBoard(scope).metrics()}


def tag(name: str, status: str, *stages: str) -> dict[str, Any]:
    return {"tag": name, "status": status, "levels": [{"stage": stage, **LEVEL} for stage in stages]}


def test_precision_is_of_the_carriers_who_were_followed_with_the_interval_as_measured() -> None:
    told = board("", [tag("pref.cash", "active", "all", "value"), tag("new", "candidate")])
    one = told["precision pref.cash"]
    assert (one.numerator, one.denominator, one.low, one.high, one.method) == (20, 40, 0.4, 0.6, "as_measured")
    assert (one.customers, told["tags active"].value) == (60, 0.5)
    assert told["uniqueness pref.cash"].value is None
    assert told["quality pref.cash"].method == "none"
    assert "precision new" not in told


def test_by_stage_every_stage_is_told_and_not_all_of_them_together() -> None:
    told = board("stage", [tag("pref.cash", "active", "all", "value")])
    assert "precision pref.cash value" in told
    assert not any(name.endswith("all") for name in told)
