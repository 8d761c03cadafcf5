"""The command `huojia`: every job of the service by hand, one clear line on failure."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli_groups import GROUPS, Json
from service.commands import (
    audit,
    bank,
    benchmark,
    customers,
    exchange_format,
    flips,
    latent,
    living,
    migrating,
    replay,
    report,
    scaling,
    scaling_feedback,
    serving,
    study_tags,
    tag_benchmarks,
    tags,
    training,
    watching,
)
from service.commands.study import study_loop as run_study
from service.errors import HuojiaError, Refused
from service.settings import load_settings
from service.study.stage import Size
from service.tag_evidence import EVIDENCE
from shelf_rules.policy_load import PolicyError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Huojia 货架: three-tier product shelves for a bank's app.",
)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)

Customers = Annotated[int, typer.Option(min=1, help="Number of simulated customers.")]
Products = Annotated[int, typer.Option(min=1, help="Number of simulated products.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same bank, byte for byte.")]
Until = Annotated[
    str, typer.Option(help="The simulated days end at the midnight with which this date begins; default: today.")
]
Folder = Annotated[Path, typer.Argument(help="Folder in the exchange format.")]
CustomerId = Annotated[str, typer.Argument(help="A customer id.")]


def main() -> None:
    """Run a command; exit 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        app()
    except BrokenPipeError:
        raise SystemExit(1) from None
    except (HuojiaError, PolicyError, OSError) as error:
        print(f"huojia: {error}", file=sys.stderr)
        raise SystemExit(1) from None


@app.command()
def demo(
    customers: Annotated[int | None, typer.Option(min=1, help="Number of customers; default 20000.")] = None,
    products: Annotated[int | None, typer.Option(min=1, help="Number of products; default 400.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same bank; default 7.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on; default: HUOJIA_PORT or 8000.")] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Build and train only.")] = False,
) -> None:
    """The sample bank: simulate, import, train, serve; a second run starts in seconds."""
    overrides = {} if port is None else {"port": str(port)}
    serving.demo(load_settings(overrides=overrides), (customers, products, seed), serving=not no_serve)


@app.command()
def simulate(
    folder: Annotated[Path | None, typer.Argument(help="Folder to write to; with --live it may be left out.")] = None,
    *,
    customers: Customers = 20_000,
    products: Products = 400,
    days: Annotated[int, typer.Option(min=30, help="Simulated days.")] = 548,
    until: Until = "",
    seed: Seed = 7,
    live: Annotated[
        int, typer.Option(min=0, help="Live on so many weeks against a running service that has imported this bank.")
    ] = 0,
    url: Annotated[str, typer.Option(help="With --live: the service, http://HOST:PORT.")] = "",
    key: Annotated[str, typer.Option(help="With --live: a service key.")] = "",
    exposure_lift: Annotated[
        float,
        typer.Option(help="With --live: how many times more often a product is bought in a week after being seen."),
    ] = 1.5,
    task_effect: Annotated[
        float, typer.Option(help="With --live: by what share the odds of a preference rise when its task is taken up.")
    ] = 0.3,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="With --live: NAME:LIFT, a factor of clicks and purchases on shelves of an arm or policy."),
    ] = None,
    learn: Annotated[
        bool | None,
        typer.Option(
            "--learn/--frozen", help="With --live: after each week run all daily jobs, or snapshot-tiers alone."
        ),
    ] = None,
    warm_up: Annotated[
        int, typer.Option(min=0, help="With --live: weeks before learning and a turn of the market begin.")
    ] = 0,
    market_turn: Annotated[
        float, typer.Option(help="With --live: how far demand turns (standard deviation of logits by category).")
    ] = 0.0,
    visits: Annotated[float, typer.Option(help="With --live: mean visits a week of an active customer.")] = 0.8,
    as_json: Json = False,
) -> None:
    """Write a simulated bank in the exchange format with its truth, or let it live on with a running service."""
    size, planted = (customers, products, days, seed), (exposure_lift, task_effect, visits)
    if live:
        plan = living.plan_of(load_settings(), size, until, (live, *planted), arm or [])
        jobs = living.jobs_of(learn)
        plan = dataclasses.replace(plan, jobs=jobs, warm_up=warm_up, market_turn=market_turn)
        living.live_on((url, key), plan, folder, as_json=as_json)
    elif any((url, key, arm, warm_up, market_turn, learn is not None)) or planted != living.USUAL:
        raise Refused(
            "simulate: --url, --key, --arm, --learn, --frozen, --warm-up, --market-turn, --exposure-lift, "
            "--task-effect and --visits go with --live WEEKS"
        )
    elif folder is None:
        raise typer.BadParameter("a folder is needed without --live", param_hint="FOLDER")
    else:
        bank.simulate_bank(load_settings(), folder, size, until, as_json=as_json)


@app.command("import")
def import_(
    folder: Annotated[Path | None, typer.Argument(help="Folder in the exchange format.")] = None,
    *,
    max_rejects: Annotated[int, typer.Option(min=0, help="Keep the import with at most this many rejected rows.")] = 0,
    grant: Annotated[
        list[str] | None,
        typer.Option(help="Development mode: record this consent scope as granted by every customer of the folder."),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Only print the exchange format: files and columns.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read a folder in the exchange format: strict, idempotent, every rejected row kept with its reason.

    Rejected rows are kept under HUOJIA_DATA_DIR in imports/NUMBER/rejected, those of a CSV file as CSV, of Parquet as
    Parquet.
    """
    if schema == (folder is not None):
        raise typer.BadParameter("a folder is needed, or --schema without one", param_hint="FOLDER")
    if folder is None:
        exchange_format.show_format(as_json=as_json)
    else:
        bank.import_(load_settings(), folder, max_rejects, grant or [], as_json=as_json)


@app.command("export")
def export(folder: Folder, as_json: Json = False) -> None:
    """Write everything in the exchange format."""
    bank.export(load_settings(), folder, as_json=as_json)


@app.command()
def train(
    as_of: Annotated[str, typer.Option("--as-of", help="Learn from days up to this one, YYYY-MM-DD.")] = "",
    *,
    older: Annotated[bool, typer.Option("--older", help="Also over a model that knows later days.")] = False,
    plan: Annotated[str, typer.Option("--plan", help="Only write there what Spark needs to fit item factors.")] = "",
    item_factors: Annotated[str, typer.Option("--item-factors", help="A plan's folder with Spark's factors.")] = "",
    as_json: Json = False,
) -> None:
    """Fit the models on what is known; put them in force unless the one in force is better (then exit code 1)."""
    if plan and item_factors:
        raise typer.BadParameter("--plan comes before --item-factors, not with it")
    if plan:
        training.plan(load_settings(), as_of, plan, as_json=as_json)
    else:
        training.train(load_settings(), as_of, older=older, as_json=as_json, factors=item_factors)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Run the service."""
    overrides = {name: str(value) for name, value in (("host", host), ("port", port)) if value is not None}
    serving.serve_forever(load_settings(overrides=overrides), workers)


@app.command()
def shelf(
    customer_id: CustomerId,
    as_of: Annotated[str, typer.Option("--as-of", help="ISO 8601 time; the customer as known then.")] = "",
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    explain: Annotated[bool, typer.Option("--explain", help="Scores, and what was withheld by which rule.")] = False,
    as_json: Json = False,
) -> None:
    """A customer's shelf in the terminal."""
    customers.show_shelf(load_settings(), (customer_id, as_of, lang), explain=explain, as_json=as_json)


@app.command("snapshot-tiers")
def snapshot_tiers() -> None:
    """Publish the day's tiers: what hysteresis reads tomorrow."""
    bank.snapshot_tiers(load_settings())


@app.command()
def attribute(
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Credit every customer anew.")] = False,
    as_json: Json = False,
) -> None:
    """Credit purchases to the shelf clicks before them: what came since the last run, late events included."""
    tags.attribute(load_settings(), from_scratch=from_scratch, as_json=as_json)


@app.command("watch-experiments", hidden=True)
def watch_experiments() -> None:
    """The job of this name: look at running experiments whose look is due; by hand: `experiment watch`."""
    watching.watch(load_settings(), is_by_hand=False)


@app.command("measure-tags")
def measure_tags(
    as_of: Annotated[str, typer.Option("--as-of", help="ISO 8601 time; measure on what is known up to it.")] = "",
    evidence: Annotated[str, typer.Option(help=f"Which purchases count, {EVIDENCE}.")] = "organic,holdout",
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Credit every customer anew first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the measures and the weights, store none.")] = False,
    as_json: Json = False,
) -> None:
    """Measure how true, lasting and unique every tag is; put the measured version in force, step the weights."""
    tags.measure_tags(load_settings(), (as_of, evidence), from_scratch=from_scratch, dry_run=dry_run, as_json=as_json)


@app.command("infer-tags")
def infer_tags(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be given and taken back.")] = False,
    as_json: Json = False,
) -> None:
    """Give latent tags to customers who agreed to them, from what they buy again; take back what no longer holds."""
    latent.infer_tags(load_settings(), dry_run=dry_run, as_json=as_json)


@app.command("rebuild-state")
def rebuild_state(
    verify: Annotated[bool, typer.Option("--verify", help="Compare with a full recompute, write nothing.")] = False,
) -> None:
    """Recompute every customer's state from the events."""
    bank.rebuild_state(load_settings(), verify=verify)


@app.command()
def token(customer_id: CustomerId) -> None:
    """A customer's token (development mode only)."""
    customers.token(load_settings(), customer_id)


@app.command()
def bench(
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here too.")] = None,
) -> None:
    """The performance report: the shelf against a static endpoint of the same bytes."""
    benchmark.bench(load_settings(), json_file)


@app.command("evaluate")
def evaluate(
    folder: Folder,
    *,
    since: Annotated[
        str, typer.Option("--from", help="T0, UTC: a date or an ISO 8601 time; learn from before it.")
    ] = "",
    until: Annotated[str, typer.Option(help="T1, UTC: rank for those who bought from T0 until then.")] = "",
    k: Annotated[int, typer.Option("--k", min=1, max=1_000, help="Length of the lists.")] = 10,
    task: Annotated[str, typer.Option(help="all, first_time, repeat or not_held.")] = "all",
    protocol: Annotated[str, typer.Option(help="window, or basket: the last baskets of test_customers.")] = "window",
    model: Annotated[list[str] | None, typer.Option(help="Only this row of the table; may be repeated.")] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Also the ranker against popularity with histories cut short.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here too.")] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Write the plots as SVG files into this folder, made if missing.")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Choose the baselines' settings anew.")] = False,
    rolling: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=60,
            help="At so many successive cut-offs, the last one as given; of --model, where given, needs huojia and "
            "one baseline at least.",
        ),
    ] = None,
    step: Annotated[
        int | None, typer.Option(min=1, max=3_650, help="Days between cut-offs; default: as long as the window.")
    ] = None,
) -> None:
    """Measure the ranker and the baselines on a data set: who bought, and where it stood in each ranking."""
    from service.commands import evaluation, windows
    from service.evaluation.request import Request

    request = Request.of(
        folder, since=since, until=until, k=k, task=task, protocol=protocol, models=model or (), evidence=evidence
    )
    settings, cached = load_settings(), not no_cache
    if rolling or step:
        requests = windows.asked(request, rolling or 0, step or 0, plots)
        windows.evaluate_rolling(settings, requests, json_file, cached=cached)
    else:
        evaluation.evaluate_folder(settings, request, json_file=json_file, plots=plots, cached=cached)


@app.command("benchmarks")
def benchmarks(
    data: Annotated[Path, typer.Argument(help="Folder of the public data sets, each a folder in the exchange format.")],
    out: Annotated[Path | None, typer.Option(help="Write the document here; default: print it.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Choose the baselines' settings anew.")] = False,
) -> None:
    """The tables of docs/benchmarks.md: the ranker and the baselines on every public data set that is there."""
    from service.commands import benchmarks as command

    command.benchmarks(load_settings(), data, out, cached=not no_cache)


app.command()(flips.flips)
app.command()(replay.replay)
app.command()(migrating.migrate)
app.command()(report.report)
app.command()(scaling.scale)
app.command("scale-feedback")(scaling_feedback.scale_feedback)
app.command("study-tags")(study_tags.study_tags)
app.command("tag-benchmarks")(tag_benchmarks.tag_benchmarks)


@app.command("check-config")
def check_config(as_json: Json = False) -> None:
    """Every setting, where its value comes from, and what is unsafe for production."""
    audit.check_config(as_json=as_json)


@app.command()
def study(
    *,
    seeds: Annotated[str, typer.Option(help="Seeds of the banks, separated by commas.")] = "1,2,3,4,5",
    customers: Customers = 2_000,
    products: Products = 200,
    days: Annotated[int, typer.Option(min=30, help="Simulated days before the live weeks.")] = 365,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks that the banks live.")] = 12,
    until: Until = "2026-06-01",
    trained: Annotated[bool, typer.Option("--trained/--untrained", help="Train before the live weeks.")] = True,
    warm_up: Annotated[int, typer.Option(min=0, help="Of the weeks, the first in which nothing is learnt.")] = 0,
    market_turn: Annotated[float, typer.Option(min=0, help="How far demand turns after the warm-up.")] = 0.0,
    exposure_lift: Annotated[
        float, typer.Option(min=1, help="As of `simulate --live`; 1: being seen sells nothing.")
    ] = 1.5,
    task_effect: Annotated[
        float, typer.Option(min=0, help="As of `simulate --live`; 0: no task moves a preference.")
    ] = 0.3,
    tags_only: Annotated[
        bool, typer.Option("--tags-only", help="Compare tag quality with the truth, not learning with frozen.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the results to this file.")] = None,
) -> None:
    """Let simulated banks live with and without learning and compare shelves and tag quality with their truth."""
    planted = (warm_up, market_turn, exposure_lift, task_effect)
    run_study(Size(customers, products, days, weeks, until, trained, *planted), seeds, json_file, tags_only=tags_only)


if __name__ == "__main__":
    main()
