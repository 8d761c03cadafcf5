"""The dense numbers of products, categories and tags: read once, extended as a folder names new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from service.exchange.raw import Raw
from service.latent_tags import is_inferred

_SOLD = (
    "SELECT code, zone FROM categories c WHERE EXISTS (SELECT 1 FROM products p WHERE p.category_no = c.category_no)"
)

Ints = npt.NDArray[np.int64]


class Registry:
    """Ids to numbers as the database has them; new ones are given in the order in which they come."""

    def __init__(self, connection: Raw) -> None:
        self._connection = connection
        self._categories = dict(connection.execute("SELECT code, category_no FROM categories").fetchall())
        self._tags = dict(connection.execute("SELECT tag, tag_no FROM tag_definitions").fetchall())
        self._products: dict[str, int] = {}
        self._category_of: list[int] = []
        self.read_products()

    def read_products(self) -> None:
        """Read the catalogue from the database."""
        rows = self._connection.execute("SELECT product_id, category_no FROM products ORDER BY product_no").fetchall()
        self._products = {product_id: number for number, (product_id, _) in enumerate(rows)}
        self._category_of = [category_no for _, category_no in rows]

    @property
    def product_ids(self) -> pa.StringArray:
        """Product ids by number."""
        return pa.array(list(self._products), pa.string())

    @property
    def product_numbers(self) -> Mapping[str, int]:
        """Product numbers by id."""
        return self._products

    @property
    def category_of(self) -> Ints:
        """Category numbers by product number."""
        return np.array(self._category_of, dtype=np.int64)

    @property
    def tags(self) -> int:
        """How many tags have a number."""
        return len(self._tags)

    def inferred_tags(self) -> pa.StringArray:
        """The tags that are defined as inferred by this service itself."""
        names = ("tag", "kind", "source", "provider")
        rows = self._connection.execute("SELECT tag, kind, source, provider FROM tag_definitions").fetchall()
        items = (dict(zip(names, row, strict=True)) for row in rows)
        return pa.array([item["tag"] for item in items if is_inferred(item)], pa.string())

    def sold(self) -> dict[str, str]:
        """The zones of the categories that have a product, by code."""
        return dict(self._connection.execute(_SOLD).fetchall())

    @property
    def listed(self) -> dict[str, int]:
        """Category numbers of the products in the database."""
        return dict(zip(self._products, self._category_of, strict=True))

    def new_product_numbers(self, product_ids: Sequence[str]) -> list[int]:
        """Numbers of products; one that is not listed gets the next."""
        return [self._products.setdefault(product_id, len(self._products)) for product_id in product_ids]

    def new_tag_numbers(self, tags: Sequence[str]) -> list[int]:
        """Numbers of tags for definitions; one that is not known gets the next."""
        return [self._tags.setdefault(tag, len(self._tags)) for tag in tags]

    def tag_numbers(self, tags: pa.StringArray) -> pa.Array:
        """Numbers of assigned tags; one without a definition is stored without a kind."""
        new = [tag for tag in pc.unique(tags).to_pylist() if tag is not None and tag not in self._tags]
        rows = list(zip(self.new_tag_numbers(new), new, strict=True))
        self._connection.executemany("INSERT INTO tag_definitions (tag_no, tag) VALUES (?, ?)", rows)
        return _numbers(tags, self._tags)

    def category_numbers(self, codes: pa.StringArray, zones: pa.StringArray | None = None) -> pa.Array:
        """Numbers of categories; a new one stands in the zone that comes with it, else in the part before the dot."""
        if codes.null_count == len(codes):
            return pa.nulls(len(codes), pa.int64())
        new: dict[str, str] = {}
        for code, zone in zip(codes.to_pylist(), zones.to_pylist() if zones else [None] * len(codes), strict=True):
            if code is not None and code not in self._categories and code not in new:
                new[code] = zone or code.split(".")[0]
        rows = [(len(self._categories) + place, code, zone) for place, (code, zone) in enumerate(new.items())]
        self._categories.update({code: number for number, code, _ in rows})
        self._connection.executemany("INSERT INTO categories (category_no, code, zone) VALUES (?, ?, ?)", rows)
        return _numbers(codes, self._categories)

    def known_category_numbers(self, codes: pa.StringArray) -> Ints:
        """Numbers of categories, -1 for one that is not known, or none."""
        encoded = codes.dictionary_encode()
        numbers = [self._categories.get(code, -1) for code in encoded.dictionary.to_pylist()]
        found: Ints = pa.array(numbers, pa.int64()).take(encoded.indices).fill_null(-1).to_numpy(zero_copy_only=False)
        return found


def _numbers(texts: pa.StringArray, numbers: dict[str, int]) -> pa.Array:
    encoded = texts.dictionary_encode()
    values = pa.array([numbers[text] for text in encoded.dictionary.to_pylist()], pa.int64())
    return values.take(encoded.indices)
