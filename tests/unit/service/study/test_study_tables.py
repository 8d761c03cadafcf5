from __future__ import annotations

import numpy as np
import pytest

from service.commands import study as module
from service.commands.output import say_table
from service.study.fidelity import MEASURES as TAG_MEASURES
from service.study.fidelity import READINGS, Fidelity, Reading
from service.study.found_out import FoundOut
from service.study.learning import MEASURES, Study
from service.study.stage import Size


def test_the_tables_tell_each_figure_under_its_own_heading(capsys: pytest.CaptureFixture[str]) -> None:
    reading = Reading(["a", "b"], [0.5, 0.25], [0.75, 0.5], [0.5, 0.375], [1.0, 0.625])
    wrong = FoundOut([True, False], [True, True], [0.1, 0.9], [1.0, 2.0], [40, 40], [5, -1], [9, -1])
    tags, spearman = dict.fromkeys(TAG_MEASURES, 2), dict.fromkeys(TAG_MEASURES, 1.0)
    told = Fidelity(7, tags, spearman, dict.fromkeys(READINGS, reading), wrong, 0.0)
    curves = {measure: {"learning": np.zeros((1, 4))} for measure in MEASURES}
    module._show(Study((7,), 0, curves, (told,)), Size(100, 20, 90, 4, "2026-06-01", trained=False))
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows.count(["organic,", "hold-out", "7", "2", "+0.250", "0.500", "0.188", "1.000"]) == 1
    found_out = ["7", "1", "2", "1.000", "1.000", "1.000", "1.000", "1", "5: 1, none: 0", "9: 1, none: 0"]
    assert " ".join(found_out).split() in rows


def test_a_row_without_all_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="told: 1 values for 2 columns"):
        say_table("told", ("a", "b"), [("x",)])
