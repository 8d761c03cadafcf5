"""`huojia tag-benchmarks` as it is typed, and truthfulness on the real data sets, which do not come with the source."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import orjson
import pytest

from service.evaluation.reading import read_journal
from service.evaluation.repurchase import carried
from service.evaluation.repurchase_measures import calibrations, orders
from service.evaluation.tag_benchmarks import TAG_BENCHMARKS
from tests.integration.commanding import Run
from tests.unit.service.evaluation.folders import folder

DATA = Path(__file__).parents[3] / "shared" / "data"


def insurer(path: Path, seed: int = 0) -> Path:
    """Purchases of 200 customers over two years, half of them of the product that a customer prefers."""
    rng = np.random.default_rng(seed)
    lines, first = ["event_id,customer_id,kind,occurred_at,product_id"], dt.date(2018, 10, 1)
    for number in range(1_200):
        customer = int(rng.integers(200))
        product = customer % 4 if rng.random() < 0.5 else int(rng.integers(4))
        day = first + dt.timedelta(days=int(rng.integers(690)))
        lines.append(f"e{number},c{customer},purchase,{day.isoformat()},p{product}")
    products = "product_id,category\n" + "".join(f"p{number},insurance\n" for number in range(4))
    return folder(path, products=products, events="\n".join(lines) + "\n")


def test_the_tables_are_printed_and_written_as_json(run: Run, tmp_path: Path) -> None:
    insurer(tmp_path / "insurance")
    file = tmp_path / "found.json"
    done = run("tag-benchmarks", str(tmp_path), "--json", str(file))
    assert done.code == 0
    assert "insurance, held back from 2020-01-01: pairs in order (AUC)" in done.out
    assert "P(θ > θ0) itself" in done.out
    assert "3 readings of insurance" in done.out
    assert "not there: santander, tafeng" in done.out
    assert "tags: 4 of 4" in done.err
    told = orjson.loads(file.read_bytes())
    assert [one["held_back_from"] for one in told] == ["2019-10-01", "2020-01-01", "2020-04-01"]
    assert {one["of"] for one in told[0]["orders"]} == {"again", "occasion"}


def test_a_second_run_says_the_same(run: Run, tmp_path: Path) -> None:
    insurer(tmp_path / "insurance")
    files = [tmp_path / name for name in ("one.json", "two.json")]
    assert all(run("tag-benchmarks", str(tmp_path), "--json", str(file)).code == 0 for file in files)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_without_data_sets_one_line_says_so(run: Run, tmp_path: Path) -> None:
    done = run("tag-benchmarks", str(tmp_path / "nowhere"))
    assert (done.code, done.out.startswith("tag-benchmarks skipped: ")) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--json", "/nowhere/at/all.json"), "huojia: --json /nowhere/at/all.json: no such folder"),
        ((), "insurance: nothing bought before, or nothing after 2019-10-01"),
    ],
)
def test_what_cannot_be_done_ends_with_one_line(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    folder(tmp_path / "insurance")
    done = run("tag-benchmarks", str(tmp_path), *arguments)
    assert done.code == 1
    assert message in done.err.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "reading", ["insurance, held back from 2020-04-01", "santander, where it could be bought"]
)  # fmt: skip
def test_on_real_data_the_posterior_is_calibrated_and_truth_orders_at_least_as_well_as_the_raw_ratio(
    reading: str,
) -> None:
    benchmark = next(one for one in TAG_BENCHMARKS if one.title == reading)
    if not (DATA / benchmark.folder).is_dir():
        pytest.skip("the data sets are not here")
    histories = benchmark.histories(read_journal(DATA / benchmark.folder))
    found = carried(histories)
    for one in orders(found, benchmark.everyone):
        if one.among == "within":
            assert one.differences["truth"].high >= 0, one
        if (one.carriers, one.among) == ("active later", "lift"):
            assert one.shares["truth"] > one.shares["ratio"], one
        assert one.differences["expected"].high >= 0 or one.among == "lift", one
    active = {one.of: one for one in calibrations(found, histories.tags) if one.carriers == "active later"}
    assert active["expected"].found.ratio is not None
    assert active["expected"].found.ratio.low <= 1 <= active["expected"].found.ratio.high
    assert active["expected"].found.ece < active["ratio"].found.ece
    assert active["expected"].brier < active["ratio"].brier
