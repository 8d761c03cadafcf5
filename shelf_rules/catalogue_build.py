"""Products and categories of a bank become the columns that the rules read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np

from shelf_rules.catalogue import (
    ALWAYS_FROM,
    ALWAYS_UNTIL,
    ASSESSMENT,
    CREDIT,
    GRADE,
    HIGHEST_GRADE,
    INVESTMENT,
    UNKNOWN,
    UNKNOWN_TERM,
    Bools,
    Catalogue,
    Categories,
    Ints,
)
from shelf_rules.product import Product
from shelf_rules.regime import Category, Regime

R = TypeVar("R")

INVESTMENT_REGIMES = frozenset({"nfra", "csrc", "bank"})
STRICTEST = ASSESSMENT | GRADE | INVESTMENT
TERM_BUCKETS = (7, 30, 90, 180, 365, 730)


def build_catalogue(
    version: str, products: Sequence[Product], categories: Sequence[tuple[int, str, str]], regime: Regime
) -> Catalogue:
    """The catalogue of `products` under the law of `regime`.

    `categories` are (number, code, own zone or ""), numbered densely from 0. Raises ValueError where the numbers are
    not dense, a product names no category of them, or a product number or id stands twice.
    """
    ordered = sorted(products, key=lambda product: product.product_no)
    own_zones = _check(ordered, sorted(categories))
    table = _categories(sorted(categories), ordered, regime)
    catalogue = _columns(version, ordered, table, _demands(ordered, own_zones, table, regime), regime)
    _freeze(catalogue)
    _freeze(table)
    return catalogue


def _freeze(columns: Catalogue | Categories) -> None:
    """Rules may hand out a column as their answer, so nobody may write into one."""
    for field in fields(columns):
        value = getattr(columns, field.name)
        for array in value.values() if isinstance(value, dict) else (value,):
            if isinstance(array, np.ndarray):
                array.setflags(write=False)


def _check(products: Sequence[Product], categories: Sequence[tuple[int, str, str]]) -> tuple[str, ...]:
    """The categories' own zones by number, "" where they have none."""
    if [number for number, _, _ in categories] != list(range(len(categories))):
        raise ValueError("category numbers must run from 0 without a gap")
    numbers, ids = {product.product_no for product in products}, {product.product_id for product in products}
    if min(len(numbers), len(ids)) < len(products):
        raise ValueError("a product number or product id stands twice")
    for product in products:
        if product.product_no < 0 or not 0 <= product.category < len(categories):
            raise ValueError(f"product {product.product_id}: its number or its category's number is not a row")
        if not {product.risk_issuer or 1, product.risk_distributor or 1} <= set(range(1, HIGHEST_GRADE + 1)):
            raise ValueError(f"product {product.product_id}: a risk grade is a number from 1 to {HIGHEST_GRADE}")
    return tuple(zone for _, _, zone in categories)


def _columns(version: str, products: Sequence[Product], table: Categories, demands: Ints, regime: Regime) -> Catalogue:
    hosts = tuple(dict.fromkeys(product.action_host for product in products if product.action_host is not None))
    host_number: dict[str | None, int] = {host: index for index, host in enumerate(hosts)}
    ids = tuple(product.product_id for product in products)
    exits = _exits(table, regime)
    category = _ints(products, lambda product: product.category)
    numbers = _ints(products, lambda product: product.product_no)
    zone = _ints(products, lambda product: table.zones.index(_zone(product, table)))
    return Catalogue(
        version=version,
        product_ids=ids,
        product_no=numbers,
        row_of=_inverse(numbers),
        id_rank=_inverse(np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)),
        categories=table,
        category=category,
        zone=zone,
        grade=_ints(products, lambda product: max(product.risk_issuer or 0, product.risk_distributor or 0)),
        needs_assessment=demands & ASSESSMENT > 0,
        needs_grade=demands & GRADE > 0,
        credit=demands & CREDIT > 0,
        investment=demands & INVESTMENT > 0,
        on_shelf=_bools(products, lambda product: product.status == "on_shelf"),
        private=_bools(products, lambda product: _is_private(product, table, regime)),
        sale_from=_ints(products, lambda p: ALWAYS_FROM if p.sale_from_us is None else p.sale_from_us),
        sale_until=_ints(products, lambda p: ALWAYS_UNTIL if p.sale_until_us is None else p.sale_until_us),
        min_amount=_ints(products, lambda product: _known(product.min_amount)),
        term_days=_ints(products, lambda product: _known(product.term_days)),
        min_hold_days=_ints(products, lambda product: _known(product.min_hold_days)),
        days_to_cash=_ints(products, _days_to_cash),
        matures=_bools(products, lambda product: (product.exit or exits[product.category]) == "maturity"),
        quota_left=_ints(products, lambda p: UNKNOWN if p.quota_left is None else max(0, p.quota_left)),
        series=_groups([product.series_id or None for product in products]),
        twin=_twins(products),
        host=_ints(products, lambda product: host_number.get(product.action_host, UNKNOWN)),
        hosts=hosts,
        region_limited=_bools(products, lambda product: bool(product.regions)),
        regions=_naming(products, lambda product: product.regions),
        channel_limited=_bools(products, lambda product: bool(product.channels)),
        channels=_naming(products, lambda product: product.channels),
        scenes=_naming(products, lambda product: product.scenes),
        listed_us=_ints(products, lambda product: product.listed_us),
        row_of_id={product_id: row for row, product_id in enumerate(ids)},
        no_rows=np.zeros(len(ids), dtype=np.bool_),
    )


def _categories(categories: Sequence[tuple[int, str, str]], products: Sequence[Product], regime: Regime) -> Categories:
    known = {row.code: row for row in regime.categories}
    rows = [known.get(code) or _outside(code, zone, regime) for _, code, zone in categories]
    named = [row.zone for row in rows] + [product.zone for product in products if product.zone]
    zones = tuple(dict.fromkeys([*regime.zones, *named]))
    demands = _demands_of(regime)
    return Categories(
        codes=tuple(row.code for row in rows),
        names={"zh": tuple(row.name_zh for row in rows), "en": tuple(row.name_en for row in rows)},
        zone=_ints(rows, lambda row: zones.index(row.zone)),
        zones=zones,
        half_life=_ints(rows, lambda row: row.half_life).astype(np.float64),
        attribution_days=_ints(rows, lambda row: row.attribution_days),
        cooling_off=_ints(rows, lambda row: row.cooling_off),
        regime=tuple(row.regime for row in rows),
        min_regime=_ints(rows, lambda row: demands.get(row.regime, 0)),
        number={row.code: number for number, row in enumerate(rows)},
    )


def _outside(code: str, zone: str, regime: Regime) -> Category:
    """A category that the taxonomy lacks: it cools off as its zone does, the rest is the default row."""
    zone = zone or code.partition(".")[0]
    cooling = [row.cooling_off for row in regime.categories if row.zone == zone]
    cooling_off = max(cooling, default=regime.outside.cooling_off)
    return replace(regime.outside, code=code, zone=zone, name_zh=code, name_en=code, cooling_off=cooling_off)


def _demands_of(regime: Regime) -> dict[str, int]:
    """Regime code -> the sum of what it asks for."""
    return {
        code: ASSESSMENT * assessment
        + GRADE * grade
        + CREDIT * (code == "credit")
        + INVESTMENT * (code in INVESTMENT_REGIMES)
        for code, (assessment, grade) in regime.needs.items()
    }


def _demands(products: Sequence[Product], own_zones: Sequence[str], table: Categories, regime: Regime) -> Ints:
    """What each product must meet: all that its category's regime asks for and all that its own asks for."""
    demands = _demands_of(regime)

    lending = _lending(regime)

    def demand(product: Product) -> int:
        own = product.regime or "none"
        zones = {_zone(product, table), own_zones[product.category] or _zone(product, table)}
        strictest = STRICTEST | CREDIT * (not zones.isdisjoint(lending))
        if table.regime[product.category] or own != "none":
            return int(table.min_regime[product.category]) | demands.get(own, strictest)
        return 0 if zones <= regime.ungated_zones else strictest

    return _ints(products, demand)


def _lending(regime: Regime) -> frozenset[str]:
    """Zones where credit is sold: those of its categories, and the first part of their codes, which stands for a zone
    where a category outside the taxonomy names none.
    """
    rows = [row for row in regime.categories if row.regime == "credit"]
    return frozenset(row.zone for row in rows) | frozenset(row.code.partition(".")[0] for row in rows)


def _exits(table: Categories, regime: Regime) -> tuple[str, ...]:
    known = {row.code: row.exit for row in regime.categories}
    return tuple(known.get(code, regime.outside.exit) for code in table.codes)


def _zone(product: Product, table: Categories) -> str:
    return product.zone or table.zones[table.zone[product.category]]


def _is_private(product: Product, table: Categories, regime: Regime) -> bool:
    zones = {_zone(product, table), table.zones[table.zone[product.category]]}
    return product.offering == "private" or not zones.isdisjoint(regime.private_zones)


def _days_to_cash(product: Product) -> int:
    """Days until the money is back; what cannot be read counts as never."""
    liquidity = (product.liquidity or "").strip()
    if not liquidity:
        return UNKNOWN
    if liquidity == "maturity":
        return UNKNOWN_TERM if product.term_days is None else product.term_days
    days = liquidity.removeprefix("T+")
    return int(days) if days != liquidity and days.isdecimal() else UNKNOWN_TERM


def _twins(products: Sequence[Product]) -> Ints:
    """Groups of products alike in category, issuer, grade, term bucket and liquidity (domain model §2)."""

    def likeness(product: Product) -> Hashable:
        if product.issuer is None:
            return product.product_no  # an unknown issuer may be anybody
        grade = max(product.risk_issuer or 0, product.risk_distributor or 0)
        bucket = None if product.term_days is None else bisect_left(TERM_BUCKETS, product.term_days)
        return (product.category, product.issuer, grade, bucket, product.liquidity)

    return _groups([likeness(product) for product in products])


def _groups(keys: Sequence[Hashable | None]) -> Ints:
    """Equal keys as equal numbers from 0; UNKNOWN for None."""
    number: dict[Hashable | None, int] = {None: UNKNOWN}
    return np.array([number.setdefault(key, len(number) - 1) for key in keys], dtype=np.int64)


def _naming(products: Sequence[Product], names_of: Callable[[Product], tuple[str, ...]]) -> dict[str, Bools]:
    """Each name -> the rows that name it."""
    names = sorted({name for product in products for name in names_of(product)})
    listed = [names_of(product) for product in products]
    return {name: np.array([name in own for own in listed], dtype=np.bool_) for name in names}


def _known(value: int | None) -> int:
    return UNKNOWN if value is None else value


def _inverse(numbers: Ints) -> Ints:
    """Number -> its place; UNKNOWN where a number is missing."""
    places = np.full(int(numbers.max(initial=-1)) + 1, UNKNOWN, dtype=np.int64)
    places[numbers] = np.arange(len(numbers))
    return places


def _ints(rows: Iterable[R], value: Callable[[R], int]) -> Ints:
    return np.array([value(row) for row in rows], dtype=np.int64)


def _bools(rows: Iterable[R], value: Callable[[R], bool]) -> Bools:
    return np.array([value(row) for row in rows], dtype=np.bool_)
