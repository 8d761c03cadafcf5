"""Reads a folder of the exchange format for evaluation, the whole of it and nothing into any store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from recommender.evaluation.dataset import Marks
from recommender.profile.state import EVENT_KINDS, KIND
from recommender.training_data import Ints
from service.calendar import DAY_US
from service.errors import Refused
from service.evaluation.columns import Columns
from service.evaluation.journal import Happenings, HeldSpells, Journal, People
from service.exchange import schema
from service.exchange.check import Surroundings
from service.exchange.read import Folder, open_folder
from service.progress import Progress, silent

TEST_CUSTOMERS = "test_customers"
_READ = {
    "events": ("customer_id", "event_id", "kind", "occurred_at", "product_no", "category", "amount", "refers_to"),
    "holdings": ("customer_id", "product_no", "opened_at", "closed_at", "matures_at", "amount"),
    "snapshots": ("customer_id", "as_of", "product_no"),
    "eligibility": ("customer_id", "as_of", "product_no"),
    "basket_order": ("customer_id", "basket", "product_no"),
    "customers": ("customer_id", "birth_year", "joined_at", "goal_purpose"),
}
_FILES = {file.name: file for file in schema.FILES}


@dataclass(slots=True)
class _Reading:
    """The files as columns, and what the ids in them are numbered by."""

    folder: Folder
    products: pa.StringArray
    files: dict[str, Columns] = field(default_factory=dict)
    customers: pa.StringArray = field(default_factory=lambda: pa.array([], pa.string()))

    def customer(self, name: str) -> Ints:
        ids = self.files[name].texts("customer_id")
        return np.asarray(pc.index_in(ids, value_set=self.customers).to_numpy(), dtype=np.int64)

    def marks(self, name: str, time_column: str) -> Marks:
        file = self.files.get(name)
        if file is None:
            return Marks()
        return Marks(self.customer(name), file.numbers("product_no"), file.numbers(time_column))


def read_journal(folder: Path, progress: Progress = silent) -> Journal:
    """The folder as flat columns; rows that an import would reject are left out and counted in the notes.

    Raises Refused where a file cannot be read, lacks a column, or there is no catalogue to rank.
    """
    opened = open_folder(folder)
    if "products" not in opened.sources:
        raise Refused(f"{folder}: no products file; the whole catalogue is what is ranked")
    now_us = time.time_ns() // 1000
    source, names = opened.sources["products"], ("product_id", "category")
    listed = Columns.read(source, _FILES["products"], names, Surroundings(now_us))
    products, categories_of = _catalogue(listed)
    reading = _Reading(opened, products)
    wanted = [name for name in _READ if name in opened.sources]
    for done, name in enumerate(wanted):
        progress("read", done, len(wanted))
        around = Surroundings(now_us, products)
        reading.files[name] = Columns.read(opened.sources[name], _FILES[name], _READ[name], around)
    progress("read", len(wanted), len(wanted))
    reading.customers = _ids([file.texts("customer_id") for file in reading.files.values()])
    return _journal(folder, reading, listed, categories_of)


def _journal(folder: Path, reading: _Reading, listed: Columns, categories_of: Sequence[str]) -> Journal:
    events = reading.files.get("events")
    named = set(events.texts("category").unique().to_pylist()) - {None} if events is not None else set()
    categories = {code: number for number, code in enumerate(sorted(set(categories_of) | named))}
    tested = _test_customers(folder, reading.customers)
    return Journal(
        name=folder.resolve().name,
        customers=tuple(reading.customers.to_pylist()),
        products=tuple(reading.products.to_pylist()),
        category=np.array([categories[code] for code in categories_of], dtype=np.int64),
        categories=categories,
        events=_events(reading, categories) if events is not None else Happenings(),
        spells=_spells(reading),
        snapshots=reading.marks("snapshots", "as_of"),
        eligibility=reading.marks("eligibility", "as_of"),
        baskets=reading.marks("basket_order", "basket"),
        test_customers=tested,
        people=_people(reading),
        notes=tuple(_notes(reading, listed, tested is not None)),
    )


def _catalogue(listed: Columns) -> tuple[pa.StringArray, list[str]]:
    """Product ids in the order of their text, and their categories; a product listed twice counts as last listed."""
    found = dict(zip(listed.texts("product_id").to_pylist(), listed.texts("category").to_pylist(), strict=True))
    ids = sorted(found)
    return pa.array(ids, pa.string()), [found[product_id] for product_id in ids]


def _ids(columns: Sequence[pa.ChunkedArray]) -> pa.StringArray:
    found: set[str] = set()
    for column in columns:
        found.update(column.unique().to_pylist())
    return pa.array(sorted(found), pa.string())


def _events(reading: _Reading, categories: dict[str, int]) -> Happenings:
    file = reading.files["events"]
    customer, item, kinds = reading.customer("events"), file.numbers("product_no"), file.texts("kind")
    kind = np.asarray(pc.index_in(kinds, value_set=pa.array(EVENT_KINDS)).to_numpy(), dtype=np.int64)
    named = pc.index_in(file.texts("category"), value_set=pa.array(list(categories), pa.string()))
    happened = file.numbers("occurred_at")
    return Happenings(
        customer=customer,
        item=item,
        category=np.asarray(named.fill_null(-1).to_numpy(), dtype=np.int64),
        kind=kind,
        time=happened,
        amount=file.numbers("amount"),
        undone=_undone(file, customer, kind, happened),
    )


def _undone(file: Columns, customer: Ints, kind: Ints, happened: Ints) -> Ints:
    """When each event was cancelled by its customer, -1 never."""
    undone = np.full(len(customer), -1)
    cancels = np.flatnonzero(kind == KIND["cancel"])
    if len(cancels):
        refers = file.texts("refers_to").take(pa.array(cancels)).to_pylist()
        owners, times = customer[cancels], happened[cancels]
        when = {(int(owner), ref): int(at) for owner, ref, at in zip(owners, refers, times, strict=True)}
        meant = pc.is_in(file.texts("event_id"), value_set=pa.array(sorted({ref for _, ref in when}), pa.string()))
        rows = np.flatnonzero(meant.to_numpy())
        ids = file.texts("event_id").take(pa.array(rows)).to_pylist()
        undone[rows] = [when.get((int(owner), event), -1) for owner, event in zip(customer[rows], ids, strict=True)]
    return undone


def _spells(reading: _Reading) -> HeldSpells:
    file = reading.files.get("holdings")
    if file is None:
        return HeldSpells()
    columns = (file.numbers(name) for name in ("product_no", "opened_at", "closed_at", "matures_at", "amount"))
    return HeldSpells(reading.customer("holdings"), *columns)


def _people(reading: _Reading) -> People | None:
    file = reading.files.get("customers")
    if file is None:
        return None
    people = People.unknown(len(reading.customers))
    rows = reading.customer("customers")
    goals = tuple(sorted(set(file.texts("goal_purpose").unique().to_pylist()) - {None}))
    goal = pc.index_in(file.texts("goal_purpose"), value_set=pa.array(goals, pa.string()))
    joined = file.numbers("joined_at")
    people.birth_year[rows] = file.numbers("birth_year")
    people.joined_day[rows] = np.where(joined >= 0, joined // DAY_US, -1)
    people.goal[rows] = goal.fill_null(-1).to_numpy()
    return People(people.birth_year, people.joined_day, people.goal, goals)


def _test_customers(folder: Path, known: pa.StringArray) -> Ints | None:
    """The customers of `test_customers`, by number; those without a row elsewhere have nothing to rank."""
    paths = [path for suffix in (".csv", ".parquet") if (path := folder / f"{TEST_CUSTOMERS}{suffix}").is_file()]
    if not paths:
        return None
    try:
        if paths[0].suffix == ".csv":
            options = pacsv.ConvertOptions(column_types={"customer_id": pa.string()})
            table = pacsv.read_csv(paths[0], convert_options=options)
        else:
            table = pq.read_table(paths[0])
    except (pa.ArrowException, OSError) as error:
        raise Refused(f"{paths[0].name} cannot be read: {str(error).splitlines()[0]}") from error
    if "customer_id" not in table.column_names:
        raise Refused(f"{paths[0].name}: columns missing: customer_id")
    found = pc.index_in(table.column("customer_id").cast(pa.string()), value_set=known).drop_null()
    return np.unique(found.to_numpy()).astype(np.int64)


def _notes(reading: _Reading, listed: Columns, tested: bool) -> Iterator[str]:
    """What was left out and what has no date."""
    for name, file in {"products": listed, **reading.files}.items():
        if file.rejected:
            reasons = ", ".join(f"{code} {count}" for code, count in sorted(file.rejected.items()))
            yield f"{name}: rows left out: {reasons}"
    customers = reading.folder.sources.get("customers")
    if customers is not None:
        read = [name for name in ("birth_year", "goal_purpose") if name in customers.columns]
        if read:
            yield f"customers: undated columns read: {', '.join(read)}"
    unread = [name for name in reading.folder.unread if not tested or not name.startswith(f"{TEST_CUSTOMERS}.")]
    unread += sorted(name for name in reading.folder.sources if name not in _READ and name != "products")
    if unread:
        yield f"not read: {', '.join(unread)}"
