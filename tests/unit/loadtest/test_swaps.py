from __future__ import annotations

from loadtest.swaps import swap_report

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
