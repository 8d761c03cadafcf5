from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.situation import Situation
from shelf_rules.tiers.fixed import fixed
from tests.factories import category_number, make_catalogue, make_evidence, make_past, make_situation
from tests.population import make_column

TERM = category_number("deposit.term")
CATALOGUE = make_catalogue()


def make(previous: str | None = None, **columns: float) -> Situation:
    filled: dict[str, Any] = {name: make_column(CATALOGUE, {"deposit.term": value}) for name, value in columns.items()}
    if "held" in filled:
        filled["held"] = filled["held"] > 0
    tiers = () if previous is None else ((TERM, previous),)
    return make_situation(
        catalogue=CATALOGUE, evidence=make_evidence(CATALOGUE, **filled), past=make_past(previous=tiers)
    )


def test_the_score_is_that_of_the_pinned_vectors() -> None:
    past = {"repeats": 0.833385552283, "share": 0.637834867467, "alive": 0.807492101944}
    assert fixed(make(**past, balance_share=0.36, held=1)).score[TERM] == pytest.approx(0.498483408888, abs=1e-9)
    assert fixed(make(**past)).score[TERM] == pytest.approx(0.329847126452, abs=1e-9)


def test_the_parts_sum_up_to_the_score_and_name_its_reasons() -> None:
    evidence = fixed(make(repeats=2.0, share=0.5, balance_share=0.25, alive=0.5))
    parts = {code: column[TERM] for code, column in evidence.parts.items()}
    expected = {"bought_again": 0.225 * (1 - np.exp(-1)), "held_long": 0.1, "large_share": 0.0375}
    assert parts == pytest.approx(expected)
    assert evidence.score[TERM] == pytest.approx(sum(parts.values()), abs=1e-9)


def test_a_category_without_a_past_scores_nothing() -> None:
    evidence = fixed(make())
    assert not evidence.score.any()
    assert not evidence.flag.any()


@pytest.mark.parametrize(
    ("repeats", "share", "previous", "flag"),
    [
        (1.0, 0.0, None, True),
        (0.99, 0.49, None, False),
        (0.0, 0.5, None, True),
        (0.7, 0.0, None, False),
        (0.7, 0.0, "migratable", False),
        (0.7, 0.0, "fixed", True),
        (0.0, 0.4, "fixed", True),
        (0.69, 0.39, "fixed", False),
    ],
)
def test_past_evidence_is_easier_to_keep_than_to_gain(
    repeats: float, share: float, previous: str | None, flag: bool
) -> None:
    assert fixed(make(previous, repeats=repeats, share=share)).flag[TERM] == flag
