"""The simulated bank as the files of the exchange format."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from service.simulate import journal, tables
from service.simulate.bank import Bank
from service.simulate.chance import MISSING, NONE, Ints
from service.simulate.consents import SCOPES, TEXT_VERSIONS, consent
from service.simulate.flows import CLASSES, flow_columns
from service.simulate.period import iso
from service.simulate.product import Product
from service.simulate.tables import Column
from service.simulate.taxonomy import CATEGORIES

CUSTOMER, PRODUCT, EVENT = "C", "P%05d", "E"


def write_manifest(folder: Path, as_of: int) -> None:
    """Format, time and base currency."""
    content = {"format": 1, "as_of": iso(as_of), "base_currency": "CNY"}
    (folder / "manifest.json").write_text(json.dumps(content) + "\n", encoding="utf-8")


def product_vocabulary(products: list[Product]) -> list[str]:
    """The id of each product, by its place."""
    return [PRODUCT % place for place in range(len(products))]


def write_events(bank: Bank, folder: Path) -> int:
    """The file `events`; the journal is emptied."""
    columns = bank.journal.columns()
    products = product_vocabulary(bank.catalogue.products)
    device, network = _devices(bank, columns)
    rows = columns["number"].size
    written: dict[str, Column] = {
        "event_id": tables.numbered(columns["number"], EVENT),
        "customer_id": tables.numbered(columns["customer"], CUSTOMER),
        "kind": tables.words(columns["kind"], journal.KINDS),
        "occurred_at": tables.stamps(columns["when"]),
        "product_id": tables.words(columns["product"], products),
        "category": tables.words(columns["category"], [kind.code for kind in CATEGORIES]),
        "amount": tables.money(columns["cents"]),
        "channel": tables.words(columns["channel"], journal.CHANNELS),
        "session_id": tables.numbered(columns["session"], "S"),
        "decision_id": tables.numbered(columns["decision"], "sim-"),
        "tier": tables.words(columns["tier"], journal.TIERS),
        "slot": tables.whole(columns["slot"]),
        "task_id": tables.absent(rows),
        "refers_to": tables.numbered(columns["refers"], EVENT),
        "tracking": tables.absent(rows),
        "device": tables.numbered(device, "D"),
        "ip_block": tables.numbered(network, "N"),
        "invited_by": tables.numbered(columns["invited_by"], CUSTOMER),
        "payload": tables.words(columns["payload"], journal.PAYLOADS),
    }
    return tables.write(folder / "events.parquet", written, rows)


def _devices(bank: Bank, columns: dict[str, Ints]) -> tuple[Ints, Ints]:
    """One device a customer, some shared in a family, and the network of logins, both scrambled."""
    places = np.arange(bank.people.size)
    owner = np.where(places % 23 == 1, places - 1, places)[columns["customer"]]
    device = (owner + 1) * 0x9E3779B1 % (1 << 48)
    network = (owner // 3 + 1) * 0x5851F42D4C95 % (1 << 60)
    app = columns["channel"] == journal.CHANNEL["in_app"]
    login = columns["kind"] == journal.KIND["login"]
    return np.where(app, device, NONE), np.where(login, network, NONE)


def write_holdings(bank: Bank, folder: Path) -> int:
    """The file `holdings`: all spells, the balance of the open ones as of the end, of the others as of their close."""
    spells = bank.spells
    size = spells.size
    account = bank.account[spells.customer[:size]] == spells.product[:size]
    cents = np.where(account, np.maximum(bank.free[spells.customer[:size]], 0), spells.cents[:size])
    order = np.lexsort((spells.opened[:size], spells.product[:size], spells.customer[:size]))
    written = {
        "customer_id": tables.numbered(spells.customer[:size][order], CUSTOMER),
        "product_id": tables.words(spells.product[:size][order], product_vocabulary(bank.catalogue.products)),
        "opened_at": tables.stamps(spells.opened[:size][order]),
        "closed_at": tables.stamps(spells.closed[:size][order]),
        "amount": tables.money(cents[order]),
        "matures_at": tables.stamps(spells.matures[:size][order]),
    }
    return tables.write(folder / "holdings.parquet", written, size)


def write_cash_flows(bank: Bank, folder: Path) -> int:
    """The file `cash_flows`."""
    columns = flow_columns(bank)
    rows = columns["when"].size
    written = {
        "customer_id": tables.numbered(columns["customer"], CUSTOMER),
        "occurred_at": tables.stamps(columns["when"]),
        "amount": tables.money(columns["cents"]),
        "counterparty_class": tables.words(columns["place"], CLASSES),
        "own_name": tables.flags(columns["own"] == 1),
        "flow_id": tables.numbered(np.arange(rows), "F"),
    }
    return tables.write(folder / "cash_flows.parquet", written, rows)


def write_consents(bank: Bank, folder: Path) -> int:
    """The file `consents`."""
    columns = consent(bank.seed, bank.period, bank.people)
    rows = columns["when"].size
    written = {
        "customer_id": tables.numbered(columns["customer"], CUSTOMER),
        "scope": tables.words(columns["scope"], SCOPES),
        "granted": tables.flags(columns["granted"] == 1),
        "changed_at": tables.stamps(columns["when"]),
        "text_version": tables.words(columns["text"], TEXT_VERSIONS),
    }
    return tables.write(folder / "consents.parquet", written, rows)


def known(values: list[str]) -> list[str | None]:
    """Empty text as null."""
    return [value or None for value in values]


def text(values: list[str]) -> Column:
    """A column of Python strings; empty is null."""
    return tables.given(known(values), pa.string())


def moments(values: list[int]) -> Column:
    """A column of seconds; 0 is null."""
    return tables.stamps(np.array([value or MISSING for value in values], dtype=np.int64))
