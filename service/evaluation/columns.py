"""The good rows of one file as columns, read strictly as an import reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from recommender.training_data import Ints
from service.errors import Refused
from service.exchange.check import Surroundings, check
from service.exchange.read import Source, batches
from service.exchange.schema import File


@dataclass(slots=True)
class Columns:
    """Columns in their stored form by name; `rejected` counts the rows left out by reason."""

    columns: dict[str, pa.ChunkedArray]
    rejected: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, source: Source, file: File, names: Sequence[str], around: Surroundings) -> Columns:
        """Those of the names that the file has, and `product_no` where it has products; raises Refused."""
        missing, _ = file.compare(source.columns)
        if missing:
            raise Refused(f"{source.path.name}: columns missing: {', '.join(missing)}")
        chunks: dict[str, list[pa.Array]] = {name: [] for name in names}
        rejected: Counter[str] = Counter()
        for batch in batches(source):
            checked = check(file, batch.rows, around, text=source.text)
            good = checked.good
            rejected.update(checked.reason(int(row))[0] for row in np.flatnonzero(~good))
            rejected.update(dict.fromkeys(["bad_row"], len(batch.broken)) if batch.broken else {})
            mask = pa.array(good)
            for name in names:
                chunks[name].append(checked.columns[name].filter(mask))
        empty = {name: pa.nulls(0) for name in names}
        return cls({name: pa.chunked_array(chunks[name] or [empty[name]]) for name in names}, rejected)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def texts(self, name: str) -> pa.ChunkedArray:
        """A column as it is."""
        return self.columns[name]

    def numbers(self, name: str, unknown: int = -1) -> Ints:
        """A column of whole numbers (times in UTC microseconds, amounts in minor units)."""
        column = self.columns[name].cast(pa.int64()).fill_null(unknown)
        return np.asarray(column.to_numpy(), dtype=np.int64)
