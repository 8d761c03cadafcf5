from __future__ import annotations

from typing import Any

from loadtest.verdict import lines_of, summary_of, thresholds

LIMITS = thresholds()
CALL = {"count": 10, "errors": 0, "p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0, "max_ms": 4.0}
RESULT: dict[str, Any] = {"calls": {"shelf": CALL}, "faults": {}, "visits": 9, "late": 1, "rate": 3.0, "seconds": 4.5}
SWAPS = {
    "wanted": 2,
    "swaps": 2,
    "failed": 0,
    "seen": 2,
    "artifacts": 2,
    "followed_s": 0.5,
    "ratio_p50": 1.0,
    "ratio_p99": 1.1,
}
SWAPS |= dict.fromkeys(("swap", "command", "quiet"), CALL)


def test_a_run_without_an_error_passes_however_slow_it_was() -> None:
    slow = RESULT | {"calls": {"shelf": CALL | {"p99_ms": 5_000.0, "max_ms": 9_000.0}}}
    summary = summary_of(slow, LIMITS, None)
    assert summary["passed"]
    assert summary["goals_missed"] == ["shelf"]
    assert lines_of(summary, LIMITS)[-1] == "PASS"


def test_the_rate_that_was_asked_for_stands_beside_the_one_that_there_was() -> None:
    summary = summary_of(RESULT, LIMITS, None)
    assert summary["rate"] == {"asked": 3.0, "done": 2.0}
    assert any("3 visits a second asked, 2 done: 9 in" in line for line in lines_of(summary, LIMITS))


def test_one_error_fails_a_run_and_is_named() -> None:
    summary = summary_of(RESULT | {"faults": {"shelf: status 500": 1}}, LIMITS, None)
    assert not summary["passed"]
    lines = lines_of(summary, LIMITS)
    assert "  1 x shelf: status 500" in lines
    assert lines[-1] == "FAIL 1 errors, 0 allowed"


def test_an_answer_that_hung_or_none_at_all_fails_a_run() -> None:
    hung = RESULT | {"calls": {"shelf": CALL | {"max_ms": LIMITS["hang_ms"] + 1.0}}}
    assert not summary_of(hung, LIMITS, None)["passed"]
    assert summary_of(RESULT | {"calls": {}}, LIMITS, None)["failed"] == ["not one answer"]


def test_every_swap_has_to_show_on_a_shelf() -> None:
    assert summary_of(RESULT, LIMITS, SWAPS)["passed"]
    summary = summary_of(RESULT, LIMITS, SWAPS | {"seen": 1})
    assert summary["failed"] == ["1 of 2 swaps seen on the shelves"]
    assert any("2 of 2 swaps done, 0 failed; 1 seen" in line for line in lines_of(summary, LIMITS))
    assert any("at a swap / otherwise: p50 1.0, p99 1.1" in line for line in lines_of(summary, LIMITS))
