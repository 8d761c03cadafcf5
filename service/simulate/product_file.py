"""The file `products`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from service.simulate import tables
from service.simulate.catalogue import EVER, EXITS, SCENES, Catalogue
from service.simulate.exchange import PRODUCT, moments, text
from service.simulate.naming import BANK
from service.simulate.period import DAY, Period, iso
from service.simulate.population import REGIONS
from service.simulate.product import Product
from service.simulate.tables import Column
from service.simulate.yields import YIELDS

WORDS = pa.list_(pa.string())


def write_products(catalogue: Catalogue, period: Period, folder: Path) -> int:
    """Every column of the format, one row a product."""
    products = catalogue.products
    return tables.write(folder / "products.parquet", product_columns(products, period), len(products))


def product_columns(products: list[Product], period: Period) -> dict[str, Column]:
    """The columns of the file; a product's id is its place in the list."""
    return {
        **_identity(products),
        **_terms(products, period),
        **_sale(products, period),
        **_yields(products, period),
    }


def _identity(products: list[Product]) -> dict[str, Column]:
    grades = [(f"R{one.grade}", f"R{one.distributor_grade}") if one.grade else ("", "") for one in products]
    return {
        "product_id": text([PRODUCT % place for place in range(len(products))]),
        "category": text([one.kind.code for one in products]),
        "name": text([one.names[0] for one in products]),
        "sale_name": text([one.names[1] for one in products]),
        "zone": text([one.zone or one.kind.zone for one in products]),
        "issuer": text([one.issuer for one in products]),
        "distributor": text([BANK for _ in products]),
        "series_id": text([one.series for one in products]),
        "risk_issuer": text([pair[0] for pair in grades]),
        "risk_distributor": text([pair[1] for pair in grades]),
        "regime": text([one.kind.regime for one in products]),
    }


def _terms(products: list[Product], period: Period) -> dict[str, Column]:
    windows = [
        [f"{iso(begin)}/{iso(end)}" for begin, end in one.windows if end > period.start] or None for one in products
    ]
    terms = [one.term if one.form in {"term", "loan", "renewal"} else 0 for one in products]
    holds = [one.term if one.form == "window" else 0 for one in products]
    return {
        "min_amount": tables.money(np.array([round(one.minimum * 100) for one in products])),
        "currency": text(["CNY" for _ in products]),
        "term_days": tables.given([term or None for term in terms], pa.int64()),
        "min_hold_days": tables.given([hold or None for hold in holds], pa.int64()),
        "liquidity": text([one.liquidity for one in products]),
        "exit": text([EXITS[one.form] for one in products]),
        "open_windows": tables.given(windows, WORDS),
    }


def _sale(products: list[Product], period: Period) -> dict[str, Column]:
    until = [one.sale_until if one.sale_until < period.as_of + EVER else 0 for one in products]
    return {
        "offering": text(["private" if one.kind.zone == "trust_private" else "public" for one in products]),
        "sale_from": moments([0 if one.form == "demand" else one.sale_from for one in products]),
        "sale_until": moments(until),
        "quota_left": tables.given([one.quota for one in products], pa.int64()),
        "regions": tables.given([[REGIONS[place] for place in one.regions] for one in products], WORDS),
        "channels": tables.given([list(one.channels) for one in products], WORDS),
        "scenes": tables.given(
            [[SCENES[code]] if (code := one.kind.code) in SCENES else [] for one in products], WORDS
        ),
    }


def _yields(products: list[Product], period: Period) -> dict[str, Column]:
    kinds = [YIELDS[one.kind.yield_kind] for one in products]
    dated = [period.as_of - (3 + place % 5) * DAY if kind.text else 0 for place, kind in enumerate(kinds)]
    return {
        "yield_kind": text([one.kind.yield_kind for one in products]),
        "yield_text": text([kind.worded(one.yield_value) for kind, one in zip(kinds, products, strict=True)]),
        "yield_as_of": moments(dated),
        "disclaimer_id": text([kind.disclaimer for kind in kinds]),
        "action_url": text([f"https://{one.host}/p/{PRODUCT % place}" for place, one in enumerate(products)]),
        "status": text([one.status for one in products]),
    }
