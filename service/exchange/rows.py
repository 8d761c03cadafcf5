"""What must hold between the columns of one row, file by file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from service.exchange import schema
from service.exchange.columns import truth, valid
from service.exchange.times import Mask

Columns = Mapping[str, pa.Array]
RowFaults = Iterator[tuple[str, str, Mask]]


def row_faults(file: str, columns: Columns) -> RowFaults:
    """(reason code, column, rows) of a file's own rules, in the order in which they are to be named."""
    return _RULES.get(file, _nothing)(columns)


def _nothing(columns: Columns) -> RowFaults:
    return iter(())


def _products(columns: Columns) -> RowFaults:
    liquidity = columns["liquidity"]
    shaped = pc.match_substring_regex(liquidity, r"^(T\+\d{1,4}|maturity)$")
    yield "bad_enum", "liquidity", valid(liquidity) & ~truth(shaped)
    yield "until_before_from", "sale_until", truth(pc.less(columns["sale_until"], columns["sale_from"]))


def _holdings(columns: Columns) -> RowFaults:
    yield "closed_before_opened", "closed_at", truth(pc.less(columns["closed_at"], columns["opened_at"]))


def _tags(columns: Columns) -> RowFaults:
    removed = columns["removed_at"]
    yield "missing_field", "removed_at", valid(columns["removed_by"]) & ~valid(removed)
    yield "removed_before_assigned", "removed_at", truth(pc.less(removed, columns["assigned_at"]))


def _tag_definitions(columns: Columns) -> RowFaults:
    yield "out_of_range", "polarity", truth(pc.equal(columns["polarity"], pa.scalar(0, pa.int64())))


def _events(columns: Columns) -> RowFaults:
    kind = columns["kind"]
    product, tracked = valid(columns["product_id"]), valid(columns["tracking"])
    yield "missing_field", "product_id", _among(kind, schema.NEEDS_PRODUCT) & ~product
    subject = product | valid(columns["category"])
    yield "missing_field", "category", _among(kind, schema.NEEDS_PRODUCT_OR_CATEGORY) & ~subject
    placed = _among(kind, schema.NEEDS_PLACE) & ~tracked
    if placed.any():
        for name in schema.PLACE:
            yield "missing_field", name, placed & ~valid(columns[name])
    yield "missing_field", "refers_to", _among(kind, schema.NEEDS_REFERENCE) & ~valid(columns["refers_to"])
    yield "missing_field", "task_id", _among(kind, schema.NEEDS_TASK) & ~valid(columns["task_id"])
    yield "bad_enum", "payload", _bad_reasons(kind, columns["payload"])


def _among(column: pa.Array, values: Iterable[str]) -> Mask:
    return truth(pc.is_in(column, value_set=pa.array(list(values), pa.string())))


def _bad_reasons(kind: pa.Array, payload: pa.Array) -> Mask:
    bad: Mask = np.zeros(len(kind), dtype=bool)
    for row in np.flatnonzero(_among(kind, ("dismiss",)) & valid(payload)):
        reason = orjson.loads(payload[int(row)].as_py()).get("reason")
        bad[row] = reason is not None and reason not in schema.DISMISS_REASONS
    return bad


_RULES: dict[str, Callable[[Columns], RowFaults]] = {
    "products": _products,
    "holdings": _holdings,
    "tag_definitions": _tag_definitions,
    "tags": _tags,
    "events": _events,
}
