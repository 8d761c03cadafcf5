"""Which table and columns a file's columns are stored in."""

from __future__ import annotations

from dataclasses import dataclass

from service.exchange import schema
from service.exchange.schema import File


@dataclass(frozen=True, slots=True)
class Target:
    """A table: its key, the content that a key has, and what is stamped on a row when it is first stored."""

    table: str
    key: tuple[str, ...]
    content: tuple[str, ...]
    stamps: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that a row is inserted with."""
        return self.key + self.content + self.stamps

    @property
    def immutable(self) -> bool:
        """Whether other content for a key is a conflict, not a change."""
        return self.table == "events"


def stored_name(file: File, name: str) -> str:
    """The column of the table that keeps a column of the file."""
    if name == "category" or (name == "product_id" and file is not schema.PRODUCTS):
        return name.removesuffix("_id") + "_no"
    if name == "tag" and file is schema.TAGS:
        return "tag_no"
    if file.column(name).type == "time":
        return name.removesuffix("_at") + "_us"
    return name


def _target(
    file: File, *, key: tuple[str, ...] = (), more: tuple[str, ...] = (), stamps: tuple[str, ...] = ()
) -> Target:
    keys = key or tuple(stored_name(file, name) for name in file.key)
    names = [stored_name(file, column.name) for column in file.columns if column.name != "tracking"]
    return Target(file.name, keys, tuple(name for name in names if name not in keys) + more, stamps)


TARGETS = {
    "products": _target(schema.PRODUCTS, stamps=("product_no", "listed_us")),
    "customers": _target(schema.CUSTOMERS, more=("attributes",)),
    "consents": _target(schema.CONSENTS, stamps=("recorded_us",)),
    "tag_definitions": _target(schema.TAG_DEFINITIONS, stamps=("tag_no",)),
    "tags": _target(schema.TAGS),
    "holdings": _target(schema.HOLDINGS),
    "snapshots": _target(schema.SNAPSHOTS),
    "cash_flows": _target(schema.CASH_FLOWS, key=("customer_id", "flow_key")),
    "events": _target(schema.EVENTS, stamps=("arrived_us", "body_sha256", "muted")),
    "eligibility": _target(schema.ELIGIBILITY),
    "basket_order": _target(schema.BASKET_ORDER),
}
