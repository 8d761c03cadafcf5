from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shelf_rules.catalogue import (
    ALWAYS_FROM,
    ALWAYS_UNTIL,
    ASSESSMENT,
    CREDIT,
    GRADE,
    INVESTMENT,
    UNKNOWN,
    UNKNOWN_TERM,
    Catalogue,
)
from shelf_rules.catalogue_build import build_catalogue
from shelf_rules.product import Product
from tests.factories import category_number, make_catalogue, make_product, make_regime

OUTSIDE = len(make_regime().categories)
"""The number of the first category outside the taxonomy in `make_catalogue`."""


def _demands(catalogue: Catalogue) -> list[tuple[bool, bool, bool, bool]]:
    columns = (catalogue.needs_assessment, catalogue.needs_grade, catalogue.credit, catalogue.investment)
    return [tuple(bool(column[row]) for column in columns) for row in range(len(catalogue))]


NOTHING = (False, False, False, False)
INVESTS = (True, True, False, True)
INSURES = (True, False, False, False)
LENDS = (False, False, True, False)
ALL = (True, True, True, True)


@pytest.mark.parametrize(
    ("category", "own", "demands"),
    [
        ("deposit.term", None, NOTHING),
        ("deposit.term", "none", NOTHING),
        ("deposit.term", "nfra", INVESTS),
        ("deposit.structured", None, INVESTS),
        ("deposit.structured", "none", INVESTS),
        ("cash.mmf", None, INVESTS),
        ("gold.physical", None, INVESTS),
        ("ins.health", None, INSURES),
        ("ins.health", "none", INSURES),
        ("ins.health", "nfra", INVESTS),
        ("pension.account", None, NOTHING),
        ("pension.deposit", None, NOTHING),
        ("pension.wealth", None, INVESTS),
        ("pension.fund", None, INVESTS),
        ("pension.insurance", None, INSURES),
        ("loan.consumer", None, LENDS),
        ("loan.consumer", "none", LENDS),
        ("loan.consumer", "bank", (True, True, True, True)),
        ("fund.bond", "credit", (True, True, True, True)),
        ("pay.wallet", "insurance", INSURES),
        ("pay.wallet", "no such regime", INVESTS),
    ],
)
def test_a_products_own_regime_tightens_its_categorys_and_never_loosens_it(
    category: str, own: str | None, demands: tuple[bool, ...]
) -> None:
    assert _demands(make_catalogue(make_product(category=category, regime=own))) == [demands]


@pytest.mark.parametrize(
    ("code", "zone", "shown_in", "own", "demands"),
    [
        ("deposit.new", "", None, None, NOTHING),
        ("deposit.new", "", None, "none", NOTHING),
        ("deposit.new", "wealth", None, "none", INVESTS),
        ("deposit.new", "wealth", "deposit", "none", INVESTS),
        ("pay.new", "payment", None, None, NOTHING),
        ("pay.new", "payment", "wealth", None, INVESTS),
        ("pay.new", "", None, None, INVESTS),
        ("pay.new", "", "payment", None, NOTHING),
        ("new", "service", None, None, NOTHING),
        ("new", "", None, None, INVESTS),
        ("new", "", None, "none", INVESTS),
        ("new", "", None, "csrc", INVESTS),
        ("new", "", None, "insurance", INSURES),
        ("new", "", None, "credit", LENDS),
        ("new", "", None, "bank", INVESTS),
        ("new", "", None, "no such regime", INVESTS),
        ("deposit.new", "", None, "nfra", INVESTS),
        ("loan.new", "", None, None, ALL),
        ("card.new", "card", None, "none", ALL),
        ("new", "credit", None, None, ALL),
        ("new", "", "credit", None, ALL),
        ("inst.new", "", None, "no such regime", ALL),
        ("loan.new", "", None, "credit", LENDS),
        ("loan.new", "", None, "csrc", INVESTS),
    ],
)
def test_a_category_outside_the_taxonomy_needs_a_regime_of_its_own(
    code: str, zone: str, shown_in: str | None, own: str | None, demands: tuple[bool, ...]
) -> None:
    product = make_product(category=OUTSIDE, zone=shown_in, regime=own)
    assert _demands(make_catalogue(product, outside=[(code, zone)])) == [demands]


def test_a_category_outside_the_taxonomy_has_the_default_row() -> None:
    categories = make_catalogue(outside=[("ins.new", "insurance"), ("crypto.coin", ""), ("plain", "")]).categories
    assert categories.codes[OUTSIDE:] == ("ins.new", "crypto.coin", "plain")
    assert [categories.zones[zone] for zone in categories.zone[OUTSIDE:]] == ["insurance", "crypto", "plain"]
    assert categories.names["zh"][OUTSIDE:] == categories.names["en"][OUTSIDE:] == categories.codes[OUTSIDE:]
    assert categories.half_life[OUTSIDE:].tolist() == [180.0] * 3
    assert categories.attribution_days[OUTSIDE:].tolist() == [14] * 3
    assert categories.cooling_off[OUTSIDE:].tolist() == [15, 7, 7]
    assert categories.regime[OUTSIDE:] == ("", "", "")
    assert categories.min_regime[OUTSIDE:].tolist() == [0, 0, 0]


def test_categories_are_those_of_the_taxonomy_in_their_persistent_numbers() -> None:
    numbered = [(2, "fund.bond", ""), (0, "ins.health", "wealth"), (1, "new", "")]
    categories = build_catalogue("c", [], numbered, make_regime()).categories
    assert categories.codes == ("ins.health", "new", "fund.bond")
    assert categories.number == {"ins.health": 0, "new": 1, "fund.bond": 2}
    assert categories.names["zh"] == ("医疗重疾险", "new", "债券基金")
    assert categories.regime == ("insurance", "", "csrc")
    assert categories.half_life.tolist() == [365, 180, 240]
    assert categories.cooling_off.tolist() == [15, 7, 7]
    assert categories.min_regime.tolist() == [ASSESSMENT, 0, ASSESSMENT | GRADE | INVESTMENT]
    assert [categories.zones[zone] for zone in categories.zone] == ["insurance", "new", "fund"]
    assert len(categories) == 3


def test_credit_is_asked_for_by_its_own_bit() -> None:
    categories = make_catalogue().categories
    assert categories.min_regime[categories.number["card.credit"]] == CREDIT


def test_unknown_zones_follow_those_of_the_regime() -> None:
    catalogue = make_catalogue(
        make_product("a", zone="corner"), make_product("b", OUTSIDE), make_product("c"), outside=[("x.y", "")]
    )
    assert catalogue.categories.zones == (*make_regime().zones, "x", "corner")
    assert [catalogue.categories.zones[zone] for zone in catalogue.zone] == ["corner", "x", "deposit"]


@pytest.mark.parametrize(
    ("issuer", "distributor", "grade"), [(None, None, 0), (3, None, 3), (None, 2, 2), (2, 4, 4), (5, 1, 5), (3, 3, 3)]
)
def test_the_effective_grade_is_the_higher_one(issuer: int | None, distributor: int | None, grade: int) -> None:
    catalogue = make_catalogue(make_product(risk_issuer=issuer, risk_distributor=distributor))
    assert catalogue.grade.tolist() == [grade]


@pytest.mark.parametrize(
    ("liquidity", "term", "days"),
    [
        (None, 30, UNKNOWN),
        ("", 30, UNKNOWN),
        ("T+0", None, 0),
        ("T+1", 30, 1),
        (" T+12 ", None, 12),
        ("maturity", 90, 90),
        ("maturity", None, UNKNOWN_TERM),
        ("T+", None, UNKNOWN_TERM),
        ("T-1", None, UNKNOWN_TERM),
        ("T+-1", None, UNKNOWN_TERM),
        ("7", None, UNKNOWN_TERM),
        ("soon", 1, UNKNOWN_TERM),
    ],
)
def test_days_to_cash_are_known_or_the_longest(liquidity: str | None, term: int | None, days: int) -> None:
    assert make_catalogue(make_product(liquidity=liquidity, term_days=term)).days_to_cash.tolist() == [days]


@pytest.mark.parametrize(
    ("category", "own", "matures"),
    [
        ("deposit.term", None, True),
        ("deposit.term", "any_day", False),
        ("fund.bond", None, False),
        ("fund.bond", "maturity", True),
        ("wealth.mixed", "windows", False),
    ],
)
def test_where_a_product_does_not_say_how_to_leave_its_category_does(
    category: str, own: str | None, *, matures: bool
) -> None:
    assert make_catalogue(make_product(category=category, exit=own)).matures.tolist() == [matures]


def test_how_to_leave_a_category_outside_the_taxonomy_is_the_default_rows() -> None:
    regime = make_regime(outside=replace(make_regime().outside, exit="maturity"))
    catalogue = make_catalogue(
        make_product("a", OUTSIDE), make_product("b", OUTSIDE, exit="any_day"), outside=[("new", "")], regime=regime
    )
    assert catalogue.matures.tolist() == [True, False]


TWIN = {"category": "wealth.mixed", "issuer": "x", "risk_issuer": 2, "term_days": 180, "liquidity": "T+1"}


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        ({}, True),
        ({"risk_issuer": 1, "risk_distributor": 2}, True),
        ({"min_amount": 5}, True),
        ({"term_days": 91}, True),
        ({"term_days": 90}, False),
        ({"term_days": 181}, False),
        ({"term_days": None}, False),
        ({"category": "wealth.fi_plus"}, False),
        ({"issuer": "y"}, False),
        ({"issuer": None}, False),
        ({"risk_issuer": 3}, False),
        ({"risk_issuer": None}, False),
        ({"liquidity": "T+2"}, False),
        ({"liquidity": None}, False),
        ({"liquidity": "maturity"}, False),
    ],
)
def test_twins_agree_in_category_issuer_grade_term_bucket_and_liquidity(
    other: dict[str, object], *, alike: bool
) -> None:
    twin = make_catalogue(make_product("a", **TWIN), make_product("b", **TWIN | other)).twin
    assert (twin[0] == twin[1]) is np.bool_(alike)
    assert twin.min() >= 0


def test_an_unknown_grade_is_not_the_lowest_one() -> None:
    grades = ({"risk_issuer": 1}, {"risk_issuer": None, "risk_distributor": 1}, {"risk_issuer": None})
    twin = make_catalogue(*[make_product(f"{n}", **TWIN | grade) for n, grade in enumerate(grades)]).twin
    assert twin.tolist() == [0, 0, 1]


@pytest.mark.parametrize("boundary", [7, 30, 90, 180, 365, 730])
def test_a_term_bucket_includes_its_last_day(boundary: int) -> None:
    terms = (boundary - 1, boundary, boundary + 1, boundary + 2)
    twin = make_catalogue(*[make_product(f"{term}", **TWIN | {"term_days": term}) for term in terms]).twin
    assert twin.tolist() == [0, 0, 1, 1]


def test_all_unknown_terms_are_one_bucket_and_unknown_issuers_nobodys_twins() -> None:
    unknown_term, unknown_issuer = TWIN | {"term_days": None}, TWIN | {"issuer": None}
    kinds = (unknown_term, unknown_term, unknown_issuer, unknown_issuer)
    twin = make_catalogue(*[make_product(f"{number}", **kind) for number, kind in enumerate(kinds)]).twin
    assert twin.tolist() == [0, 0, 1, 2]


def test_series_are_numbered_and_a_product_without_one_has_none() -> None:
    series = [None, "s", "t", "s", ""]
    catalogue = make_catalogue(*[make_product(f"{n}", series_id=name) for n, name in enumerate(series)])
    assert catalogue.series.tolist() == [UNKNOWN, 0, 1, 0, UNKNOWN]


def test_unknown_values_are_told_from_zero() -> None:
    catalogue = make_catalogue(
        make_product("unknown", listed_us=5),
        make_product("zero", sale_from_us=0, sale_until_us=0, min_amount=0, term_days=0, min_hold_days=0, quota_left=0),
    )
    assert catalogue.sale_from.tolist() == [ALWAYS_FROM, 0]
    assert catalogue.sale_until.tolist() == [ALWAYS_UNTIL, 0]
    assert catalogue.min_amount.tolist() == [UNKNOWN, 0]
    assert catalogue.term_days.tolist() == [UNKNOWN, 0]
    assert catalogue.min_hold_days.tolist() == [UNKNOWN, 0]
    assert catalogue.quota_left.tolist() == [UNKNOWN, 0]
    assert catalogue.listed_us.tolist() == [5, 0]


def test_rows_follow_the_product_number_and_ids_keep_their_rank() -> None:
    catalogue = make_catalogue(
        make_product("b", product_no=7, action_host="h2"),
        make_product("a", product_no=2, action_host="h1"),
        make_product("B", product_no=4),
        make_product("c", product_no=0, action_host="h2"),
    )
    assert catalogue.product_ids == ("c", "a", "B", "b")
    assert catalogue.product_no.tolist() == [0, 2, 4, 7]
    assert catalogue.row_of.tolist() == [0, UNKNOWN, 1, UNKNOWN, 2, UNKNOWN, UNKNOWN, 3]
    assert catalogue.id_rank.tolist() == [3, 1, 0, 2]
    assert catalogue.row_of_id == {"c": 0, "a": 1, "B": 2, "b": 3}
    assert [UNKNOWN if host < 0 else catalogue.hosts[host] for host in catalogue.host] == ["h2", "h1", UNKNOWN, "h2"]
    assert len(catalogue) == 4
    numbers = np.array([7, 0, 1, -1, 8, 10**9, 4], dtype=np.int64)
    assert catalogue.rows(numbers).tolist() == [3, 0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 2]
    assert catalogue.rows(numbers.astype("<i4")).tolist() == catalogue.rows(numbers).tolist()


def test_regions_and_channels_name_the_rows_that_list_them() -> None:
    catalogue = make_catalogue(
        make_product("a", regions=("x", "y"), channels=("in_app",)),
        make_product("b", regions=("y",)),
        make_product("c"),
    )
    assert {name: rows.tolist() for name, rows in catalogue.regions.items()} == {
        "x": [True, False, False],
        "y": [True, True, False],
    }
    assert {name: rows.tolist() for name, rows in catalogue.channels.items()} == {"in_app": [True, False, False]}
    assert catalogue.region_limited.tolist() == [True, True, False]
    assert catalogue.channel_limited.tolist() == [True, False, False]


def test_an_empty_catalogue_is_one() -> None:
    catalogue = build_catalogue("c0", [], [], make_regime())
    assert len(catalogue) == 0
    assert catalogue.version == "c0"
    assert catalogue.row_of.tolist() == []
    assert catalogue.rows(np.array([0, -1])).tolist() == [UNKNOWN, UNKNOWN]


def test_nobody_can_write_into_a_column() -> None:
    catalogue = make_catalogue(make_product(regions=("x",)))
    for column in (catalogue.grade, catalogue.credit, catalogue.regions["x"], catalogue.categories.half_life):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


@pytest.mark.parametrize(
    "products",
    [
        [Product(0, "a", 0), Product(0, "b", 0)],
        [Product(0, "a", 0), Product(1, "a", 0)],
        [Product(-1, "a", 0)],
        [Product(0, "a", 1)],
        [Product(0, "a", -1)],
        [Product(0, "a", 0, risk_issuer=6)],
        [Product(0, "a", 0, risk_distributor=-1)],
    ],
)
def test_products_that_contradict_each_other_or_the_categories_are_refused(products: list[Product]) -> None:
    with pytest.raises(ValueError, match="product"):
        build_catalogue("c", products, [(0, "deposit.term", "")], make_regime())


@pytest.mark.parametrize("numbers", [(1,), (0, 2), (0, 0)])
def test_category_numbers_are_dense(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="category numbers"):
        build_catalogue("c", [], [(number, f"c{number}", "") for number in numbers], make_regime())


def test_the_number_of_a_category_is_its_place_in_the_taxonomy() -> None:
    assert make_catalogue().categories.codes[category_number("svc.rights")] == "svc.rights"
