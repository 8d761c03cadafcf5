from __future__ import annotations

from pathlib import Path

import pytest

from loadtest.plan import VARIABLE, Plan, given_plan


def test_a_plan_is_read_as_it_was_written_and_by_its_owner_alone(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan.write(tmp_path / "plan.json")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "plan.json"))
    assert given_plan() == plan
    assert (tmp_path / "plan.json").stat().st_mode & 0o077 == 0


def test_without_a_plan_it_is_said_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(SystemExit, match="make loadtest"):
        given_plan()
