"""The command `huojia study`: the loop measured against the written truth of simulated banks."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
import plotext

from service.commands.dates import day_of
from service.commands.output import say, say_table
from service.commands.places import check_file
from service.errors import Refused
from service.progress import progress_bar
from service.study.fidelity import MEASURES as TAG_MEASURES
from service.study.learning import LATE_WEEKS, MEASURES, OPTIONS, Study, study
from service.study.stage import Size


def study_loop(size: Size, seeds: str, json_file: Path | None, *, tags_only: bool) -> None:
    """Let every seed's bank live twice and print both curves, their intervals and the fidelity of tag quality.

    With `tags_only` the bank only learns, and no curves are compared. Raises Refused.
    """
    if not tags_only and size.weeks - size.warm_up < LATE_WEEKS + 1:
        raise Refused(f"--weeks {size.weeks}: at least {LATE_WEEKS + 1} after the warm-up")
    check_file("--json", json_file)
    day_of(size.until, "--until")
    with tempfile.TemporaryDirectory(prefix="huojia-study-") as name, progress_bar() as progress:
        ways = ("learning",) if tags_only else tuple(OPTIONS)
        result = study(Path(name), size, seeds_of(seeds), progress, ways)
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(result.document(), option=orjson.OPT_INDENT_2))
    _show(result, size)


def seeds_of(text: str) -> list[int]:
    """Seeds separated by commas; raises Refused."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts) or len(set(parts)) < len(parts):
        raise Refused(f"--seeds {text!r}: whole numbers separated by commas, each once")
    return [int(part) for part in parts]


def _show(result: Study, size: Size) -> None:
    begun = "a first model trained on them" if size.trained else "no model yet"
    say(
        f"true value per personal shelf, as a share of the best possible shelf: {size.customers} customers, "
        f"{size.days} days of history, {begun}; {size.warm_up} weeks without learning, then "
        f"{size.weeks - size.warm_up} in which demand turns by {size.market_turn:g}; "
        f"seeds {', '.join(map(str, result.seeds))}"
    )
    if len(result.curves["preference"]) > 1:
        _show_curves(result)
    columns = ("seed", *(f"Spearman {measure} (tags)" for measure in TAG_MEASURES), "largest difference of an outsider")
    say_table(
        "measured tag quality against the written truth",
        columns,
        [
            (
                one.seed,
                *(f"{one.spearman[measure]:.3f} ({one.tags[measure]})" for measure in TAG_MEASURES),
                f"{one.outsider:.1e}",
            )
            for one in result.fidelity
        ],
    )


def _plot(result: Study, measure: str) -> str:
    """Both curves of a measure, mean over seeds."""
    plotext.clear_figure()
    for way, curve in result.curves[measure].items():
        plotext.plot(range(1, curve.shape[1] + 1), curve.mean(axis=0).tolist(), label=way, marker=way[0])
    plotext.theme("clear")
    plotext.plotsize(100, 24)
    plotext.title(f"value by {measure}")
    plotext.xlabel("week")
    return str(plotext.uncolorize(plotext.build()))


def _show_curves(result: Study) -> None:
    for measure in MEASURES:
        say(_plot(result, measure))
    before = "week 1" if not result.warm_up else f"the last {min(result.warm_up, LATE_WEEKS)} of the warm-up"
    rows = [
        (f"rise while {way} (last {LATE_WEEKS} weeks less {before})", *(str(result.rise(one, way)) for one in MEASURES))
        for way in OPTIONS
    ]
    gains = (str(result.gain(one)) for one in MEASURES)
    rows.append((f"learning less frozen (last {LATE_WEEKS} weeks, paired)", *gains))
    say_table("mean over seeds with its 95 % interval", ("", *(f"by {measure}" for measure in MEASURES)), rows)
