from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from loadtest import swaps
from loadtest.bank import Bank, CannotRun
from loadtest.swaps import Swapper, swap_report

SWAPPED = [(10.0, 12.0, "m2"), (20.0, 22.0, "m3"), (30.0, 32.0, "m4")]
RESULT = {
    "models": [(0.0, "m1"), (12.5, "m2"), (21.9, "m3")],
    "samples": [(5.0, 1.0), (6.0, 1.0), (11.0, 8.0), (12.6, 2.0), (22.0, 2.0), (31.0, 9.0)],
}


def test_swaps_are_seen_by_the_first_shelf_that_names_the_model() -> None:
    told = swap_report(SWAPPED, RESULT)
    assert (told["swaps"], told["seen"], told["followed_s"]) == (3, 2, 0.5)


def test_shelves_at_a_swap_are_compared_with_those_of_quiet_times() -> None:
    told = swap_report(SWAPPED, RESULT)
    assert [told[name]["count"] for name in ("swap", "command", "quiet")] == [2, 2, 2]
    assert told["ratio_p50"] == 2.0
    assert swap_report([], {"models": [], "samples": []})["ratio_p50"] is None


def test_a_swap_that_fails_is_counted_and_the_next_one_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FOLLOW_S", "_WINDOW_S"):
        monkeypatch.setattr(swaps, name, 0.0)
    asked: list[str] = []

    class Refusing:
        def json(self, *arguments: str) -> Any:
            asked.append(arguments[-1])
            if len(asked) == 2:
                raise CannotRun("the database is locked")
            return {"version": f"m{len(asked)}"}

    busy = tmp_path / "busy"
    busy.touch()
    swapper = Swapper(cast(Bank, Refusing()), ["m1", "m2"], 4, busy)
    swapper.run()
    assert asked == ["m1", "m2", "m1", "m2"]
    assert [version for _, _, version in swapper.swapped] == ["m1", "m3", "m4"]
    assert swapper.faults == ["the database is locked"]
    assert not busy.exists()
