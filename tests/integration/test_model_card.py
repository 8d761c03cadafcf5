"""`huojia model card`: what an artifact learnt from, what it is worth and why it went into force."""

from __future__ import annotations

import pytest

from recommender.ranker import BLENDS
from tests.integration.commanding import Run

HEADINGS = (
    "# Model card 模型卡 m1", "## Data 数据", "## Catalogue and candidate generation 目录与召回", "## Ranking 排序",
    "## Evidence 证据", "## Calibration 校准", "## Ablations 消融", "## Promotion 晋级", "## Versions 版本",
)  # fmt: skip


def test_the_card_tells_data_samples_generators_tiers_ablations_and_verdict(run: Run) -> None:
    card = run("model", "card", "--json").json
    assert card["version"]["version"] == "m1"
    assert card["version"]["in_force"]
    assert len(card["version"]["sha256"]) == 64
    assert card["data"]["to"] == "2026-11-01"
    assert min(card["data"][name] for name in ("customers", "events", "products")) > 0
    assert card["generators"]["popularity"]["kept"]
    assert all(one["why"] for one in card["generators"].values())
    assert 0 < card["sampled"]["ranker"]["fit"] <= card["data"]["customers"]
    assert set(card["blends"]) == set(BLENDS)
    listing = card["blends"]["listing"]
    assert {"without repeat", "without collaborative filtering", "popularity alone"} <= listing["ablations"].keys()
    assert listing["ablations"]["popularity alone"]["loses"]["low"] > 0
    assert card["verdict"]["promote"]


def test_the_card_is_a_readable_document(run: Run) -> None:
    shown = run("model", "card", "m1").out
    places = [shown.index(heading) for heading in HEADINGS]
    assert places == sorted(places)
    assert "promoted 晋级" in shown
    assert "None" not in shown
    assert "nan" not in shown


@pytest.mark.parametrize(("version", "fault"), [("m99", "not in the store"), ("three", "a version is m1, m2")])
def test_a_version_without_a_card_is_refused(run: Run, version: str, fault: str) -> None:
    done = run("model", "card", version)
    assert done.code == 1
    assert fault in done.err
