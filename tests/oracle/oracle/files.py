"""An exported folder as rows by customer: instants in microseconds UTC, amounts in the base currency."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tests.oracle.oracle.tables import CONSENTS, HAZARD_PRIOR_DAYS

Row = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass
class Customer:
    """Everything the files say of one customer, each list in the order of time."""

    customer_id: str
    profile: Row = field(default_factory=dict)
    consents: list[Row] = field(default_factory=list)
    holdings: list[Row] = field(default_factory=list)
    cash_flows: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)

    def grants(self, scope: str, now_us: int) -> bool:
        """Whether a scope is on: the last answer, of two at the same time the refusal, else the default."""
        answers = [(row["changed_at"], not row["granted"]) for row in self.consents
                   if row["scope"] == scope and row["changed_at"] <= now_us]  # fmt: skip
        return not max(answers)[1] if answers else CONSENTS[scope]


@dataclass
class Bank:
    """Products in the order of their ids, customers by id, the time of the holdings statements."""

    products: list[Row]
    customers: dict[str, Customer]
    as_of_us: int

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """The products by their ids."""
        return {product["product_id"]: product for product in self.products}

    @cached_property
    def category_of(self) -> dict[str, str]:
        """The category of each product."""
        return {product_id: product["category"] for product_id, product in self.by_id.items()}

    @cached_property
    def series(self) -> dict[str, str]:
        """The series of each product that belongs to one."""
        return {key: product["series_id"] for key, product in self.by_id.items() if product["series_id"]}


def read_bank(folder: Path) -> Bank:
    """Read the files of a folder that a shelf depends on."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    as_of = datetime.fromisoformat(manifest["as_of"])
    bank = Bank(sorted(_rows(folder, "products"), key=lambda row: str(row["product_id"])), {}, _micros(as_of))
    for row in _rows(folder, "customers"):
        bank.customers[row["customer_id"]] = Customer(row["customer_id"], row)
    for name, when in (
        ("consents", "changed_at"),
        ("holdings", "opened_at"),
        ("cash_flows", "occurred_at"),
        ("events", "occurred_at"),
    ):
        for row in _in_order(_rows(folder, name), when):
            customer = bank.customers.setdefault(row["customer_id"], Customer(row["customer_id"]))
            getattr(customer, name).append(row)
    return bank


def _in_order(rows: list[Row], when: str) -> list[Row]:
    """By time, at one time by the id of what happened."""
    return sorted(rows, key=lambda row: (row[when], row.get("event_id") or row.get("product_id") or ""))


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _rows(folder: Path, name: str) -> list[Row]:
    path = folder / f"{name}.parquet"
    if not path.exists():
        return []
    table = pq.read_table(path)
    columns: dict[str, list[Any]] = {}
    for key in table.column_names:
        column = table.column(key)
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
        columns[key] = column.to_pylist()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@dataclass
class Model:
    """What was fitted on all customers, by category code or product id; nan is unknown."""

    bgnbd: dict[str, tuple[float, ...]]
    gap: dict[str, float]
    base_rate: dict[str, float]
    hazard: dict[tuple[str, str], float]
    substitution: dict[tuple[str, str], float]
    peer_share: dict[str, float]
    peer_first: Floats
    peer_size: Floats
    codes: list[str]
    goals: list[str]
    usual: dict[str, float]
    factors: dict[str, Floats]
    gram: Floats
    settings: Row
    half_lives: dict[str, float]
    popularity: dict[str, float]


def read_model(folder: Path, database: Path) -> Model:
    """Read a model's arrays, its manifest, and from the database the codes and ids behind its numbers."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    array = {path.stem: np.load(path, allow_pickle=False) for path in folder.glob("*.npy")}
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        numbered = dict(connection.execute("SELECT category_no, code FROM categories").fetchall())
        product_of = dict(connection.execute("SELECT product_no, product_id FROM products").fetchall())
    codes = [numbered[number] for number in range(len(array["population.gap"]))]

    def column(name: str) -> dict[str, float]:
        return dict(zip(codes, map(float, array[f"population.{name}"]), strict=True))

    def square(table: Floats) -> dict[tuple[str, str], float]:
        return {(a, b): float(table[i, j]) for i, a in enumerate(codes) for j, b in enumerate(codes)}

    transitions, exposure = array["population.transitions"], array["population.exposure"]
    base = array["population.base_rate"]
    items = [product_of[int(number)] for number in array["items.product"]]
    factors = array.get("als.item_factors")
    if factors is None or "als" not in manifest["models"]:
        factors = np.zeros((0, 0))
    recent, ever = array["popularity.recent"], array["popularity.all_time"]
    return Model(
        bgnbd={code: tuple(map(float, row)) for code, row in zip(codes, array["population.bgnbd"], strict=True)},
        gap=column("gap"),
        base_rate=column("base_rate"),
        hazard=square((transitions + base[None, :] * HAZARD_PRIOR_DAYS) / (exposure + HAZARD_PRIOR_DAYS)),
        substitution=square(array["population.substitution"]),
        peer_share=column("peer_share"),
        peer_first=array["population.peer_first"],
        peer_size=array["population.peer_size"],
        codes=codes,
        goals=list(manifest["goals"]),
        usual=column("usual"),
        factors=dict(zip(items, factors, strict=False)),
        gram=factors.T @ factors,
        settings=manifest["models"].get("als", {}),
        half_lives=manifest["half_lives"],
        popularity={item: float(a) + 1e-3 * float(b) for item, a, b in zip(items, recent, ever, strict=True)},
    )


def newest_model(data_dir: Path) -> Path:
    """The folder of the model that the database calls its newest."""
    with sqlite3.connect(f"file:{data_dir / 'huojia.db'}?mode=ro", uri=True) as connection:
        path = connection.execute("SELECT path FROM models ORDER BY version DESC LIMIT 1").fetchone()[0]
    return data_dir / "models" / str(path)
