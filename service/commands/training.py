"""`huojia train`: the new model's figures, its verdict, and the exit code of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recommender.ranker import TIERS
from service.bootstrap import runtime_of
from service.calendar import date_of_day, day_of_date
from service.commands.dates import day_of
from service.commands.output import say, say_json, say_table
from service.errors import ModelStays, Refused
from service.factor_folder import check_products, read_factors
from service.factor_plan import Cut, products_by_number, write_plan
from service.jobs.by_hand import ByHand
from service.jobs.train import Training
from service.jobs.train import train as fit_and_judge
from service.progress import Progress, progress_bar, silent
from service.runtime import Runtime
from service.settings import Settings
from service.training_data import training_data

Row = tuple[str, ...]


def train(settings: Settings, as_of: str, *, older: bool, as_json: bool, factors: str = "") -> None:
    """Train, compare, promote; raises Refused, with nothing changed, where the new model may not go into force.

    One that has learnt up to an earlier day than the model in force may only where `older` says so. `factors` is the
    folder of a plan with the item factors that were fitted for it.
    """
    with runtime_of(settings) as runtime, ByHand(runtime, "train", silent, kept=not as_of) as run:
        training = train_now(runtime, as_of, older=older, factors=factors, beside=run)
        if as_json:
            say_json(_told(training))
        else:
            _show(training)
        run.line = f"model m{in_force(training)} is in force"


def in_force(training: Training) -> int:
    """The version that a training put in force; raises ModelStays with the verdict where it put none."""
    if training.version is None:
        raise ModelStays("train: refused, the model in force stays: " + "; ".join(training.verdict.against))
    return training.version


def plan(settings: Settings, as_of: str, folder: str, *, as_json: bool) -> None:
    """Write what item factors are to be fitted on elsewhere, and say up to which days; raises Refused."""
    with runtime_of(settings) as runtime, progress_bar() as progress:
        progress("read", 0, 2)
        data = training_data(runtime, _last_day(runtime, as_of))
        progress("write", 1, 2)
        cuts = write_plan(runtime, data, Path(folder))
        progress("done", 2, 2)
    if as_json:
        say_json([{**cut._asdict(), "day": date_of_day(cut.day)} for cut in cuts])
    else:
        say_table("item factors to be fitted", Cut._fields, ((date_of_day(cut.day), *cut[1:]) for cut in cuts))
        say(f"written to {folder}; the factors of each belong into {folder}/factors/cut=DAY")


def _last_day(runtime: Runtime, as_of: str) -> int:
    """The number of a date, by default the clock's today; raises Refused for one to come."""
    today_no = runtime.calendar.day(runtime.clock.now_us())
    day = day_of_date(day_of(as_of)) if as_of else today_no
    if day > today_no:
        raise Refused(f"--as-of {as_of}: is yet to come")
    return day


def train_now(
    runtime: Runtime, as_of: str, *, older: bool = False, factors: str = "", beside: Progress = silent
) -> Training:
    """Train on what is known up to a date, by default the clock's today, or that of the factors; raises Refused.

    `beside`: who is told the progress beside the terminal.
    """
    given = read_factors(Path(factors)) if factors else None
    if given is not None:
        check_products(Path(factors), products_by_number(runtime))
    day = _last_day(runtime, as_of if given is None or as_of else str(date_of_day(max(given.by_day))))
    serving = runtime.worlds.last().scorer
    if serving is not None and day < serving.as_of and not older:
        known, asked = map(date_of_day, (serving.as_of, day))
        raise Refused(
            f"train: the model in force knows days up to {known}, this one would end on {asked}: give --older"
        )
    with progress_bar() as bar:

        def progress(stage: str, done: int, total: int) -> None:
            bar(stage, done, total)
            beside(stage, done, total)

        return fit_and_judge(runtime, day, progress, given)


def _told(training: Training) -> dict[str, Any]:
    return {
        "version": None if training.version is None else f"m{training.version}",
        "promoted": training.version is not None and training.is_new,
        "verdict": training.verdict._asdict(),
        "manifest": training.manifest,
    }


def _show(training: Training) -> None:
    metrics = training.manifest["metrics"]
    say_table(f"factors, on the days since {date_of_day(metrics['from_day'])}", *_factors(metrics))
    ranker = metrics.get("ranker")
    if ranker is not None:
        columns = ("blend", "model", "nDCG@10", "recall@10", "coverage@10", "0", "1-2", "3-9", "10+")
        title = f"ranker, on the days since {date_of_day(ranker['from_day'])}; nDCG@10 by number of events"
        say_table(title, columns, _models(ranker["blends"]))
        say_table("calibration", ("blend", "rankings", "rows", "bought", "ECE"), _calibration(ranker["blends"]))
    if training.verdict.compared:
        against = ("tier", "events", "rankings", "in force", "difference of nDCG@10", "95 % interval")
        say_table("against the model in force", against, _differences(training.verdict.compared))
    for note in training.verdict.notes:
        say(note)
    for reason in training.verdict.against:
        say(f"against it: {reason}")
    if training.version is not None:
        known = "" if training.is_new else ": the same data, the same model, no new version"
        say(f"model m{training.version} is in force{known}")
        say_unserved(training.manifest)


def say_unserved(manifest: Mapping[str, Any]) -> None:
    """Say of a model that ranks no tier what orders the tiers instead."""
    models = manifest["models"]
    if models["ranker"] is None or not set(TIERS) & set(models["ranker"]["blends"]):
        instead = "popularity orders" if models["als"] is None else "its factors, and popularity where they fail, order"
        say(f"note: it has learnt no order for {', '.join(TIERS)}: {instead} these tiers")


def _factors(metrics: Mapping[str, Any]) -> tuple[Row, list[Row]]:
    """Popularity and every setting of the factors, by the measures of the last window."""
    measures = ("map", "ndcg", "hit_rate", "mrr", "coverage")
    named = [("popularity", metrics["popularity"])]
    named += [
        (f"als F={one['factors']} reg={one['regularisation']:g} alpha={one['alpha']:g}", one) for one in metrics["als"]
    ]
    rows = [(name, *(f"{one[measure]:.4f}" for measure in measures)) for name, one in named]
    return ("model", *(f"{measure}@{metrics['k']}" for measure in measures)), rows


def _models(blends: Mapping[str, Any]) -> Iterator[Row]:
    for blend, measured in blends.items():
        for model, one in measured["models"].items():
            groups = (f"{group['ndcg']:.4f}" if group["rankings"] else "" for group in one["groups"].values())
            yield blend, model, f"{one['ndcg']:.4f}", f"{one['recall']:.4f}", f"{one['coverage']:.4f}", *groups


def _calibration(blends: Mapping[str, Any]) -> Iterator[Row]:
    for blend, one in blends.items():
        yield blend, str(one["rankings"]), str(one["rows"]), str(one["bought"]), f"{one['ece']:.5f}"


def _differences(compared: Mapping[str, Any]) -> Iterator[Row]:
    for tier, groups in compared.items():
        for group, one in groups.items():
            interval = f"[{one['low']:+.4f}, {one['high']:+.4f}]"
            yield tier, group, str(one["rankings"]), f"{one['incumbent']:.4f}", f"{one['mean']:+.4f}", interval
