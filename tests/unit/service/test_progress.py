from __future__ import annotations

import io

import pytest

from service.progress import Step, progress_bar, step_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_where_nobody_looks_a_stage_has_a_line_at_its_beginning_and_end() -> None:
    out = io.StringIO()
    with progress_bar(stream=out) as progress:
        for done in range(0, 3_001, 1_000):
            progress("events", done, 3_000)
        progress("rows", 5, 0)
    assert out.getvalue().splitlines() == ["events: 0 of 3,000", "events: 3,000 of 3,000", "rows: 5"]


def test_on_a_terminal_it_is_a_bar_a_stage() -> None:
    out = Terminal()
    with progress_bar(stream=out) as progress:
        progress("events", 10, 10)
        progress("rows", 7, 5)
    assert "events: 100%" in out.getvalue()
    assert "7.00/7.00" in out.getvalue()


def test_switched_off_it_says_nothing() -> None:
    out = Terminal()
    with progress_bar(enabled=False, stream=out) as progress:
        progress("events", 1, 2)
    assert out.getvalue() == ""


@pytest.mark.parametrize("step", [Step("credits", 0, 9), Step("read: part 2", 1_234, 1_000_000), Step("tiers", 7, 0)])
def test_another_process_reads_the_step_out_of_a_line(step: Step) -> None:
    assert step_of(f"{step.line}\n") == step


@pytest.mark.parametrize("line", ["", "huojia: no room", "credits: many", "credits 3 of 9"])
def test_any_other_line_is_no_step(line: str) -> None:
    assert step_of(line) is None
