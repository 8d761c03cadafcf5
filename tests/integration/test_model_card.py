"""`huojia model card`: what an artifact learnt from, what it is worth and why it went into force."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from recommender.promotion import Verdict
from recommender.ranker import BLENDS
from service.errors import Refused
from service.model_card import card_of, markdown
from service.model_shelf import VERDICT, ModelShelf
from service.stores.protocols import LearntStore
from tests.integration.commanding import Run
from tests.sample_bank import SampleBank

HEADINGS = (
    "# Model card 模型卡 m1", "## Data 数据", "## Catalogue and candidate generation 目录与召回", "## Ranking 排序",
    "## Evidence 证据", "## Calibration 校准", "## Ablations 消融", "## Promotion 晋级", "## Versions 版本",
)  # fmt: skip

TOLD = {"version": "m1", "in_force": True, "trained_at": "", "promoted_at": "", "sha256": ""}


def manifest_in(bank: SampleBank) -> dict[str, Any]:
    """The manifest of the first artifact there."""
    path = next((bank.data_dir / "models").glob("*/manifest.json"))
    return dict(json.loads(path.read_text("utf-8")))


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


def test_the_card_says_what_leaning_to_tags_and_from_popular_products_costs_and_brings(run: Run) -> None:
    leaning = run("model", "card", "--json").json["leaning"]
    assert leaning["without"]["strength"] == 0
    assert leaning["conviction"]["recall"] >= 0.98 * leaning["without"]["recall"]
    assert leaning["handicap"]["recall"] >= 0.98 * leaning["conviction"]["recall"]
    shown = run("model", "card").out
    for key, name in (("conviction", "with conviction"), ("handicap", "and with the handicap")):
        assert f"| {name} | {leaning[key]['strength']:.4f} | {leaning[key]['recall']:.4f} |" in shown
    assert "those of the order by probability" in shown


def test_the_card_says_of_each_protocol_what_was_not_seen(run: Run) -> None:
    card = run("model", "card", "--json").json
    unseen = "days that first stage and weights have not seen"
    for protocol, is_unseen in (("window", True), ("occasion", False)):
        shown = markdown(card | {"protocol": card["protocol"] | {"protocol": protocol}})
        assert (unseen in shown) == is_unseen
        assert ("the last purchase of each customer" in shown) != is_unseen
    kept = {"eligibility": {"kept": True, "why": ""}}
    assert "other customers on the same days" in markdown(card | {"generators": kept})
    assert "other customers on the same days" not in markdown(card | {"generators": {}})


def test_the_card_says_of_each_protocol_where_it_was_tested(run: Run) -> None:
    card = run("model", "card", "--json").json
    window = markdown(card)
    assert "chosen and measured on the last window: " in window
    assert f"Measured from {card['protocol']['tested_from']} on (protocol `window`, windows of " in window
    occasion = markdown(card | {"protocol": card["protocol"] | {"protocol": "occasion", "window_days": 0}})
    assert "chosen and measured on the last purchase of each of others: " in occasion
    assert "Measured from" not in occasion
    assert "measured on the last window" not in occasion


def test_every_group_stands_beside_the_popularity_that_is_best_in_it_and_an_empty_one_without_figures(
    written: SampleBank,
) -> None:
    manifest = manifest_in(written)
    models = manifest["metrics"]["ranker"]["blends"]["listing"]["models"]
    models["popularity"]["ndcg"], models["popularity 60 d"]["ndcg"] = 0.3, 0.2
    for name, ndcg in (("popularity", 0.1), ("popularity 60 d", 0.2)):
        models[name]["groups"]["1-2"]["ndcg"] = ndcg
    models["ranker"]["groups"]["0"] = {"rankings": 0, "ndcg": 0.0}
    listing = card_of(manifest, None, TOLD)["blends"]["listing"]
    assert listing["popularity"] == {"which": "popularity", "ndcg": 0.3}
    assert listing["groups"]["1-2"]["popularity"] == 0.2
    assert listing["groups"]["0"] == {"rankings": 0, "ndcg": None, "popularity": None}


@pytest.mark.parametrize("command", ["card", "promote"])
def test_a_manifest_that_was_altered_is_refused_and_listed_as_unreadable(
    run: Run, bank: SampleBank, command: str
) -> None:
    path = next((bank.data_dir / "models").glob("*/manifest.json"))
    manifest = manifest_in(bank)
    manifest["metrics"]["ranker"]["blends"]["listing"]["models"]["ranker"]["ndcg"] = 0.99
    for altered in (json.dumps(manifest), '{"a":1}', "?"):
        path.write_text(altered, encoding="utf-8")
        done = run("model", command, "m1", data_dir=str(bank.data_dir))
        assert (done.code, done.out) == (1, "")
        assert "model m1: its manifest is not the one that was promoted" in done.err
    shown = run("model", "list", "--json", data_dir=str(bank.data_dir)).json
    assert [(one["metrics"], one["map"]) for one in shown] == [(None, None)]


def test_a_manifest_without_its_keys_is_one_clear_error(tmp_path: Path) -> None:
    content = b'{"arrays":{},"format":1}'
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "manifest.json").write_bytes(content)
    kept = {1: ("folder", hashlib.sha256(content).hexdigest())}
    shelf = ModelShelf(tmp_path, cast(LearntStore, SimpleNamespace(model=kept.get)))
    with pytest.raises(Refused, match=r"^model m1: manifest.json: lacks goals, half_lives, models, window$"):
        shelf.manifest(1)


def test_a_blend_without_a_popularity_among_its_models_has_none_beside_it(written: SampleBank) -> None:
    manifest = manifest_in(written)
    for one in manifest["metrics"]["ranker"]["blends"].values():
        one["models"] = {name: found for name, found in one["models"].items() if not name.startswith("popularity")}
    card = card_of(manifest, None, TOLD)
    assert card["blends"]["listing"]["popularity"] == {"which": None, "ndcg": None}
    assert "None" not in markdown(card)


def test_a_verdict_of_another_artifact_or_without_its_parts_is_none(tmp_path: Path) -> None:
    store = SimpleNamespace(model={1: ("folder", "a" * 64)}.get)
    shelf = ModelShelf(tmp_path, cast(LearntStore, store))
    verdict = Verdict(promote=True, against=(), notes=("a note",), compared={})._asdict()
    assert verdict.keys() == VERDICT
    shelf.keep_verdict(1, verdict)
    assert shelf.verdict(1) == verdict | {"against": [], "notes": ["a note"]}
    file = tmp_path / "m1.verdict.json"
    sound = json.loads(file.read_text("utf-8"))
    less = {name: value for name, value in sound.items() if name != "notes"}
    for other in (sound | {"sha256": "b" * 64}, less, verdict, [], {}):
        file.write_text(json.dumps(other), encoding="utf-8")
        assert shelf.verdict(1) is None
    file.rename(tmp_path / "m2.verdict.json")
    assert shelf.verdict(2) is None


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        ("m99", "not in the store"),
        ("m" + "9" * 23, "not in the store"),
        ("m" + "9" * 5000, "not in the store"),
        ("three", "a version is m1, m2"),
    ],
)
def test_a_version_without_a_card_is_refused(run: Run, version: str, fault: str) -> None:
    done = run("model", "card", version)
    assert done.code == 1
    assert fault in done.err
