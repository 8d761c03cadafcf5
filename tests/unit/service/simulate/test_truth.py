"""The truth beside the data: complete, spread wide, and visible in what customers do."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from tests.unit.service.simulate.folder import Folder


def test_the_preferences_of_a_customer_sum_to_one(small: Folder) -> None:
    total: dict[str, float] = defaultdict(float)
    for row in small.rows("truth/preferences"):
        assert 0.0 <= row["preference"] <= 1.0
        total[row["customer_id"]] += row["preference"]
    assert set(total) == set(small.customer)
    assert all(abs(value - 1.0) < 1e-6 for value in total.values())


def test_recent_purchases_follow_the_true_preference(large: Folder) -> None:
    preference = {(row["customer_id"], row["category"]): row["preference"] for row in large.rows("truth/preferences")}
    categories = sorted({row["category"] for row in large.rows("truth/preferences")})
    events = large.events("purchase")
    recent = events[-len(events) // 10 :]
    chosen = [preference[e["customer_id"], large.product[e["product_id"]]["category"]] for e in recent]
    assert np.mean(chosen) > 5.0 / len(categories)


@pytest.mark.parametrize(
    ("measure", "low", "high"),
    [("precision", 0.2, 0.9), ("half_life_days", 40.0, 700.0), ("redundancy", 0.01, 0.85), ("coverage", 0.008, 0.25)],
)
def test_tags_are_of_unequal_worth(large: Folder, measure: str, low: float, high: float) -> None:
    values = [row[measure] for row in large.rows("truth/tags") if row[measure] is not None]
    assert len(values) >= 40
    assert min(values) < low
    assert max(values) > high


def test_every_tag_is_defined_and_has_its_truth(large: Folder) -> None:
    defined = [row["tag"] for row in large.rows("tag_definitions")]
    assert len(defined) >= 60
    assert [row["tag"] for row in large.rows("truth/tags")] == defined
    assert {row["tag"] for row in large.rows("tags")} <= set(defined)
    claims = [bool(row["category"] or row["zone"]) for row in large.rows("tag_definitions")]
    assert claims == [row["precision"] is not None for row in large.rows("truth/tags")]
    assert sum(row["polarity"] < 0 for row in large.rows("tag_definitions")) >= 3
    assert len({row["provider"] for row in large.rows("tag_definitions")}) >= 3


def test_copied_tags_share_their_customers(large: Folder) -> None:
    carriers = defaultdict(set)
    for row in large.rows("tags"):
        carriers[row["tag"]].add(row["customer_id"])
    truth = {row["tag"]: row["redundancy"] for row in large.rows("truth/tags")}
    copies = [tag for tag in truth if tag.startswith(("scorecard.", "panel."))]
    overlap = [
        len(carriers[tag] & carriers[f"pref.{tag.partition('.')[2]}"]) / max(len(carriers[tag]), 1) for tag in copies
    ]
    assert np.corrcoef([truth[tag] for tag in copies], overlap)[0, 1] > 0.8


def test_removed_and_years_old_assignments_exist(large: Folder) -> None:
    rows = large.rows("tags")
    assert sum(row["removed_at"] is not None for row in rows) > 0.03 * len(rows)
    assert {row["removed_by"] for row in rows} == {"bank", "customer", "service", None}
    assert sum((large.as_of - row["assigned_at"]).days > 730 for row in rows) > 0.005 * len(rows)
    assert all(row["removed_at"] > row["assigned_at"] for row in rows if row["removed_at"])


def test_the_truer_a_tag_the_more_of_its_carriers_go_on_to_buy_in_its_category(large: Folder) -> None:
    truth = {row["tag"]: row["precision"] for row in large.rows("truth/tags")}
    claim = {row["tag"]: row["category"] for row in large.rows("tag_definitions") if row["polarity"] > 0}
    later = defaultdict(list)
    for event in large.events("purchase", "top_up", "renewal"):
        later[event["customer_id"]].append((event["occurred_at"], large.product[event["product_id"]]["category"]))
    found: dict[str, list[bool]] = defaultdict(list)
    for row in large.rows("tags"):
        categories = {code for when, code in later[row["customer_id"]] if when > row["assigned_at"]}
        if categories and claim.get(row["tag"]):
            found[row["tag"]].append(claim[row["tag"]] in categories)
    known = [tag for tag in found if len(found[tag]) >= 20]
    assert len(known) >= 25
    evidence = [np.mean(found[tag]) for tag in known]
    assert np.corrcoef([truth[tag] for tag in known], evidence)[0, 1] > 0.35


def test_the_truth_says_what_it_is(small: Folder) -> None:
    text = (small.path / "truth" / "README.md").read_text(encoding="utf-8")
    assert all(name in text for name in ("preferences.parquet", "tags.parquet", "products.parquet"))
