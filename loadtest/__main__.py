"""`python -m loadtest`: a service over a copy of the sample bank, thirty seconds of load, a report, an exit code."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from loadtest.bank import Bank, CannotRun, built, copied, running
from loadtest.plan import VARIABLE, Plan
from loadtest.planning import above_zero, count, plan_for, positive
from loadtest.shapes import SHAPES
from loadtest.swaps import Swapper, swap_report, two_models
from loadtest.verdict import lines_of, summary_of, thresholds

RATE_A_CORE, CORES_USED = 15.0, 2
"""The load is one process of the service and one of callers: more than two cores add nothing to it."""


def main() -> None:
    """Run the load; exit 0 passed, 1 an error or a refusal, 2 wrong usage."""
    given = _arguments()
    try:
        bank = built(given.data_dir, given.customers)
        versions = two_models(bank) if given.swaps else []
        with copied(bank) as copy, running(copy) as url:
            print(f"load: {given.rate:g} visits a second of {given.users} users for {given.seconds:g} s on {url}")
            summary = loaded(copy, url, given, versions)
    except CannotRun as refusal:
        print(f"loadtest: {refusal}", file=sys.stderr)
        raise SystemExit(1) from None
    print("\n".join(lines_of(summary, thresholds())))
    text = json.dumps(summary, ensure_ascii=False)
    print(text)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")
    raise SystemExit(0 if summary["passed"] else 1)


def loaded(bank: Bank, url: str, given: argparse.Namespace, versions: list[str]) -> dict[str, Any]:
    """Put load on a running service, swapping models meanwhile where that is asked for; the summary."""
    with tempfile.TemporaryDirectory(prefix="huojia-load-") as name:
        folder = Path(name)
        files = {"result": str(folder / "result.json"), "busy": str(folder / "busy")}
        asked = {name: getattr(given, name) for name in ("users", "rate", "seconds", "shape", "seed")}
        plan = plan_for(bank, url, **files, **asked, samples=given.swaps > 0)
        plan.write(folder / "plan.json")
        swapper = Swapper(bank, versions, given.swaps, Path(plan.busy)) if given.swaps else None
        if swapper is not None:
            Path(plan.busy).touch()
            swapper.start()
        try:
            result = _locust(plan, folder)
        finally:
            if swapper is not None:
                swapper.stop()
    swaps = None
    if swapper is not None:
        told = {"wanted": given.swaps, "failed": len(swapper.faults), "artifacts": len(set(versions))}
        swaps = swap_report(swapper.swapped, result) | told
        result["faults"] |= Counter(f"swap: {fault}" for fault in swapper.faults)
    return summary_of(result | {"rate": given.rate}, thresholds(), swaps)


def _locust(plan: Plan, folder: Path) -> dict[str, Any]:
    """Run locust, which patches the whole process it is imported into, in a process of its own; what it measured."""
    command = [sys.executable, "-m", "locust", "--locustfile", str(Path(__file__).with_name("locustfile.py"))]
    command += ["--headless", "--host", plan.url, "--only-summary", "--stop-timeout", "20", "--loglevel", "WARNING"]
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    environment = {**os.environ, VARIABLE: str(folder / "plan.json"), "PYTHONPATH": path}
    # Its exit code says less than the result: a switch that was not obeyed is no failed request.
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if not Path(plan.result).exists():
        said = done.stderr.strip().splitlines()
        raise CannotRun(f"locust ended without a result: {said[-1] if said else done.returncode}")
    result: dict[str, Any] = json.loads(Path(plan.result).read_text("utf-8"))
    return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtest", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("var/loadtest"), help="the bank's folder, built if empty")
    parser.add_argument("--customers", type=positive, help="customers of the bank that is built; default 2000")
    parser.add_argument("--seconds", type=above_zero, default=30.0, help="length of the run")
    parser.add_argument("--users", type=positive, default=100, help="callers: shoppers 90, reporters 9, flippers 1")
    rate = RATE_A_CORE * min(CORES_USED, (os.cpu_count() or 1))
    told = f"visits a second of all callers together; default {RATE_A_CORE:g} a core, of {CORES_USED} at most"
    parser.add_argument("--rate", type=above_zero, default=rate, help=told)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="steady", help="how many callers there are when")
    parser.add_argument("--swaps", type=count, default=0, help="swap the model so many times during the run")
    parser.add_argument("--seed", type=count, default=7, help="seed of what the callers do")
    parser.add_argument("--json", type=Path, help="write the summary here too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
