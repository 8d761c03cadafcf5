"""A tuned baseline: which settings there are, and which are taken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recommender.evaluation.known import Known
from recommender.evaluation.study import Fit, Score
from service.evaluation.contenders import Menu, Tunable
from service.evaluation.tuned import Tuned
from tests.unit.recommender.evaluation.tiny import dataset, marks

DATA = dataset(marks((0, 1, 20), (1, 2, 30)))


def nothing(known: Known) -> Score:
    return lambda customers: np.zeros((len(customers), known.data.items))


class Judged:
    """A tuning whose answer is known beforehand."""

    def __init__(self, **maps: float) -> None:
        self.given = maps

    def maps(self, fits: Mapping[str, Fit], *, hold_last: bool) -> dict[str, float]:
        return self.given


def test_als_stands_in_the_table_as_it_comes_and_with_settings_chosen_from_a_grid() -> None:
    """recommender.md §12, trap 6: defaults lose clearly against a small grid."""
    menu = Menu(DATA, "all", 0)
    assert "als_default" in menu.fixed()
    grids = {one.name: one.fits for one in menu.tunable()}
    assert len(grids["als_tuned"]) >= 3


def test_the_settings_with_the_highest_map_before_the_split_are_taken(tmp_path: Path) -> None:
    model = Tunable("als_tuned", {"first": nothing, "second": nothing, "third": nothing})
    judged: Any = Judged(first=0.1, second=0.3, third=0.2)
    for cache in (None, tmp_path, tmp_path):
        chosen = Tuned(cache, "").contender(model, model, lambda: judged, hold_last=False)
        assert (chosen.name, chosen.settings) == ("als_tuned", "second")
