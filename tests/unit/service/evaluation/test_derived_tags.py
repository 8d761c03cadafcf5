"""Tags derived from the purchases of a folder."""

from __future__ import annotations

from pathlib import Path

from service.clock import parse_us
from service.evaluation.derived_tags import Histories, by_basket, by_category, by_product
from service.evaluation.reading import read_journal
from tests.unit.service.evaluation.folders import folder

CUT = parse_us("2024-03-01") or 0
PRODUCTS = "product_id,category\np1,deposit\np2,deposit\np3,fund\n"
EVENTS = """\
event_id,customer_id,kind,occurred_at,product_id,refers_to
e1,a,purchase,2024-01-05,p1,
e2,a,purchase,2024-01-07,p2,
e3,a,purchase,2024-02-05,p3,
e4,a,purchase,2024-03-05,p1,
e5,b,purchase,2024-01-20,p3,
e6,b,cancel,2024-01-21,p3,e5
e7,b,purchase,2024-02-20,p3,
e8,b,cancel,2024-03-21,p3,e7
e9,b,detail,2024-02-21,p1,
"""
SNAPSHOTS = """\
customer_id,as_of,product_id
a,2024-02-01,p1
a,2024-02-01,p3
a,2024-03-01,p1
a,2024-03-01,p2
"""


def rows(found: Histories) -> list[tuple[int, str, bool]]:
    names = [found.tags[category] for category in found.category.tolist()]
    return sorted(zip(found.customer.tolist(), names, found.later.tolist(), strict=True))


def test_purchases_within_three_days_are_one_occasion_and_cancelled_ones_none(tmp_path: Path) -> None:
    journal = read_journal(folder(tmp_path, products=PRODUCTS, events=EVENTS))
    found = by_category(journal, CUT, buyable=False)
    # What b cancelled only after the cut stood at the cut.
    assert rows(found) == [(0, "deposit", False), (0, "deposit", True), (0, "fund", False), (1, "fund", False)]


def test_a_tag_is_given_with_the_first_purchase_before_the_cut(tmp_path: Path) -> None:
    journal = read_journal(folder(tmp_path, products=PRODUCTS, events=EVENTS))
    found = by_product(journal, CUT)
    assert found.tags == ("p1", "p2", "p3")
    first = (parse_us("2024-01-05") or 0) // 86_400_000_000
    assert found.given(0).tolist() == [first, -1]
    assert found.given(1).tolist() == [first + 2, -1]


def test_a_category_held_whole_could_not_be_bought(tmp_path: Path) -> None:
    journal = read_journal(folder(tmp_path, products=PRODUCTS, events=EVENTS, snapshots=SNAPSHOTS))
    found = by_category(journal, CUT, buyable=True)
    deposit, fund = found.tags.index("deposit"), found.tags.index("fund")
    day_of = {day: place for place, day in enumerate(found.day.tolist())}
    february, march = (
        day_of[(parse_us(text) or 0) // 86_400_000_000] for text in ("2024-02-05", "2024-03-05")
    )  # fmt: skip
    assert found.open_to(deposit)[february]  # one of both deposits is held
    assert not found.open_to(fund)[february]
    assert not found.open_to(deposit)[march]
    assert found.open_to(fund)[march]  # no row of that day: not held any more
    assert found.open_to(fund)[day_of[(parse_us("2024-01-05") or 0) // 86_400_000_000]]  # before any snapshot


def test_the_last_basket_is_held_back_and_rare_products_only_compete(tmp_path: Path) -> None:
    baskets = "customer_id,basket,product_id\na,0,p1\na,0,p3\na,1,p1\na,2,p3\nb,0,p1\nb,1,p2\n"
    journal = read_journal(folder(tmp_path, products=PRODUCTS, events="", basket_order=baskets))
    found = by_basket(journal, 1)
    assert found.tags == ("p1",)
    assert found.category.tolist() == [0, 1, 0, 1, 0, 1]
    assert found.later.tolist() == [False, False, False, True, False, True]
    assert found.given(0).tolist() == [0, 0]
