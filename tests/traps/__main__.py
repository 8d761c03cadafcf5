"""`python -m tests.traps`: every test first as it is, then each mistake put in, one process a mistake."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from service.commands.output import say
from service.progress import progress_bar
from tests.architecture.tree import ROOT
from tests.traps.mistake import Trap
from tests.traps.plugin import CHOSEN, OUT, named
from tests.traps.table import TRAPS

OPTIONS = ("-q", "--noconftest", "-p", "no:cacheprovider", "-p", "tests.traps.plugin")
AT_ONCE = 2


def run(tests: Sequence[str], chosen: str = "") -> dict[str, str]:
    """How each test, or each case of it, ended in a process of its own, with one mistake put in or none."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "ended.json"
        environment = os.environ | {CHOSEN: chosen, OUT: str(out), "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        found: dict[str, str] = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    lines = done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ["nothing was said"]
    return {test: _ending(found, test) or f"broken: {lines[-1]}" for test in tests}


def _ending(found: dict[str, str], test: str) -> str:
    """Of a test with several cases the worst one; nothing where it did not run."""
    cases = [ending for node, ending in found.items() if node == test or node.startswith(f"{test}[")]
    return max(cases, key=lambda ending: ("green", "red", "broken").index(_word(ending)), default="")


def main(arguments: Sequence[str] = ()) -> int:
    """Prints what became of the traps; 1 where a test is not green without its mistake or not red with it."""
    traps = _asked(arguments)
    numbers = {str(trap.number) for trap in traps}
    mistakes = {chosen: one for chosen, one in named().items() if chosen.partition(".")[0] in numbers}
    with progress_bar() as progress:
        progress("as it is", 0, 1)
        clean = run(sorted({test for one in mistakes.values() for test in one.tests}))
        progress("as it is", 1, 1)
        ended: dict[str, dict[str, str]] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            runs = {chosen: pool.submit(run, one.tests, chosen) for chosen, one in mistakes.items()}
            for place, (chosen, running) in enumerate(runs.items()):
                progress("with a mistake", place, len(runs))
                ended[chosen] = running.result()
        progress("with a mistake", len(runs), len(runs))
    faults = [fault for trap in traps for fault in _told(trap, clean, ended)]
    for fault in faults:
        say(fault)
    say(f"{len(traps)} traps, {len(mistakes)} mistakes, {sum(map(len, ended.values()))} tests: {len(faults)} amiss")
    return 1 if faults else 0


def _asked(arguments: Sequence[str]) -> list[Trap]:
    """The traps whose numbers are given, or all; ends the process with exit code 2 at a number that is none."""
    about = "Put every mistake of the table of traps in, and say whether the tests that should notice it do."
    parser = argparse.ArgumentParser(prog="python -m tests.traps", description=about)
    known = [trap.number for trap in TRAPS]
    parser.add_argument(
        "number", nargs="*", type=int, help=f"only these traps, {min(known)} to {max(known)}; default: all"
    )
    numbers = parser.parse_args(arguments).number
    if unknown := sorted(set(numbers) - set(known)):
        parser.error(f"no such trap: {', '.join(map(str, unknown))}; there are {min(known)} to {max(known)}")
    return [trap for trap in TRAPS if not numbers or trap.number in numbers]


def _told(trap: Trap, clean: dict[str, str], ended: dict[str, dict[str, str]]) -> list[str]:
    """Prints one trap; what is not as it must be."""
    faults = []
    say(f"{trap.number}. {trap.statement}")
    for place, one in enumerate(trap.mistakes, start=1):
        say(f"   set: {one.what} ({', '.join(one.wrong)})")
        for test, after in ended[f"{trap.number}.{place}"].items():
            say(f"   {_word(clean[test])} -> {_word(after)}  {test}")
            if _word(clean[test]) != "green" or _word(after) != "red":
                faults.append(f"NOT NOTICED {trap.number}.{place}: {test}: without {clean[test]}; with {after}")
    return faults


def _word(ending: str) -> str:
    return ending.partition(":")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
