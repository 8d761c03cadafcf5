"""A folder as flat columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from service.clock import parse_us
from service.errors import Refused
from service.evaluation.reading import read_journal
from tests.unit.service.evaluation.folders import EVENTS, folder


def instant(text: str) -> int:
    us = parse_us(text)
    assert us is not None
    return us


def test_ids_are_numbered_in_the_order_of_their_text(tmp_path: Path) -> None:
    journal = read_journal(folder(tmp_path / "bank"))
    assert journal.products == ("p1", "p2", "p3")
    assert journal.customers == ("c1", "c2", "c3", "c4")
    assert [list(journal.categories)[number] for number in journal.category] == [
        "deposit.term",
        "cash.mmf",
        "fund.bond",
    ]


def test_purchases_of_all_three_kinds_count_and_a_cancel_dates_the_one_it_refers_to(tmp_path: Path) -> None:
    data = read_journal(folder(tmp_path / "bank")).dataset()
    assert data.purchases.item.tolist() == [0, 0, 0, 1, 1, 0, 2]
    assert np.flatnonzero(data.undone >= 0).tolist() == [3]
    assert data.undone[3] == instant("2024-02-09")


def test_a_cancel_of_another_customers_event_undoes_nothing(tmp_path: Path) -> None:
    events = EVENTS.replace("e5,c3,cancel", "e5,c1,cancel")
    assert (read_journal(folder(tmp_path / "bank", events=events)).dataset().undone < 0).all()


def test_holdings_snapshots_eligibility_and_baskets_are_read(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "bank",
        holdings="customer_id,product_id,opened_at,closed_at\nc1,p1,2024-01-05,\nc2,p2,2023-01-01,2024-01-01\n",
        snapshots="customer_id,as_of,product_id\nc1,2024-03-01,p1\n",
        eligibility="customer_id,as_of,product_id\nc9,2024-03-01,p3\n",
        basket_order="customer_id,basket,product_id\nc1,0,p1\nc1,1,p2\n",
        test_customers="customer_id\nc1\nnobody\n",
    )
    journal = read_journal(path)
    data = journal.dataset()
    assert data.spells.closed.tolist() == [-1, instant("2024-01-01")]
    assert (data.snapshots.item.tolist(), data.snapshots.time.tolist()) == ([0], [instant("2024-03-01")])
    assert journal.customers[data.eligibility.customer[0]] == "c9"
    assert journal.in_order().purchases.time.tolist() == [0, 1]
    assert journal.test_customers is not None
    assert journal.test_customers.tolist() == [0]


def test_the_notes_name_what_was_left_out_what_has_no_date_and_what_is_not_read(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "bank",
        events=EVENTS + "e10,c1,purchase,2024-01-01,p9,\ne11,c1,dance,2024-01-01,p1,\n",
        customers="customer_id,birth_year,attr_segment\nc1,1980,gold\n",
        tags="customer_id,tag,assigned_at\nc1,t,2024-01-01\n",
        truth="a\n1\n",
    )
    notes = read_journal(path).notes
    assert notes == (
        "events: rows left out: bad_enum 1, unknown_product 1",
        "customers: undated columns read: birth_year",
        "not read: truth.csv, tags",
    )


def test_attributes_of_customers_are_learnt_by_their_day_and_goal(tmp_path: Path) -> None:
    customers = "customer_id,birth_year,joined_at,goal_purpose\nc2,1980,1970-01-03,retire\n"
    people = read_journal(folder(tmp_path / "bank", customers=customers)).people
    assert people is not None
    assert (people.birth_year[1], people.joined_day[1], people.goal[1], people.goals) == (1980, 2, 0, ("retire",))
    assert people.birth_year[0] == -1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"products": ""}, "no products file"),
        ({"events": "event_id,customer_id\n1,c1\n"}, "events.csv: columns missing: kind, occurred_at"),
        ({"test_customers": "id\nc1\n"}, "test_customers.csv: columns missing: customer_id"),
    ],
)
def test_a_folder_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        read_journal(folder(tmp_path / "bank", **files))


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a folder"):
        read_journal(tmp_path / "nothing")
