"""Estimates against known answers: a hand-checked log, and the Open Bandit sample."""

from __future__ import annotations

import csv
import gzip
from functools import cache
from pathlib import Path

import numpy as np
import orjson
import pytest

from recommender.off_policy.ips import ips
from recommender.off_policy.refusal import refusals
from recommender.off_policy.rows import LoggedRows
from recommender.off_policy.snips import snips
from recommender.off_policy.support import Support, effective_sample_size

DATA = Path(__file__).parents[5] / "shared" / "data"


def test_a_hand_checked_log_gives_the_known_answers() -> None:
    path = DATA / "golden" / "ope-known-answers.json"
    if not path.is_file():
        pytest.skip("the known answers are not here")
    told = orjson.loads(path.read_bytes())
    rows = LoggedRows.of(*([row[name] for row in told["rows"]] for name in ("p_log", "p_pred", "reward")))
    expected = told["expected"]
    assert ips(rows).value == pytest.approx(expected["ips"], abs=1e-9)
    assert snips(rows).value == pytest.approx(expected["snips"], abs=1e-9)
    assert effective_sample_size(rows.weights) == pytest.approx(expected["ess"], abs=1e-9)


@cache
def open_bandit(name: str) -> list[dict[str, str]]:
    """The rows of one log of the sample."""
    path = DATA / "obd" / f"{name}-all.csv.gz"
    if not path.is_file():
        pytest.skip("the Open Bandit sample is not here")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def bts() -> dict[tuple[str, str], float]:
    """The chance of each item on each position under Thompson sampling."""
    with (DATA / "obd" / "bts-all-policy.csv").open(encoding="utf-8") as lines:
        policy = list(csv.DictReader(lines))
    return {(row["item_id"], place): float(row[f"p_position_{place}"]) for row in policy for place in "123"}


def judged_rows(log: str, chance_of: dict[tuple[str, str], float]) -> LoggedRows:
    lines = open_bandit(log)
    return LoggedRows.of(
        [float(line["propensity_score"]) for line in lines],
        [chance_of[line["item_id"], line["position"]] for line in lines],
        [float(line["click"]) for line in lines],
    )


@pytest.mark.parametrize(("log", "known"), [("random", "bts_from_random_log"), ("bts", "uniform_from_bts_log")])
def test_the_open_bandit_sample_gives_the_published_figures(log: str, known: str) -> None:
    open_bandit(log)
    chance_of = bts() if log == "random" else dict.fromkeys(bts(), 1 / 80)
    rows, figures = judged_rows(log, chance_of), orjson.loads((DATA / "obd" / "known-figures.json").read_bytes())
    found, expected = Support.of(rows), figures["all"][known]
    assert ips(rows).value == pytest.approx(expected["ips"], abs=5e-9)
    assert snips(rows).value == pytest.approx(expected["snips"], abs=5e-9)
    assert found.ess == pytest.approx(expected["ess"], abs=5e-9)
    assert found.max_weight == pytest.approx(expected["max_weight"], abs=5e-9)
    assert found.mean_weight == pytest.approx(expected["mean_weight"], abs=5e-9)
    assert refusals(found) == ()
    low, high = snips(rows).low, snips(rows).high
    assert low < expected["on_policy"] < high
    if log == "random":
        told = (f"{ips(rows).value:.6f}", f"{snips(rows).value:.6f}", f"{found.ess:,.1f}", f"{found.max_weight:.2f}")
        assert told == ("0.004553", "0.004776", "1,640.8", "19.66")
    assert not np.isnan(low)
