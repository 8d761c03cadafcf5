"""Latent tags are given, ended and purged alike in every store, each with a row that says why."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from service.latent_plan import Figures, Plan
from service.latent_rows import LatentRows
from service.latent_tags import Library
from service.stores import tables
from service.stores._upsert import table
from service.stores.protocols import ConsentChange, Store
from tests.contract.bank import LONG_AGO_US, allow, make_event
from tests.factories import NOW_US, make_regime

GOOD = Figures(4, 900, 4.0, 5.0, 5.0, 0.1, 0.97, gives=True, keeps=True)
POOR = GOOD._replace(truth=0.1, gives=False, keeps=False)
LATER_US = NOW_US + 1_000_000
DEFINITIONS: list[dict[str, Any]] = [
    {"tag": "a", "kind": "preference", "category": "fund.bond", "polarity": 1},
    {
        "tag": "latent.a", "kind": "latent", "category": "fund.bond", "polarity": 1, "status": "candidate",
        "source": "inferred", "provider": "huojia",
    },
]  # fmt: skip


@pytest.fixture
def agreed(store: Store) -> Store:
    """The customer `c` has agreed to everything and bought once."""
    store.put_tag_definitions(DEFINITIONS, NOW_US)
    allow(store)
    store.change_consent(ConsentChange("c", "latent_tags", True, LONG_AGO_US))
    store.append([make_event("e")])
    return store


def run(store: Store, figures: Figures | None, at_us: int = NOW_US) -> dict[str, Plan]:
    """Plan and do, in one transaction."""
    library = Library.of(store.tag_version(store.versions().tags), lambda _: frozenset())
    latent = LatentRows(library, make_regime(), at_us)
    with store.begin() as connection:
        plans = latent.plans(connection, ["c"], {} if figures is None else {"c": {0: figures}})
        latent.write(connection, plans, store.versions().tags)
        store.refresh(list(plans), within=connection)
    assert store.stale(["c"]) == []
    return plans


def stored(store: Store, model: type[Any]) -> list[dict[str, Any]]:
    of = table(model)
    with store.connect() as connection:
        return [row._asdict() for row in connection.execute(select(of).order_by(*of.primary_key))]


def test_without_a_latent_tag_there_is_nothing_to_do(store: Store) -> None:
    store.append([make_event("e")])
    latent = LatentRows(Library.of([], lambda _: frozenset()), make_regime(), NOW_US)
    with store.connect() as connection:
        assert (latent.carriers(connection), latent.measured(connection)) == ({}, [])
        assert latent.agreed(connection, ["c"]) == {}
        assert latent.plans(connection, ["c", "nobody"], {}) == {}


def test_a_tag_is_given_once_with_what_was_measured(agreed: Store) -> None:
    assert run(agreed, GOOD)
    assert run(agreed, GOOD, LATER_US) == {}
    (row,) = stored(agreed, tables.Tags)
    assert (row["tag_no"], row["affinity"], row["source"], row["removed_us"]) == (1, 0.97, "inferred", None)
    (change,) = stored(agreed, tables.LatentChanges)
    told = {"change": "given", "reason": "evidence", "of_tag_no": 0, "occasions": 4, "since_day": 900, "truth": 0.97}
    assert {name: change[name] for name in told} == told
    with agreed.connect() as connection:
        latent = LatentRows(Library.of(agreed.tag_version(1), lambda _: frozenset()), make_regime(), NOW_US)
        assert latent.carriers(connection) == {"c": {1}}
        assert latent.measured(connection) == ["c"]
        assert latent.agreed(connection, ["b", "c"]).keys() == {"c"}


def test_a_tag_that_no_longer_holds_ends_and_leaves_its_figures(agreed: Store) -> None:
    run(agreed, GOOD)
    run(agreed, POOR, LATER_US)
    (row,) = stored(agreed, tables.Tags)
    assert (row["removed_us"], row["removed_by"]) == (LATER_US, "service")
    assert [change["truth"] for change in stored(agreed, tables.LatentChanges)] == [0.97, 0.1]


def test_a_withdrawn_consent_purges_all_but_a_deletion_and_that_something_was_done(agreed: Store) -> None:
    run(agreed, GOOD)
    agreed.remove_tag("c", "latent.a", "customer", NOW_US)
    with agreed.begin() as connection:
        ended = {"customer_id": "c", "tag_no": 1, "assigned_us": 5, "removed_us": 6, "removed_by": "service"}
        connection.execute(table(tables.Tags).insert(), [ended])
    agreed.change_consent(ConsentChange("c", "latent_tags", False, NOW_US), own=True)
    assert run(agreed, GOOD, LATER_US)
    assert [row["removed_by"] for row in stored(agreed, tables.Tags)] == ["customer"]
    changes = stored(agreed, tables.LatentChanges)
    assert [(one["change"], one["reason"], one["truth"]) for one in changes] == [
        ("given", "evidence", None),
        ("taken_back", "consent", None),
    ]
    assert run(agreed, GOOD, LATER_US + 1) == {}


def test_what_was_measured_goes_with_the_consent_where_no_tag_is_left(agreed: Store) -> None:
    run(agreed, GOOD)
    agreed.remove_tag("c", "latent.a", "customer", NOW_US)
    agreed.change_consent(ConsentChange("c", "holdings", False, NOW_US), own=True)
    assert run(agreed, None, LATER_US)["c"] == ([], True)
    assert [one["hits"] for one in stored(agreed, tables.LatentChanges)] == [None]
