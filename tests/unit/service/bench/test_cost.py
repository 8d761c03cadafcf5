"""What a child process took."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from service.bench.cost import cost_of
from service.errors import Refused

BYTES = 96 << 20


def test_it_measures_the_memory_of_the_child_and_keeps_what_it_prints(tmp_path: Path) -> None:
    program = f"import os; kept = bytearray(os.urandom(1)) * {BYTES}; print(len(kept), os.environ['WORD'])"
    cost = cost_of([sys.executable, "-c", program], {"WORD": "here"}, tmp_path / "out")
    assert (tmp_path / "out").read_text(encoding="utf-8") == f"{BYTES} here\n"
    assert cost.peak_gib * 2**30 > BYTES
    assert min(cost.wall_s, cost.cpu_s) > 0


def test_a_child_that_fails_is_named_with_its_exit_code() -> None:
    with pytest.raises(Refused, match=r"raise SystemExit.*exit code 3"):
        cost_of([sys.executable, "-c", "raise SystemExit(3)"], {})
