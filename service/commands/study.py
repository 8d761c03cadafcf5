"""The command `huojia study`: the loop measured against the written truth of simulated banks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
import plotext

from service.commands.output import say, say_table
from service.errors import Refused
from service.progress import progress_bar
from service.study.fidelity import MEASURES
from service.study.learning import LATE_WEEKS, WAYS, Study, study
from service.study.stage import Size


def study_loop(size: Size, seeds: str, json_file: Path | None) -> None:
    """Let every seed's bank live twice and print both curves, their intervals and the fidelity of tag quality."""
    if json_file is not None and not json_file.parent.is_dir():
        raise Refused(f"{json_file.parent}: no such folder")
    with tempfile.TemporaryDirectory(prefix="huojia-study-") as name, progress_bar() as progress:
        result = study(Path(name), size, _numbers(seeds), (), progress)
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(result.document(), option=orjson.OPT_INDENT_2))
    _show(result, size)


def _numbers(text: str) -> list[int]:
    """Seeds separated by commas; raises Refused."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts) or len(set(parts)) < len(parts):
        raise Refused(f"--seeds {text!r}: whole numbers separated by commas, each once")
    return [int(part) for part in parts]


def _show(result: Study, size: Size) -> None:
    say(
        f"true-preference value per personal shelf, as a share of the best possible shelf: {size.customers} customers, "
        f"{size.weeks} weeks, {'a first model trained' if size.trained else 'untrained'} before them, "
        f"seeds {', '.join(map(str, result.seeds))}"
    )
    plotext.clear_figure()
    for way in WAYS:
        plotext.plot(range(1, size.weeks + 1), result.curves[way].mean(axis=0).tolist(), label=way, marker=way[0])
    plotext.theme("clear")
    plotext.plotsize(100, 24)
    plotext.xlabel("week")
    say(plotext.uncolorize(plotext.build()))
    rows = [(f"rise while {way} (last {LATE_WEEKS} weeks less week 1)", str(result.rise(way))) for way in WAYS]
    rows.append((f"learning less frozen (last {LATE_WEEKS} weeks, paired)", str(result.gain())))
    say_table("mean over seeds with its 95 % interval", ("", "value"), rows)
    columns = ("seed", *(f"Spearman {measure} (tags)" for measure in MEASURES), "largest difference of an outsider")
    say_table(
        "measured tag quality against the written truth",
        columns,
        [
            (
                one.seed,
                *(f"{one.spearman[measure]:.3f} ({one.tags[measure]})" for measure in MEASURES),
                f"{one.outsider:.1e}",
            )
            for one in result.fidelity
        ],
    )
