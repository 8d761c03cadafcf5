"""The audit trail of tags tells every change once, in the order in which they happened, from every store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from service.calendar import DAY_US
from service.clock import iso
from service.stores import tables
from service.stores._upsert import insert_new, table
from service.stores.protocols import Store
from service.tag_trail import PLACE, Asked, Row, tag_number, tag_trail
from tests.factories import NOW_US

SECOND = 1_000_000
UNKNOWN = dict.fromkeys(("occasions", "since_day", "hits", "n", "n_eff", "theta0", "truth"))
FIGURES = {"occasions": 4, "since_day": 20_000, "hits": 4.0, "n": 5.0, "n_eff": 5.0, "theta0": 0.1, "truth": 0.97}
PROOF = {"followed": 40, "bound": 0.1, "base_rate": 0.2, "psi": None, "ece": None}


def life(tag_no: int, at: int, after: str = "watch") -> dict[str, Any]:
    return {
        "tag_no": tag_no,
        "measured_us": NOW_US + at * SECOND,
        "before": "active",
        "after": after,
        "cause": "precision",
    }


def latent(customer_id: str, tag_no: int, at: int, **told: Any) -> dict[str, Any]:
    given = {"change": "given", "reason": "evidence", "of_tag_no": 0, "tags_version": 3, **FIGURES, **told}
    return {"customer_id": customer_id, "tag_no": tag_no, "at_us": NOW_US + at * SECOND, **given}


def held(customer_id: str, tag_no: int, at: int, reason: str | None) -> dict[str, Any]:
    key = {"customer_id": customer_id, "tag_no": tag_no, "assigned_us": NOW_US - DAY_US}
    return {**key, "changed_us": NOW_US + at * SECOND, "reason": reason}


@pytest.fixture
def trail(store: Store) -> Store:
    """Many changes of one instant, as one run and one import make them, and some before and after."""
    store.put_tag_definitions(
        [{"tag": "a", "kind": "habit", "name": "甲"}, {"tag": "latent.a", "kind": "latent"}], NOW_US
    )
    lives = [{**life(number, at), **PROOF} for at in (0, 5) for number in (0, 1)]
    given = [latent(who, 1, at) for at in (0, 5) for who in ("c-1", "b", "c")]
    taken = latent("b", 1, 9, change="taken_back", reason="consent", **UNKNOWN)
    marks = [held(who, 0, at, reason) for at, reason in ((0, "deleted"), (7, None)) for who in ("b", "c")]
    with store.begin() as connection:
        insert_new(connection, table(tables.TagLives), lives)
        insert_new(connection, table(tables.LatentChanges), [*given, taken])
        connection.execute(table(tables.TagQuarantines).insert(), marks)
    return store


def read(store: Store, asked: Asked | None = None, limit: int = 1_000) -> Iterator[Row]:
    """All rows, a page at a time."""
    after = None
    while True:
        with store.connect() as connection:
            page = tag_trail(connection, asked or Asked(), after, limit)
        assert len(page.rows) <= limit
        yield from page.rows
        if page.after is None:
            return
        after = page.after


def keys(rows: Iterator[Row]) -> list[tuple[str, str, str, str | None]]:
    return [(row["at"], row["kind"], row["tag"], row["customer_id"]) for row in rows]


@pytest.mark.parametrize("limit", [1, 2, 3, 15, 16])
def test_pages_tell_every_row_once_and_in_one_order(trail: Store, limit: int) -> None:
    whole = keys(read(trail))
    assert len(whole) == len(set(whole)) == 15
    assert [row[0] for row in whole] == sorted(row[0] for row in whole)
    assert keys(read(trail, limit=limit)) == whole


def test_a_row_says_what_when_whose_why_and_on_which_figures(trail: Store) -> None:
    rows = {(row["at"], row["kind"], row["tag"], row["customer_id"]): row for row in read(trail)}
    at = iso(NOW_US)
    assert rows[at, "life", "a", None] == {
        "at": at, "kind": "life", "tag": "a", "name": "甲", "customer_id": None, "change": "watch", "before": "active",
        "reason": "precision", "of_tag": None, "tag_version": None, "figures": PROOF,
    }  # fmt: skip
    assert rows[at, "latent", "latent.a", "c"] == {
        "at": at, "kind": "latent", "tag": "latent.a", "name": None, "customer_id": "c", "change": "given",
        "before": None, "reason": "evidence", "of_tag": "a", "tag_version": "t3",
        "figures": {"since": "2024-10-04", **{name: FIGURES[name] for name in FIGURES if name != "since_day"}},
    }  # fmt: skip
    withdrawn = rows[iso(NOW_US + 9 * SECOND), "latent", "latent.a", "b"]
    assert (withdrawn["change"], withdrawn["reason"]) == ("taken_back", "consent")
    assert set(withdrawn["figures"].values()) == {None}
    put, out = rows[at, "quarantine", "a", "b"], rows[iso(NOW_US + 7 * SECOND), "quarantine", "a", "b"]
    assert (put["change"], put["reason"], out["change"], out["reason"]) == ("quarantined", "deleted", "released", None)
    assert put["figures"] == {"assigned_at": iso(NOW_US - DAY_US)}


@pytest.mark.parametrize("who", ["客户 1", "a/b%-c", "\t", "c\n"])
def test_the_trail_goes_on_after_a_customer_of_any_name(trail: Store, who: str) -> None:
    with trail.begin() as connection:
        insert_new(connection, table(tables.LatentChanges), [latent(who, 1, at) for at in (0, 5)])
    whole = keys(read(trail))
    assert [row[3] for row in whole].count(who) == 2
    assert keys(read(trail, limit=1)) == whole
    with trail.connect() as connection:
        page = tag_trail(connection, Asked(customer_id=who), limit=1)
    assert page.after is not None
    assert re.fullmatch(PLACE, page.after)
    assert page.after.isascii()


@pytest.mark.parametrize("limit", [2, 1_000])
def test_it_is_told_of_one_tag_one_customer_or_some_days(trail: Store, limit: int) -> None:
    whole = keys(read(trail))
    with trail.connect() as connection:
        number = tag_number(connection, "latent.a")
        assert tag_number(connection, "nothing") is None
    assert keys(read(trail, Asked(tag_no=number), limit)) == [row for row in whole if row[2] == "latent.a"]
    assert keys(read(trail, Asked(customer_id="b"), limit)) == [row for row in whole if row[3] == "b"]
    of_both = [row for row in whole if row[2:] == ("a", "b")]
    assert keys(read(trail, Asked(tag_no=0, customer_id="b"), limit)) == of_both
    between = Asked(since_us=NOW_US + 5 * SECOND, until_us=NOW_US + 9 * SECOND)
    assert keys(read(trail, between, limit)) == [
        row for row in whole if iso(NOW_US + 5 * SECOND) <= row[0] < iso(NOW_US + 9 * SECOND)
    ]


@pytest.mark.parametrize(
    "after",
    [
        "5",
        "5-life",
        "5-loan-1-",
        "-5-life-1-",
        "99999999999999999-life-0-",
        "5-life-1-\n",
        "5-latent-1-c 1",
        "5-latent-1-%00",
    ],
)
def test_a_place_that_is_none_is_refused(trail: Store, after: str) -> None:
    with trail.connect() as connection, pytest.raises(ValueError, match=re.escape(after)):
        tag_trail(connection, Asked(), after)


def test_without_a_change_the_trail_is_empty(store: Store) -> None:
    assert list(read(store)) == []
