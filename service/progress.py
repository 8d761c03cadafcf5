"""Progress of long work: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TextIO

from tqdm import tqdm

Progress = Callable[[str, int, int], None]
"""Called with the stage, how much of it is done, and its total (0: not known)."""

_LINE_EVERY_S = 10.0
_LINE = re.compile(r"(.+): ([\d,]+)(?: of ([\d,]+))?")


class Step(NamedTuple):
    """How far a stage is; total 0: not known."""

    stage: str
    done: int
    total: int

    @property
    def line(self) -> str:
        """The step as a plain line."""
        return f"{self.stage}: {self.done:,} of {self.total:,}" if self.total else f"{self.stage}: {self.done:,}"


def step_of(line: str) -> Step | None:
    """The step that another process told in a plain line; None: it told something else."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        return None
    done, total = (int((found[part] or "0").replace(",", "")) for part in (2, 3))
    return Step(found[1], done, total)


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@contextmanager
def progress_bar(enabled: bool = True, stream: TextIO | None = None) -> Iterator[Progress]:
    """A bar a stage on a terminal; elsewhere a line at a stage's beginning and end, and every ten seconds between."""
    out = stream or sys.stderr
    if not enabled:
        yield silent
    elif out.isatty():
        bars = _Bars(out)
        try:
            yield bars
        finally:
            bars.close()
    else:
        yield _Lines(out)


class _Bars:
    def __init__(self, out: TextIO) -> None:
        self._out, self._stage = out, ""
        self._bar: tqdm | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._bar is None or stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = tqdm(total=total or None, desc=stage, file=self._out, unit_scale=True, dynamic_ncols=True)
        # An estimate of the total may turn out too small.
        self._bar.total = max(total, done) or None
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _Lines:
    def __init__(self, out: TextIO) -> None:
        self._out, self._stage, self._told = out, "", 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage != self._stage or done == total or now - self._told >= _LINE_EVERY_S:
            self._stage, self._told = stage, now
            print(Step(stage, done, total).line, file=self._out, flush=True)
