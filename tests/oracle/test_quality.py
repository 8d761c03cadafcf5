"""The quality of tags as the service measures it against an independent reading of the exported files."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import pytest

from service.bootstrap import runtime_of
from service.exchange import export_folder
from service.jobs.measure_tags import measure_tags
from service.progress import silent
from service.simulate import simulate
from service.tag_quality import tag_qualities
from tests.oracle.quality.compared import wilson
from tests.oracle.quality.files import read_folder
from tests.oracle.quality.fitting import beta_prior, gamma_prior
from tests.oracle.quality.lasting import Thinning, hazard_of
from tests.oracle.quality.measure import Measured, measure
from tests.oracle.quality.money import Move, gained, rarity, shared
from tests.oracle.quality.rates import nothing_shown
from tests.oracle.quality.report import MEASURES, against_service, against_truth
from tests.oracle.quality.signs import following, later, merged, thinned
from tests.oracle.quality.truth import Followed, truths
from tests.sample_bank import SampleBank, load_rows

CUSTOMERS, PRODUCTS, DAYS, SEED = 800, 80, 400, 3
UNTIL, NOW = dt.date(2026, 6, 1), "2026-06-01T04:00:00+00:00"
TOLERANCE = 1e-6
FITTED = {"truthfulness", "truthfulness_low", "truthfulness_high"}
"""Where too few carriers were followed these may rest on a beta prior whose likelihood has no top, only a slope."""
LOOSE = 5e-5
AVERSIONS = "avoid."


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Measured], dict[str, Any], Path]:
    """A bank measured by the service, and anew from what it exports; the folder of the bank's truth."""
    folder = tmp_path_factory.mktemp("quality")
    bank = SampleBank(folder / "source", folder / "data")
    counts = {"customers": CUSTOMERS, "products": PRODUCTS, "days": DAYS}
    simulate(bank.source, **counts, until=UNTIL, seed=SEED, progress=silent)
    load_rows(bank, now=NOW)
    with runtime_of(bank.settings(now=NOW)) as runtime:
        at_us = runtime.clock.now_us()
        version = measure_tags(runtime, at_us).version
        assert version is not None
        with runtime.store.connect() as connection:
            tags = tag_qualities(connection, version)
        export_folder(runtime.store, folder / "export", progress=silent)
    found = measure(read_folder(folder / "export", at_us))
    return found, {"tags": tags}, bank.source / "truth"


@pytest.fixture(scope="module")
def apart(both: tuple[dict[str, Measured], dict[str, Any], Path]) -> dict[str, dict[str, Any]]:
    """By measure, how far both sides lie apart."""
    found, quality, _ = both
    told = against_service(found, quality)
    print(json.dumps(told, indent=1))  # noqa: T201 - the figures are what this test is for
    return told


@pytest.mark.parametrize("measure_name", MEASURES)
def test_every_measure_of_every_tag_agrees_with_the_service(apart: dict[str, Any], measure_name: str) -> None:
    told = apart[measure_name]
    assert told["largest"] <= (LOOSE if measure_name in FITTED else TOLERANCE), told
    alone = [tag for tag in told["one_side_only"] if measure_name != "durability" or not tag.startswith(AVERSIONS)]
    assert alone == []


def test_truthfulness_agrees_closely_where_carriers_could_be_followed(
    both: tuple[dict[str, Measured], dict[str, Any], Path],
) -> None:
    found, quality, _ = both
    theirs = {row["tag"]: row["levels"][0]["truthfulness"] for row in quality["tags"]}
    near = [tag for tag, one in found.items() if one.by_signs and abs(one.truthfulness - theirs[tag]) <= TOLERANCE]
    assert len(near) == sum(one.by_signs for one in found.values()) > 50


def test_the_truth_of_a_bank_is_read(both: tuple[dict[str, Measured], dict[str, Any], Path]) -> None:
    told = against_truth(both[0], both[2])["truthfulness"]
    assert told["tags"] > 70
    assert 0 < told["coverage"] <= 1
    assert told["spearman"] > 0


def test_purchases_within_three_days_of_the_first_are_one_occasion() -> None:
    assert merged([(10, 0.3), (13, 1.0), (14, 1.0), (17, 0.0)]) == [(10, 1.0), (14, 1.0)]
    assert thinned([14, 10, 13, 10]) == [10, 14]


def test_days_are_counted_after_the_first_and_up_to_the_last() -> None:
    assert later([3, 5, 5, 9], 3, 9) == 3
    assert following([3, 5, 9], 5) == 9
    assert following([3], 3) is None


def test_silence_of_a_negative_binomial_agrees_with_its_closed_forms() -> None:
    assert nothing_shown(10, 0.1, 2.0) == pytest.approx(1.5**-2)
    # Who has shown one sign or more: (E[e^(−λd)] − E[e^(−λ(d+b))]) / (1 − E[e^(−λb)]).
    expected = (1.5**-2 - 2.0**-2) / (1 - 1.5**-2)
    assert nothing_shown(10, 0.1, 2.0, signs=1, behind=10) == pytest.approx(expected)


def test_a_hazard_is_what_is_left_at_the_later_lag() -> None:
    seen = [27.0, 30.0, 30.0, 0.5 * 60, 60.0, 90.0, 120.0]
    assert hazard_of(Thinning(seen, [27.0, 30.0, 30.0, 60.0, 120.0, 90.0, 120.0], 0.0)) == pytest.approx(
        math.log(2) / 163.5
    )
    assert hazard_of(Thinning([1.0] * 7, [1.0] * 7, 0.0)) is None


def test_money_that_stays_is_capped_by_what_came_from_outside() -> None:
    moves = [Move(5, "a", 300, renewal=False), Move(6, "b", 100, renewal=False), Move(7, "b", -200, renewal=False)]
    assert gained(moves, None, 4) == {"a": 300.0}
    assert gained(moves, 1.5, 4) == {"a": 150.0}
    assert gained(moves, None, 5) == {}


def test_a_copied_tag_is_told_by_the_other_and_an_independent_one_is_not() -> None:
    one, other = set(range(50)), set(range(25, 75))
    assert shared(100, one, one) == pytest.approx(1 - 1 / (200 * math.log(2)))
    assert shared(100, one, other) == 0.0
    assert rarity(99, 9) == pytest.approx(0.5)


def test_a_share_is_what_carriers_show_beyond_chance() -> None:
    half = Followed(100, 25, 40.0, 10.0, 1_000)
    told = truths({"a": half, "no": half}, {"a": 1, "no": -1})
    assert told["a"][0] == pytest.approx(0.5, abs=0.01)
    assert told["no"][0] == pytest.approx(1 - told["a"][0])
    assert told["a"][1] < 0.5 < told["a"][2]


def test_priors_are_found_where_they_are_known() -> None:
    even = [(0.0, 1.0), (1.0, 1.0)]
    a, b = beta_prior(even)
    assert a == pytest.approx(b)
    assert gamma_prior([(0.0, 3.0), (0.0, 4.0)]) == (1.0, 14.0)
    shape, rate = gamma_prior([(0.0, 10.0), (10.0, 10.0), (5.0, 10.0)])
    assert shape / rate == pytest.approx(0.5)


def test_an_interval_of_half_is_symmetric() -> None:
    low, high = wilson(0.5, 20.0)
    assert low == pytest.approx(1 - high)
