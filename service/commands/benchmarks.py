"""The command `huojia benchmarks`."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from service.commands.evaluation import CACHE
from service.commands.output import say
from service.errors import Refused
from service.evaluation.benchmarks import BENCHMARKS, Bank, Benchmark, Options, asked
from service.evaluation.document import command, document
from service.evaluation.memory import Memory
from service.evaluation.plots import name_of, write_plots
from service.evaluation.report import Report
from service.jobs.evaluate import evaluate
from service.progress import Progress, progress_bar
from service.settings import Settings
from service.simulate import simulate

PLOTS = "plots"


def benchmarks(settings: Settings, data: Path, out: Path | None, *, cached: bool) -> None:
    """Evaluate on every data set that is there and write the document; without any, one line and no document."""
    wanted = [one.folder for one in BENCHMARKS if one.bank is None]
    there = [name for name in wanted if (data / name).is_dir()]
    if not there:
        say(f"benchmarks skipped: {data} holds none of {', '.join(wanted)}")
        return
    if out is not None and not out.absolute().parent.is_dir():
        raise Refused(f"--out {out}: no such folder")
    cache = settings.folder / CACHE if cached else None
    with progress_bar() as progress, tempfile.TemporaryDirectory(prefix="huojia-benchmarks-") as name:
        made = {one.folder: _simulated(Path(name), one.folder, one.bank, progress) for one in BENCHMARKS if one.bank}
        folders = {folder: data / folder for folder in there} | made
        sections = [
            (one, _reports(folders[one.folder], one, cache, progress) if one.folder in folders else [])
            for one in BENCHMARKS
        ]
    plots = {} if out is None else _plots([report for _, tables in sections for _, report in tables], out.parent)
    text = document(sections, dt.datetime.now(dt.UTC).date(), plots)
    if out is None:
        say(text)
        return
    out.write_text(text, encoding="utf-8")
    say(f"{out}: {sum(len(tables) for _, tables in sections)} tables")


def _simulated(into: Path, name: str, bank: Bank, progress: Progress) -> Path:
    customers, products, days, until, seed = bank
    folder, last = into / name, dt.date.fromisoformat(until)
    simulate(folder, customers=customers, products=products, days=days, until=last, seed=seed, progress=progress)
    return folder


def _plots(reports: Sequence[Report], folder: Path) -> dict[str, dict[str, str]]:
    """Plots beside the document, by title, as it names them."""
    (folder / PLOTS).mkdir(exist_ok=True)
    found: dict[str, dict[str, str]] = {}
    for report in reports:
        files = write_plots(report, folder / PLOTS, name_of(report))
        found[report.title()] = {kind: f"{PLOTS}/{path.name}" for kind, path in files.items()}
    return found


def _reports(
    folder: Path, benchmark: Benchmark, cache: Path | None, progress: Progress
) -> list[tuple[Options, Report]]:
    memory, started = Memory(), time.perf_counter()
    found = []
    for options in benchmark.tables:
        say(command(benchmark.folder, options))
        found.append((options, evaluate(asked(folder, options), cache=cache, progress=progress, memory=memory)))
    say(f"{benchmark.folder}: {len(found)} tables in {time.perf_counter() - started:.0f} s")
    return found
