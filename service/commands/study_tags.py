"""The command `huojia study-tags`: what tags are worth to the ranker, by the written truth of simulated banks."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer

from recommender.evaluation.bootstrap import Bootstrap
from service.commands.dates import day_of
from service.commands.output import say, say_table
from service.commands.places import check_file
from service.commands.study import seeds_of
from service.progress import progress_bar
from service.study.stage import Size
from service.study.tag_lift import BY_SILENCING, IN_FULL, RECOVERED, WEIGHTED, Compared, Judged, TagLift, tag_lift


def study_tags(
    *,
    seeds: Annotated[str, typer.Option(help="Seeds of the banks, separated by commas.")] = "1,2,3,4,5",
    customers: Annotated[int, typer.Option(min=30, help="Customers of each bank.")] = 3_000,
    products: Annotated[int, typer.Option(min=20, help="Products of each bank.")] = 120,
    days: Annotated[int, typer.Option(min=360, help="Simulated days.")] = 548,
    until: Annotated[str, typer.Option(help="The day after the last simulated one, YYYY-MM-DD.")] = "2026-06-01",
    wrong: Annotated[float, typer.Option(min=0.01, max=1.0, help="Share of the tags that go wrong.")] = 0.3,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the results to this file.")] = None,
) -> None:
    """Judge the ranker with and without tags by true preference, and with some of the tags wrong."""
    check_file("--json", json_file)
    day_of(until, "--until")
    size, numbers = Size(customers, products, days, 0, until, trained=False), seeds_of(seeds)
    with tempfile.TemporaryDirectory(prefix="huojia-study-") as name, progress_bar() as progress:
        result = tag_lift(Path(name), size, numbers, progress, wrong)
    if json_file is not None:
        json_file.write_bytes(orjson.dumps(result.document(), option=orjson.OPT_INDENT_2))
    _show(result, size, wrong)


def _show(result: TagLift, size: Size, wrong: float) -> None:
    together = Judged.joined(result.judged)
    say(
        f"nDCG@10 with the true preference as gain, over products that may be shown and are not held: "
        f"{len(together.holdings)} customers with a personal shelf in {len(result.seeds)} banks of {size.customers}, "
        f"{size.products} products, {size.days} days; paired 95 % intervals over customers"
    )
    _table("what tags add", together.lifts())
    _losses(together.losses(), wrong)
    columns = ("seed", "wrong tags before", "after", "right tags before", "after")
    rows = [(seed, *(f"{value:.3f}" for value in one)) for seed, one in zip(result.seeds, result.quality, strict=True)]
    say_table("mean measured quality", columns, rows)


def _table(title: str, rows: Sequence[Compared]) -> None:
    columns = ("order", "holdings", "customers", *rows[0].ndcg, *rows[0].differences)
    say_table(
        title,
        columns,
        [
            (
                row.order,
                row.group,
                row.customers,
                *(f"{value:.4f}" for value in row.ndcg.values()),
                *(_told(one) for one in row.differences.values()),
            )
            for row in rows
        ],
    )


def _losses(rows: Sequence[Compared], wrong: float) -> None:
    who = ("order", "holdings", "customers")
    of_whom = [(row.order, row.group, row.customers) for row in rows]
    recovered = [
        (
            *told,
            *(f"{row.ndcg[of]:.4f}" for of in (WEIGHTED, f"{IN_FULL}, wrong", f"{WEIGHTED}, wrong")),
            *(_told(row.differences[of]) for of in (RECOVERED, BY_SILENCING)),
        )
        for told, row in zip(of_whom, rows, strict=True)
    ]
    columns = ("right tags", "wrong, not weighted", "wrong, weighted", RECOVERED, BY_SILENCING)
    say_table(f"{wrong:.0%} of the tags wrong after training, not refitted", (*who, *columns), recovered)
    say("recovered: of what wrong tags in full cost, the share that weighing by quality as measured again gets back")
    models = [name for name in rows[0].ndcg if f"{name}, wrong" in rows[0].ndcg]
    gains = [
        (*told, *(f"{row.ndcg[of]:.4f} → {row.ndcg[f'{of}, wrong']:.4f}" for of in models))
        for told, row in zip(of_whom, rows, strict=True)
    ]
    say_table("each model with right tags → with wrong ones", (*who, *models), gains)
    others = [name for name in rows[0].differences if name.startswith("saved against")]
    saved = [
        (*told, *(_told(row.differences[other]) for other in others)) for told, row in zip(of_whom, rows, strict=True)
    ]
    say_table("what weighing by quality loses less", (*who, *others), saved)


def _told(one: Bootstrap) -> str:
    return f"{one.mean:+.4f} [{one.low:+.4f}, {one.high:+.4f}]"
