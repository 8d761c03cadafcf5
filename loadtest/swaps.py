"""Swaps the model under load: two artifacts in turn, through the command, each swap awaited on the shelves."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loadtest.bank import Bank, CannotRun
from loadtest.tally import Latencies

DAYS_BACK = 60
FOLLOW_S = 2.0
_WINDOW_S = 0.5


def two_models(bank: Bank) -> list[str]:
    """Versions of two artifacts of the bank; a second one is trained once on an earlier day and kept.

    Where training refuses to put it in force, the one there is gets swapped with itself: a swap builds the same things.
    """
    found = _artifacts(bank)
    if len(found) < 2:
        newest = bank.json("model", "list")[-1]
        try:
            bank.command("train", "--as-of", _days_before(newest["window"]["as_of"]), "--older", quiet=False)
        except CannotRun as refusal:
            print(f"swaps: no second artifact: {refusal}")
        found = _artifacts(bank)
    return found if len(found) == 2 else found * 2


class Swapper(threading.Thread):
    """Swaps `count` times, then removes the file `busy`; what it did is in `swapped`, what went wrong in `faults`.

    One that fails is not repeated, and the next one is tried all the same.
    """

    def __init__(self, bank: Bank, versions: Sequence[str], count: int, busy: Path) -> None:
        super().__init__(name="swapper", daemon=True)
        self._bank, self._versions, self._count, self._busy = bank, versions, count, busy
        self._ending = threading.Event()
        self.swapped: list[tuple[float, float, str]] = []
        self.faults: list[str] = []

    def run(self) -> None:
        """Swap, and let the run end."""
        try:
            for number in range(self._count):
                self._swap(self._versions[number % 2])
                if self._ending.wait(2 * _WINDOW_S):
                    break
            self._ending.wait(FOLLOW_S)
        finally:
            self._busy.unlink(missing_ok=True)

    def _swap(self, version: str) -> None:
        began = time.time()
        try:
            put = self._bank.json("model", "promote", version)
        except (CannotRun, OSError, ValueError) as error:
            self.faults.append(str(error))
        else:
            self.swapped.append((began, time.time(), put["version"]))

    def stop(self) -> None:
        """Do not begin another swap."""
        self._ending.set()
        self.join(60)


def swap_report(swapped: Sequence[tuple[float, float, str]], result: Mapping[str, Any]) -> dict[str, Any]:
    """How many swaps the shelves showed, how soon, and what a shelf cost at the time of a swap and otherwise.

    Seconds are from when the command had said that it was done. Three kinds of time: half a second on either side of
    the first shelf of a new model, the rest of the time in which a command ran (it takes a core), and the quiet rest.
    """
    first = {model: at for at, model in result["models"]}
    seen = [(done, first[version]) for _, done, version in swapped if version in first]
    kinds = {"swap": Latencies(), "command": Latencies(), "quiet": Latencies()}
    for at, ms in result["samples"]:
        if any(abs(at - shown) <= _WINDOW_S for _, shown in seen):
            kinds["swap"].add(ms)
        elif any(began <= at <= done for began, done, _ in swapped):
            kinds["command"].add(ms)
        else:
            kinds["quiet"].add(ms)
    told: dict[str, Any] = {"swaps": len(swapped), "seen": len(seen)}
    told["followed_s"] = round(max((max(0.0, shown - done) for done, shown in seen), default=0.0), 3)
    told |= {name: {"count": found.count, **found.summary()} for name, found in kinds.items()}
    base = kinds["quiet"] if kinds["quiet"].count else kinds["command"]
    told["ratio_p50"], told["ratio_p99"] = (_ratio(kinds["swap"], base, share) for share in (0.5, 0.99))
    return told


def _ratio(one: Latencies, other: Latencies, share: float) -> float | None:
    return round(one.quantile(share) / other.quantile(share), 2) if one.count and other.count else None


def _artifacts(bank: Bank) -> list[str]:
    """The newest version of each of the two artifacts that were last in force."""
    newest: dict[str, str] = {}
    for one in reversed(bank.json("model", "list")):
        newest.setdefault(one["path"], one["version"])
    if not newest:
        raise CannotRun("swaps: the bank has no model; run `huojia train`")
    return list(newest.values())[1::-1]  # the one that is not in force comes first


def _days_before(date: str) -> str:
    return (dt.date.fromisoformat(date) - dt.timedelta(days=DAYS_BACK)).isoformat()
