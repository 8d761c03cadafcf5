"""The bank that measuring tags is timed on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from service.bench.feedback_bank import CARDS, TAGS_EACH, FeedbackSize, write_feedback_bank
from tests.unit.service.bench.test_large_bank import files

SIZE = FeedbackSize(2_000, 20_000)


def test_it_has_as_many_events_as_asked_for_and_looks_like_a_bank_with_a_shelf(tmp_path: Path) -> None:
    rows = write_feedback_bank(tmp_path, SIZE)
    assert (rows["customers"], rows["events"]) == (SIZE.customers, SIZE.events)
    assert rows["tag_definitions"] >= 60
    assert 0.7 < rows["tags"] / SIZE.customers / TAGS_EACH <= 1.0
    events = pq.read_table(tmp_path / "events.parquet").to_pylist()
    by_kind = {kind: [one for one in events if one["kind"] == kind] for kind in {one["kind"] for one in events}}
    shares = {kind: len(some) / len(events) for kind, some in by_kind.items()}
    assert 0.25 < shares["impression"] < 0.35
    assert 0.02 < shares["click"] < 0.05
    assert 0.07 < shares["purchase"] < 0.13
    assert min(shares[kind] for kind in ("cancel", "redeem", "renewal", "mature", "detail", "search")) > 0.001
    assert len({one["event_id"] for one in events}) == len(events)
    when = np.array([one["occurred_at"] for one in events])
    assert (when[1:] >= when[:-1]).all()


def test_a_click_names_the_card_and_a_cancellation_the_purchase_that_it_followed(tmp_path: Path) -> None:
    write_feedback_bank(tmp_path, SIZE)
    events = pq.read_table(tmp_path / "events.parquet").to_pylist()
    cards = {_place(one): one for one in events if one["kind"] == "impression"}
    clicks = [one for one in events if one["kind"] == "click"]
    known = [(one, cards[_place(one)]) for one in clicks if _place(one) in cards]
    assert len(known) > 0.9 * len(clicks)
    for click, card in known:
        assert (click["product_id"], click["tier"]) == (card["product_id"], card["tier"])
        assert click["occurred_at"] > card["occurred_at"]
    assert {one["slot"] for one in cards.values()} == set(range(1, CARDS + 1))
    assert 0.02 < np.mean([one["tier"] == "public" for one in cards.values()]) < 0.1
    bought = {one["event_id"]: one for one in events if one["kind"] == "purchase"}
    cancels = [one for one in events if one["kind"] == "cancel"]
    undone = [(one, bought[one["refers_to"]]) for one in cancels if one["refers_to"] in bought]
    assert undone
    for cancel, purchase in undone:
        assert (cancel["customer_id"], cancel["product_id"]) == (purchase["customer_id"], purchase["product_id"])
        assert cancel["occurred_at"] > purchase["occurred_at"]


def _place(event: dict[str, Any]) -> tuple[str, str, int]:
    return event["customer_id"], event["decision_id"], event["slot"]


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        write_feedback_bank(tmp_path / name, SIZE._replace(seed=seed))
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert files(tmp_path / "one") != files(tmp_path / "other")
