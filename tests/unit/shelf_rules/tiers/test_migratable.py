from __future__ import annotations

from typing import Any

import pytest

from shelf_rules.situation import Situation
from shelf_rules.tiers.migratable import migratable
from tests.factories import category_number, make_catalogue, make_evidence, make_past, make_situation
from tests.population import make_column

MMF = category_number("cash.mmf")
CATALOGUE = make_catalogue()


def make(previous: str | None = None, *, outflow: bool = False, **columns: float) -> Situation:
    filled: dict[str, Any] = {name: make_column(CATALOGUE, {"cash.mmf": value}) for name, value in columns.items()}
    recent = make_column(CATALOGUE, {"cash.mmf": float(outflow)}) > 0
    tiers = () if previous is None else ((MMF, previous),)
    return make_situation(
        catalogue=CATALOGUE,
        evidence=make_evidence(CATALOGUE, outflow_recent=recent, **filled),
        past=make_past(previous=tiers),
    )


def test_the_score_is_that_of_the_pinned_vector() -> None:
    score = migratable(make(intent=0.837324875662, gap=0.727272727273)).score[MMF]
    assert score == pytest.approx(0.89695681684, abs=1e-9)


def test_any_one_signal_suffices() -> None:
    assert migratable(make(intent=1.0)).score[MMF] == pytest.approx(0.9)
    assert migratable(make(gap=1.0)).score[MMF] == pytest.approx(0.8)
    assert migratable(make(maturity=1.0)).score[MMF] == pytest.approx(0.6)


def test_the_parts_are_the_weighted_signals() -> None:
    evidence = migratable(make(intent=0.5, gap=0.5, maturity=0.5))
    parts = {code: column[MMF] for code, column in evidence.parts.items()}
    assert parts == pytest.approx({"recent_interest": 0.45, "held_elsewhere": 0.4, "maturing": 0.3})


@pytest.mark.parametrize(
    ("signals", "flag"),
    [
        ({"intent": 0.15}, True),
        ({"intent": 0.149}, False),
        ({"gap": 0.3, "outflow": True}, True),
        ({"gap": 0.3}, False),
        ({"gap": 0.29, "outflow": True}, False),
        ({"maturity": 0.001}, True),
        ({"intent": 0.1}, False),
        ({"intent": 0.1, "previous": "fixed"}, False),
        ({"intent": 0.1, "previous": "migratable"}, True),
        ({"intent": 0.09, "previous": "migratable"}, False),
    ],
)
def test_present_evidence_is_interest_or_money_elsewhere_or_maturing(signals: dict[str, Any], flag: bool) -> None:
    assert migratable(make(**signals)).flag[MMF] == flag
