"""What cannot be right is out of use from the same transaction on, and back in it once nothing speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select, update

from recommender.profile.fold import read_parts
from service.calendar import DAY_US
from service.jobs.rebuild import rebuild_states
from service.jobs.verify import verify_states
from service.stores import _quarantine
from service.stores.protocols import Store
from service.stores.tables import TagDefinitions, TagQuarantines, Tags
from tests.contract.bank import allow
from tests.factories import NOW_US

CLAIM = {"kind": "preference", "category": "deposit.term", "provider": "x"}
TAGS = [
    CLAIM | {"tag": "likes", "polarity": 1},
    CLAIM | {"tag": "avoids", "polarity": -1},
    CLAIM | {"tag": "others", "polarity": -1, "provider": "y"},
    {"tag": "poor", "kind": "attribute", "provider": "x", "one_of": "income"},
    {"tag": "rich", "kind": "attribute", "provider": "x", "one_of": "income"},
    {"tag": "elsewhere", "kind": "attribute", "provider": "y", "one_of": "income"},
]


@pytest.fixture
def defined(store: Store) -> Store:
    allow(store)
    store.put_tag_definitions(TAGS, NOW_US)
    return store


def put(store: Store, *names: str, days_ago: int = 9, **fields: Any) -> None:
    at_us = NOW_US - days_ago * DAY_US
    store.put_tags("c", [{"tag": name, "assigned_us": at_us, "affinity": 0.5} | fields for name in names])


def in_use(store: Store) -> list[str]:
    row = store.read("c", personal=True)[1]
    assert row is not None
    assert row.state is not None
    names = [item["tag"] for item in store.tag_version(store.versions().tags)]
    return sorted(names[number] for number in read_parts(row.state).tags["tag"].tolist())


def log(store: Store) -> list[tuple[str, str | None]]:
    """Tag and reason of every change, in the order in which they happened."""
    of, names = TagQuarantines.__table__, TagDefinitions.__table__
    columns = select(names.c.tag, of.c.reason).join(names, names.c.tag_no == of.c.tag_no)
    with store.connect() as connection:
        return [(row.tag, row.reason) for row in connection.execute(columns.order_by(of.c.seq))]


def marks(store: Store) -> Mapping[str, str | None]:
    of, names = Tags.__table__, TagDefinitions.__table__
    with store.connect() as connection:
        found = connection.execute(select(names.c.tag, of.c.quarantined).join(names, names.c.tag_no == of.c.tag_no))
        return {row.tag: row.quarantined for row in found}


def test_a_like_and_an_aversion_of_one_provider_are_both_out_of_use_until_one_is_removed(defined: Store) -> None:
    put(defined, "likes", "others", "poor")
    assert in_use(defined) == ["likes", "others", "poor"]
    put(defined, "avoids", days_ago=3)
    assert in_use(defined) == ["others", "poor"]
    defined.remove_tag("c", "likes", "bank", NOW_US)
    assert in_use(defined) == ["avoids", "others", "poor"]
    told = [("avoids", None), ("avoids", "contradictory"), ("likes", None), ("likes", "contradictory")]
    assert sorted(log(defined), key=str) == sorted(told, key=str)
    assert verify_states(defined) == []


def test_a_tag_that_its_newest_assignment_has_ended_contradicts_nothing(defined: Store) -> None:
    put(defined, "likes")
    put(defined, "likes", days_ago=6, removed_us=NOW_US - 5 * DAY_US, removed_by="bank")
    put(defined, "avoids", days_ago=3)
    assert in_use(defined) == ["avoids"]


def test_of_tags_that_exclude_one_another_none_is_used(defined: Store) -> None:
    put(defined, "poor", "rich", "elsewhere")
    assert in_use(defined) == ["elsewhere"]
    assert marks(defined) == {"poor": "exclusive", "rich": "exclusive", "elsewhere": None}


def test_telling_the_same_again_changes_no_mark_and_logs_nothing(defined: Store) -> None:
    for _ in range(2):
        put(defined, "likes", "avoids")
    assert len(log(defined)) == 2
    assert in_use(defined) == []


def test_an_assignment_of_before_the_customer_joined_is_released_once_the_bank_knows_better(defined: Store) -> None:
    put(defined, "likes", days_ago=40)
    defined.put_customer({"customer_id": "c", "joined_us": NOW_US - 30 * DAY_US})
    assert in_use(defined) == []
    put(defined, "likes", days_ago=30)  # on the very day
    assert in_use(defined) == ["likes"]
    defined.put_customer({"customer_id": "c", "joined_us": NOW_US - 90 * DAY_US})
    assert log(defined) == [("likes", "before_joined"), ("likes", None)]


def test_an_assignment_under_a_deletion_is_out_of_use_however_it_came_there(defined: Store) -> None:
    put(defined, "likes", days_ago=50)
    defined.remove_tag("c", "likes", "customer", NOW_US - 40 * DAY_US)
    row = {"customer_id": "c", "tag_no": 0, "assigned_us": NOW_US - DAY_US}
    with defined.begin() as connection:
        connection.execute(Tags.__table__.insert(), [row])
    assert defined.unsettled() == {("c", 0, NOW_US - DAY_US): "deleted"}
    assert verify_states(defined) == ["c"]
    rebuild_states(defined)
    assert (in_use(defined), log(defined), verify_states(defined)) == ([], [("likes", "deleted")], [])


def test_a_definition_that_turns_round_is_seen_by_all_who_carry_it(defined: Store) -> None:
    put(defined, "likes", "others")
    with defined.begin() as connection:
        of = TagDefinitions.__table__
        connection.execute(update(of).where(of.c.tag == "others").values(provider="x"))
    assert {key[1] for key in defined.unsettled()} == {0, 2}
    defined.refresh(["c"])
    assert (defined.unsettled(), in_use(defined)) == ({}, [])


@pytest.mark.parametrize("page", [1, 2, 5, 100])
def test_however_many_are_read_at_once_a_customer_is_judged_whole(
    defined: Store, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(_quarantine, "PAGE", page)
    wrong = {"b": (0, 1), "c": (0, 1, 3, 4), "e": (3, 4)}
    right = {"a": (0,), "d": (0, 2, 5), "f": (1, 3)}
    assigned = [
        {"customer_id": customer_id, "tag_no": tag, "assigned_us": NOW_US - DAY_US}
        for customer_id, tags in (wrong | right).items()
        for tag in tags
    ]
    with defined.begin() as connection:
        connection.execute(Tags.__table__.insert(), assigned)
    found = {(customer_id, tag) for customer_id, tag, _ in defined.unsettled()}
    assert found == {(customer_id, tag) for customer_id, tags in wrong.items() for tag in tags}
