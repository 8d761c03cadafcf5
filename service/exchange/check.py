"""Whole batches against the format: the good rows as they are stored, and a reason for every other row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from service.exchange import schema
from service.exchange.columns import truth, valid
from service.exchange.rows import row_faults
from service.exchange.schema import ATTRIBUTE, Column, File
from service.exchange.times import Mask
from service.exchange.values import convert
from service.latent_tags import SOURCE

_ORDER = {code: number for number, code in enumerate(schema.CODES)}
_NUMBERS = tuple(schema.CODES)
_DIGITS = 15

Numbers = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a row is judged by besides itself: the time (UTC microseconds) and the ids of products by their numbers.

    `inferred` are the tags that this service infers itself; only a file may bring them, as another bank's export does.
    """

    now_us: int
    products: pa.StringArray = field(default_factory=lambda: pa.array([], pa.string()))
    inferred: pa.StringArray = field(default_factory=lambda: pa.array([], pa.string()))
    of_file: bool = False


@dataclass(slots=True)
class Checked:
    """A batch in stored form and, row by row, the number of its first fault (-1: none) and the column at fault."""

    columns: dict[str, pa.Array]
    rows: int
    code: Numbers
    at: npt.NDArray[np.object_]

    @classmethod
    def empty(cls, rows: int) -> Checked:
        """Nothing converted and no fault found yet."""
        return cls({}, rows, np.full(rows, -1, dtype=np.int16), np.full(rows, "", dtype=object))

    def fault(self, code: str, column: str, mask: Mask) -> None:
        """Give the rows of the mask that have no fault yet this one."""
        new = mask & (self.code < 0)
        if new.any():
            self.code[new] = _ORDER[code]
            self.at[new] = column

    @property
    def good(self) -> Mask:
        """Rows without a fault."""
        mask: Mask = self.code < 0
        return mask

    def reason(self, row: int) -> tuple[str, str]:
        """(reason code, column) of a faulty row."""
        return _NUMBERS[self.code[row]], str(self.at[row])


def check(file: File, rows: pa.RecordBatch, around: Surroundings, *, text: bool) -> Checked:
    """Convert and judge a batch; unknown columns are not looked at."""
    checked = Checked.empty(rows.num_rows)
    names = set(rows.schema.names)
    for spec in file.columns:
        if spec.name in names:
            _take(checked, rows.column(spec.name), spec, around, text=text)
        else:
            checked.columns[spec.name], _ = convert(pa.nulls(rows.num_rows), spec, text=text, now_us=around.now_us)
            if spec.required:
                checked.fault("missing_column", spec.name, np.ones(rows.num_rows, dtype=bool))
    if file.attributes:
        _attributes(checked, rows, text=text)
    for code, column, mask in row_faults(file.name, checked.columns):
        checked.fault(code, column, mask)
    if file is schema.TAGS:
        _refuse_inferred(checked, around)
    if file is not schema.PRODUCTS and "product_id" in checked.columns:
        _number_products(checked, around.products)
    return checked


def _take(checked: Checked, column: pa.Array, spec: Column, around: Surroundings, *, text: bool) -> None:
    converted, faults = convert(column, spec, text=text, now_us=around.now_us)
    checked.columns[spec.name] = converted
    for code, mask in faults:
        checked.fault(code, spec.name, mask)
    if spec.required and converted.null_count:
        checked.fault("missing_field", spec.name, ~valid(converted))


def _refuse_inferred(checked: Checked, around: Surroundings) -> None:
    """A file brings what another service has inferred; a call may only take it away in the name of the bank."""
    mask = truth(pc.is_in(checked.columns["tag"], value_set=around.inferred))
    if around.of_file:
        mask &= ~truth(pc.equal(checked.columns["source"], SOURCE))
    else:
        mask &= ~truth(pc.equal(checked.columns["removed_by"], "bank"))
    checked.fault("inferred_tag", "source" if around.of_file else "tag", mask)


def _number_products(checked: Checked, known: pa.StringArray) -> None:
    ids = checked.columns["product_id"]
    numbers = pc.index_in(ids, value_set=known)
    checked.columns["product_no"] = numbers
    checked.fault("unknown_product", "product_id", valid(ids) & ~valid(numbers))


def _attributes(checked: Checked, rows: pa.RecordBatch, *, text: bool) -> None:
    """All `attr_*` columns as one canonical JSON object a row; null where there is none."""
    found: dict[str, list[Any]] = {}
    for name in sorted(name for name in rows.schema.names if name.startswith(ATTRIBUTE)):
        values = _attribute(checked, name, rows.column(name), text=text).to_pylist()
        found[name.removeprefix(ATTRIBUTE)] = [_number(value) for value in values] if text else values
    texts: list[str | None] = [None] * rows.num_rows
    for row, values in enumerate(zip(*found.values(), strict=True)):
        present = {name: value for name, value in zip(found, values, strict=True) if value is not None}
        texts[row] = orjson.dumps(present).decode() if present else None
    checked.columns["attributes"] = pa.array(texts, pa.string())


def _attribute(checked: Checked, name: str, column: pa.Array, *, text: bool) -> pa.Array:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if text or pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        spec = Column(name, "text" if text else "bool" if pa.types.is_boolean(kind) else "int")
    else:
        spec = Column(name, "number" if pa.types.is_floating(kind) or pa.types.is_decimal(kind) else "text")
    converted, faults = convert(column, spec, text=text, now_us=0)
    for code, mask in faults:
        checked.fault(code, name, mask)
    return pc.if_else(pa.array(truth(pc.is_finite(converted))), converted, None) if spec.type == "number" else converted


def _number(value: str | None) -> str | int | float | None:
    """A number where the text is written as one, as JSON would; CSV has no other way to say it.

    More digits than a number keeps are not one, but an id.
    """
    if value is None or value[0] not in "-0123456789" or len(value) > _DIGITS:
        return value
    try:
        number: int | float = orjson.loads(value)
    except ValueError:
        return value
    return number
