"""The living bank by hand: its customers use a running service, week after week."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from service.commands.bank import Size
from service.commands.dates import day_of, today
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.progress import progress_bar
from service.settings import Settings
from service.simulate.live import FROZEN, LEARNING, Plan, Week, live
from service.simulate.live.plan import read_arms
from service.simulate.run import SimulationSize

USUAL = (Plan.exposure_lift, Plan.task_effect, Plan.visits)
"""What the options say that have a value without being given."""
BESIDE, ALONE = "truth-live", Path("living-truth")
_COUNTS = {"shelves": "shelves", "impressions": "seen", "clicks": "clicks", "purchases": "bought"}
_COUNTS |= {"through_shelf": "on shelf", "lifted": "lifted", "tags": "tags", "events": "events"}
_COUNTS |= {"rejected": "rejected", "promoted": "promoted"}
_VALUES = {
    "value": "value",
    "value_personal": "personal",
    "value_nonpersonal": "nonpersonal",
    "value_holdout": "holdout",
}


def plan_of(
    settings: Settings, size: Size, until: str, given: tuple[int, float, float, float], arms: list[str]
) -> Plan:
    """The plan of the command's options; `given` are weeks, exposure lift, task effect and visits."""
    customers, products, days, seed = size
    weeks, lift, effect, visits = given
    return Plan(
        weeks=weeks,
        until=day_of(until) if until else today(settings),
        size=SimulationSize(customers, products, days, seed),
        exposure_lift=lift,
        task_effect=effect,
        arms=read_arms(arms),
        visits=visits,
    )


def jobs_of(learn: bool | None) -> tuple[str, ...]:
    """The jobs after every week: all of them, the daily bookkeeping alone, or none."""
    return () if learn is None else LEARNING if learn else FROZEN


def live_on(service: tuple[str, str], plan: Plan, folder: Path | None, *, as_json: bool) -> None:
    """Live against the service (url, key), write the truth and print a row a week."""
    url, key = service
    if not url or not key:
        raise Refused("simulate --live needs --url and --key of a running service")
    truth = ALONE if folder is None else folder / BESIDE
    if truth.exists() and not truth.is_dir():
        raise Refused(f"{truth}: not a folder")
    with progress_bar() as progress:
        weeks = live(url, key, plan, truth, progress)
    if as_json:
        say_json({"folder": str(truth), "weeks": [week.as_dict() for week in weeks]})
        return
    columns = ("week", *_COUNTS.values(), *_VALUES.values(), "seconds")
    say_table("what each week came to; values are shares of the best possible shelf", columns, _rows(weeks))
    say(f"the truth is in {truth}")


def _rows(weeks: Sequence[Week]) -> list[tuple[str, ...]]:
    rows = []
    for week in weeks:
        told = week.as_dict()
        values = (f"{told[name]:.3f}" for name in _VALUES)
        rows.append((str(week.week), *(str(told[name]) for name in _COUNTS), *values, f"{week.seconds:.0f}"))
    return rows
