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
from service.study.fidelity import READINGS, Reading
from service.study.found_out import NOT_YET, FoundOut
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
    _show_readings(result)
    _show_found_out(result)


def _show_readings(result: Study) -> None:
    """Truthfulness against the truth over all tags of all seeds, and by seed, on each evidence."""
    rows: list[tuple[object, ...]] = []
    for name in READINGS:
        own = [(str(one.seed), one.readings[name]) for one in result.fidelity]
        for seed, reading in [("all", Reading.joined([reading for _, reading in own])), *own]:
            told = (f"{value:.3f}" for value in (reading.covered, reading.half_width, reading.spearman))
            rows.append((name, seed, len(reading.tags), f"{reading.error:+.3f}", *told))
    columns = ("evidence", "seed", "tags", "mean signed error", "95 % intervals cover", "median half-width", "Spearman")
    say_table("truthfulness against the written truth, by what it is measured on", columns, rows)


def _show_found_out(result: Study) -> None:
    """How well measuring tells wrong tags from right ones, and when they are watched and retired."""
    rows: list[tuple[object, ...]] = []
    own = [(str(one.seed), one.found_out) for one in result.fidelity]
    for seed, of in [("all", FoundOut.joined([found for _, found in own])), *own]:
        auc = (f"{of.auc(name, likings=only):.3f}" for name in ("truth", "lead") for only in (False, True))
        weeks = (_by_week([column[place] for place in of.judged]) for column in (of.watched, of.retired))
        rows.append((seed, sum(of.wrong), len(of.wrong), *auc, len(of.judged), *weeks))
    columns = ("seed", "wrong", "tags", "AUC truth", "likings alone", "AUC precision", "likings alone", "followed")
    say_table("three in ten tags wrong", (*columns, "on watch in week", "retired in week"), rows)
    say("AUC precision: by how many errors it lies above the base rate; weeks: of wrong tags with carriers enough")


def _by_week(weeks: list[int]) -> str:
    """How many in which week, and how many in none."""
    told = [f"{week}: {weeks.count(week)}" for week in sorted({*weeks} - {NOT_YET})]
    return ", ".join([*told, f"none: {weeks.count(NOT_YET)}"])


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
