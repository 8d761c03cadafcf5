"""Few simulated experiments already tell a test that may be looked at daily from one that may not."""

from __future__ import annotations

from typing import Any

import pytest

from service.commands import experiments_aa as command
from service.errors import Refused
from service.progress import silent
from service.study.experiments_aa import DAYS, Row, chance_limit, experiments_aa

RUNS = 200


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return experiments_aa(RUNS, 3, silent)


def test_each_statistic_of_the_shelf_is_judged_and_keeps_gross_bounds(rows: list[Row]) -> None:
    ours = {(row.of, row.method): row for row in rows if row.ours}
    assert len(ours) == 4 * 2 + 1 + 2
    for (_, method), row in ours.items():
        assert row.runs == RUNS
        if row.bound == "least":
            assert row.rate >= 0.9
        else:
            assert row.rate <= (0.12 if row.looks == 1 else 0.06), method
        assert row.looks in {1, DAYS}


def test_peeking_and_tests_by_impression_are_shown_failing(rows: list[Row]) -> None:
    naive = [row for row in rows if not row.ours and not row.method.startswith("chi-squared")]
    assert len(naive) == 5
    assert all(row.rate > row.limit for row in naive)


def test_the_same_seed_gives_the_same_rows() -> None:
    assert experiments_aa(5, 1, silent) == experiments_aa(5, 1, silent)


def test_the_limits_at_2000_runs_are_those_of_the_design() -> None:
    assert (chance_limit(0.05, 2_000), chance_limit(0.001, 2_000)) == (0.065, 0.003)


def test_the_command_says_which_limit_is_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, missed = Row("a", "one", 1, 10, 0, 0.05), Row("b", "two", 28, 10, 5, 0.05)
    naive = Row("b", "three", 28, 10, 9, 0.05, ours=False)

    def answering(*found: Row) -> Any:
        return lambda *_: list(found)

    monkeypatch.setattr(command, "experiments_aa", answering(kept, naive))
    command.aa(runs=10, seed=1, as_json=True)
    assert '"met": true' in capsys.readouterr().out
    monkeypatch.setattr(command, "experiments_aa", answering(kept, missed, naive))
    with pytest.raises(Refused, match=r"b, two: 0\.5000"):
        command.aa(runs=10, seed=1, as_json=False)
    assert "MISSED (not used)" in capsys.readouterr().out
