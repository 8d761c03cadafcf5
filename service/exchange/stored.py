"""Checked batches into rows of the tables: numbers for ids, keys for flows, hashes for events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.exchange import schema
from service.exchange.block import Block
from service.exchange.bodies import body_hashes
from service.exchange.check import Checked
from service.exchange.columns import truth, valid
from service.exchange.devices import device_refs
from service.exchange.registry import Registry
from service.exchange.schema import File
from service.exchange.targets import TARGETS, stored_name
from service.exchange.times import Mask
from service.exchange.tracking import resolve_tracking
from service.keyed import Secrets
from service.profiles import MUTED_KINDS, flow_key


@dataclass(frozen=True, slots=True)
class Shaper:
    """Makes rows of one file; `now_us` is stamped on what is new, `keyed` reads tracking tokens, hashes devices."""

    file: File
    registry: Registry
    now_us: int
    keyed: Secrets | None = None

    def judge(self, checked: Checked) -> None:
        """Find the faults that only the database or the keys can show."""
        if self.file is schema.PRODUCTS:
            self._judge_categories(checked)
        if self.file is schema.EVENTS:
            if checked.columns["tracking"].null_count < checked.rows:
                resolve_tracking(checked, self.registry, self.keyed)
            self._judge_subjects(checked)

    def block(self, checked: Checked) -> Block:
        """The good rows, with the columns of the target."""
        good, names = checked.good, TARGETS[self.file.name].columns
        if not good.any():
            return Block(dict.fromkeys(names, ()), 0)
        columns = checked.columns if good.all() else _filtered(checked.columns, good)
        count = int(good.sum())
        if self.file is schema.EVENTS and self.keyed is not None:
            # Hashed before the body is: the event is the same one with either form of its device.
            columns = {**columns, "device": device_refs(columns["device"], self.keyed)}
        stored = {stored_name(self.file, spec.name): columns[spec.name] for spec in self.file.columns}
        self._number(columns, stored)
        stamps = self._stamps(columns, count)
        return Block({name: stamps[name] if name in stamps else _values(stored[name]) for name in names}, count)

    def _judge_categories(self, checked: Checked) -> None:
        listed = self.registry.listed
        known = pa.array(list(listed), pa.string())
        place = pc.index_in(checked.columns["product_id"], value_set=known)
        if place.null_count == checked.rows:
            return
        old = pa.array(list(listed.values()), pa.int64()).take(place)
        named = checked.columns["category"].filter(pa.array(checked.good))
        new = np.full(checked.rows, -1, dtype=np.int64)
        new[checked.good] = self.registry.known_category_numbers(named)
        checked.fault("category_changed", "category", truth(pc.not_equal(old, pa.array(new))))

    def _judge_subjects(self, checked: Checked) -> None:
        """An event's own category must be its product's."""
        category, product = checked.columns["category"], checked.columns["product_no"]
        both = valid(category) & valid(product)
        if both.any():
            own = self.registry.category_of[product.fill_null(0).to_numpy(zero_copy_only=False)]
            given = self.registry.known_category_numbers(category)
            checked.fault("bad_enum", "category", both & (own != given))

    def _number(self, columns: dict[str, pa.Array], stored: dict[str, pa.Array]) -> None:
        if "product_no" in stored:
            stored["product_no"] = columns["product_no"]
        if "category_no" in stored:
            stored["category_no"] = self.registry.category_numbers(columns["category"], columns.get("zone"))
        if "tag_no" in stored:
            stored["tag_no"] = self.registry.tag_numbers(columns["tag"])
        if "attributes" in columns:
            stored["attributes"] = columns["attributes"]
        if self.file is schema.CASH_FLOWS:
            names = ("flow_id", "occurred_at", "counterparty_class", "own_name", "amount")
            parts = zip(*(columns[name].to_pylist() for name in names), strict=True)
            as_stored = ("flow_id", "occurred_us", "counterparty_class", "own_name", "amount")
            stored["flow_key"] = pa.array([flow_key(dict(zip(as_stored, part, strict=True))) for part in parts])

    def _stamps(self, columns: dict[str, pa.Array], count: int) -> dict[str, Sequence[object]]:
        now = [self.now_us] * count
        if self.file is schema.PRODUCTS:
            return {
                "product_no": self.registry.new_product_numbers(columns["product_id"].to_pylist()),
                "listed_us": now,
            }
        if self.file is schema.TAG_DEFINITIONS:
            return {"tag_no": self.registry.new_tag_numbers(columns["tag"].to_pylist())}
        if self.file is schema.CONSENTS:
            return {"recorded_us": now}
        if self.file is schema.EVENTS:
            muting = pc.is_in(columns["kind"], value_set=pa.array(sorted(MUTED_KINDS)))
            return {"arrived_us": now, "body_sha256": body_hashes(columns), "muted": muting.to_pylist()}
        return {}


def _filtered(columns: dict[str, pa.Array], good: Mask) -> dict[str, pa.Array]:
    mask = pa.array(good)
    return {name: column.filter(mask) for name, column in columns.items()}


def _values(column: pa.Array) -> Sequence[object] | None:
    if column.null_count == len(column):
        return None
    values: list[object] = column.to_pylist()
    return values
