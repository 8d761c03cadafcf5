"""Builders of what one decision is made of: a test names what it is about, the rest is an ordinary case.

The ordinary customer is an adult of 40 with a valid assessment of C5, everything consented to and nothing in the past;
the ordinary product is a term deposit on the shelf that anybody may see.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import shelf_rules
from recommender.profile.state import FLOWS, HEADS, IMPRESSIONS, INTENT, PURCHASES, SPELLS, TAGS
from shelf_rules.catalogue import Catalogue
from shelf_rules.catalogue_build import build_catalogue
from shelf_rules.evidence import Evidence
from shelf_rules.facts import Facts, Gate, Past, Query, Records, Scores
from shelf_rules.policy import DAY_US, Policy
from shelf_rules.product import Product
from shelf_rules.regime import Regime
from shelf_rules.situation import Situation

NOW_US = 1_795_334_400_000_000  # 2026-11-22T08:00:00Z, 16:00 in Shanghai
TODAY = 20_779  # 2026-11-22 in days from 1970-01-01
YEAR = 2026
REGION = "310000"
CHANNEL = "in_app"
CLICKS = np.dtype([("product", "<i4"), ("day", "<i4")])


@cache
def cn_document() -> Mapping[str, Any]:
    """The document of the regime `cn`; not to be changed, take a deep copy."""
    path = Path(shelf_rules.__file__).parent / "regimes" / "cn.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _cn() -> Regime:
    return Regime.from_mapping(cn_document())


def make_regime(**changes: object) -> Regime:
    """The regime `cn` with some fields replaced."""
    return replace(_cn(), **changes) if changes else _cn()


@cache
def category_number(code: str) -> int:
    """The number of a category of the taxonomy in `make_catalogue`: its place in the regime."""
    return [row.code for row in _cn().categories].index(code)


def make_product(product_id: str = "p", category: str | int = "deposit.term", **fields: object) -> Product:
    """A product of a category, by code or number; without a `product_no` the catalogue numbers it by its place."""
    number = category_number(category) if isinstance(category, str) else category
    return Product(**{"product_no": -1, "product_id": product_id, "category": number} | fields)


def make_catalogue(
    *products: Product, outside: Sequence[tuple[str, str]] = (), regime: Regime | None = None
) -> Catalogue:
    """A catalogue of `products`; `outside` are categories (code, zone or "") that follow those of the taxonomy."""
    law = regime or _cn()
    codes = [(row.code, row.zone) for row in law.categories] + list(outside)
    numbered = [
        replace(product, product_no=place) if product.product_no < 0 else product
        for place, product in enumerate(products)
    ]
    return build_catalogue("c1", numbered, [(number, *code) for number, code in enumerate(codes)], law)


def make_gate(**fields: object) -> Gate:
    """The gate row of the ordinary customer with some fields replaced; `Gate()` is the customer nobody knows."""
    ordinary = Gate(
        capacity=5,
        assessed_us=NOW_US - 30 * DAY_US,
        birth_year=YEAR - 40,
        region=REGION,
        credit_pass=True,
        scopes=frozenset(_cn().consent_defaults),
    )
    return replace(ordinary, **fields)


def make_records(dtype: np.dtype[np.void], *rows: Mapping[str, Any]) -> Records:
    """Rows as a structured array; what a row does not name is 0, but a day, an amount or a product it is -1."""
    records = np.zeros(len(rows), dtype=dtype)
    for place, row in enumerate(rows):
        for name in dtype.names or ():
            signed = np.issubdtype(dtype[name], np.signedinteger)
            records[name][place] = row.get(name, -1 if signed else 0)
    return records


def make_past(**parts: object) -> Past:
    """A past: `purchases`, `spells`, `intent` … as lists of rows (mappings of field names), the rest as fields."""
    types = {
        "purchases": PURCHASES,
        "heads": HEADS,
        "spells": SPELLS,
        "intent": INTENT,
        "flows": FLOWS,
        "impressions": IMPRESSIONS,
        "clicks": CLICKS,
        "tags": TAGS,
    }
    records = {name: make_records(dtype, *parts.pop(name, ())) for name, dtype in types.items()}
    return Past(**records, **parts)


def make_scores(products: int, popularity: Sequence[float] | None = None, cf: Sequence[float] | None = None) -> Scores:
    """Scores of so many products; all equally popular unless said otherwise."""
    counts = np.zeros(products) if popularity is None else np.asarray(popularity, dtype=np.float64)
    ranks = np.array([(counts < count).sum() + (counts <= count).sum() for count in counts]) / max(2 * products, 1)
    return Scores(
        popularity=counts,
        popularity_rank=ranks.astype(np.float64),
        cf=None if cf is None else np.asarray(cf, dtype=np.float64),
    )


def make_facts(catalogue: Catalogue, **fields: object) -> Facts:
    """The facts of the ordinary customer's personal shelf; another mode has no past unless one is given."""
    mode = fields.get("mode", "personal")
    ordinary: dict[str, Any] = {
        "now_us": NOW_US,
        "today": TODAY,
        "year": YEAR,
        "mode": mode,
        "seed": 7,
        "query": Query(channel=CHANNEL),
        "gate": Gate() if mode == "fallback" else make_gate(),
        "scores": make_scores(len(catalogue)),
        "past": make_past() if mode == "personal" else None,
    }
    return Facts(**ordinary | fields)


def make_evidence(catalogue: Catalogue, **fields: object) -> Evidence:
    """Evidence of a customer without a past, with some fields replaced."""
    categories = len(catalogue.categories)
    columns = ("repeats", "share", "balance", "balance_share", "intent", "external", "gap", "maturity")
    ordinary: dict[str, Any] = {name: np.zeros(categories) for name in columns} | {
        "alive": np.full(categories, np.nan),
        "held": np.zeros(categories, dtype=np.bool_),
        "occasions": np.zeros(categories, dtype=np.int64),
        "outflow_recent": np.zeros(categories, dtype=np.bool_),
        "recent": (),
        "held_products": np.zeros(len(catalogue), dtype=np.bool_),
        "aum": 0.0,
        "idle": 0.0,
        "due": 0.0,
        "inflow": 0.0,
        "new_funds": None,
        "ability": None,
    }
    return Evidence(**ordinary | fields)


def make_situation(*products: Product, catalogue: Catalogue | None = None, **fields: object) -> Situation:
    """The situation of one decision about `products` (or a catalogue).

    Fields of Situation are taken as such, all others are fields of its Facts: `make_situation(p, gate=make_gate())`.
    """
    shelf = make_catalogue(*products) if catalogue is None else catalogue
    own = {name: fields.pop(name) for name in Situation.__slots__ if name in fields}
    facts = own.pop("facts", None) or make_facts(shelf, **fields)
    return Situation(**{"facts": facts, "catalogue": shelf, "policy": Policy(), "regime": make_regime()} | own)


def withheld(mask: np.ndarray[Any, Any], situation: Situation) -> list[str]:
    """The ids of the products that a rule withholds, in the order of the catalogue."""
    assert mask.dtype == np.bool_
    assert mask.shape == (len(situation.catalogue),)
    return [situation.catalogue.product_ids[row] for row in np.flatnonzero(mask)]
