"""The ranker's rows: every candidate of every customer, with its features and whether it was bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.cells import Cells, cells_of
from recommender.features import NAMES, features
from recommender.first_stage import FirstStage
from recommender.logistic import Rows
from recommender.points import CustomerDays
from recommender.states import ALL, Histories
from recommender.training_data import Bools, Floats, Ints

ALL_CANDIDATES = 2_000  # up to so many products every one is a candidate
POPULAR, NEAREST = 60, 60  # beyond, the own ones, the most popular and the nearest neighbours
TRUNCATED = np.array([0, 1, 3, 5, 10, 20])
BLOCK_CELLS = 16_000_000
INTEREST = 0.1  # decayed looks that make a present interest: one look in the last 46 days
MATURES_IN = 30.0


class RankingRows(NamedTuple):
    """The rows of one blend, ordered by customer; `customer` counts into the occasions they were made from."""

    features: Rows
    truth: Bools
    customer: Ints
    item: Ints
    events: Floats  # [occasions] how much is known of each customer
    product: Ints  # [items] product numbers

    def feature(self, name: str) -> Floats:
        """One feature's column."""
        return np.asarray(self.features[:, NAMES.index(name)], dtype=np.float64)

    def of(self, wanted: Bools) -> RankingRows:
        """The rows of the customers that the mask keeps."""
        kept = wanted[self.customer]
        return RankingRows(self.features[kept], self.truth[kept], self.customer[kept], self.item[kept], *self[4:])

    def with_something_to_find(self) -> RankingRows:
        """The rows of the customers who bought one of theirs."""
        return self.of(np.bincount(self.customer[self.truth], minlength=len(self.events)) > 0)

    def weight(self) -> Floats:
        """1 a customer, shared by its rows."""
        count = np.bincount(self.customer, minlength=len(self.events))
        return 1.0 / count[self.customer]


class Sample(NamedTuple):
    """Customers at a day each (their state is that at its end), what they bought after it, how much is known."""

    customer: Ints
    day: Ints
    bought: sparse.csr_matrix
    newest: Ints | None = None  # how many events each keeps, ALL for the usual bound

    def where(self, mask: Ints | Bools) -> Sample:
        """Those that the mask keeps."""
        newest = None if self.newest is None else self.newest[mask]
        return Sample(self.customer[mask], self.day[mask], self.bought[mask], newest)

    @classmethod
    def after(cls, occasions: CustomerDays, bought: sparse.csr_matrix, newest: Ints | None = None) -> Sample:
        """The states at the end of the day before each occasion."""
        return cls(occasions.customer, occasions.day - 1, bought, newest)


def truncations(count: int, seed: int) -> Ints:
    """Half of the customers keep all events, the others the newest 0, 1, 3, 5, 10 or 20."""
    rng = np.random.default_rng(seed)
    drawn = TRUNCATED[rng.integers(0, len(TRUNCATED), count)]
    return np.where(rng.random(count) < 0.5, ALL, drawn)


def ranking_rows(
    stage: FirstStage, histories: Histories, sample: Sample, blends: Sequence[str]
) -> dict[str, RankingRows]:
    """The rows of some blends (recommender.md §4: every candidate is a row).

    fixed: products of categories bought or held before · migratable: of categories looked at lately or maturing ·
    transferable: of categories never had · listing: all, of the customers who bought something.
    """
    count, items = len(sample.customer), len(stage.items.product)
    step = max(1, BLOCK_CELLS // max(items * len(NAMES), 1))
    parts: dict[str, list[tuple[Rows, Bools, Ints, Ints]]] = {name: [] for name in blends}
    events = np.zeros(count)
    for start in range(0, count, step):
        part = slice(start, min(start + step, count))
        newest = None if sample.newest is None else sample.newest[part]
        block, cells = features(stage, histories.at(sample.customer[part], sample.day[part], newest))
        events[part] = cells.events
        whole = cells
        if newest is not None:
            whole = cells_of(histories.at(sample.customer[part], sample.day[part]), stage.scale)
        truth = np.asarray(sample.bought[part].toarray() > 0)
        among = _candidates(block, cells)
        members = _members(cells, whole, stage.scale.category, truth)
        for name in blends:
            row, item = np.nonzero(members[name] & among)
            found = block[:, row, item].T.astype(np.float32)
            parts[name].append((found, truth[row, item], row + start, item))
    return {name: _joined(pieces, events, stage.items.product) for name, pieces in parts.items()}


def _members(cells: Cells, whole: Cells, category: Ints, truth: Bools) -> Mapping[str, Bools]:
    """Which products are candidates of which blend; `whole` are the cells of the untruncated histories."""
    placed = category >= 0
    interest = (cells.category_looks >= INTEREST) | (cells.category_due <= MATURES_IN)
    return {
        "fixed": cells.category_known[:, category] & placed,
        "migratable": interest[:, category] & placed,
        "transferable": ~whole.category_known[:, category] & placed,
        "listing": np.broadcast_to(truth.any(axis=1, keepdims=True), truth.shape),
    }


def _candidates(block: Floats, cells: Cells) -> Bools:
    """All products of a small catalogue; of a large one the own, the popular and the nearest ones."""
    own: NDArray[np.bool_] = cells.known | (cells.looks > 0)
    items = own.shape[1]
    if items <= ALL_CANDIDATES:
        return np.ones_like(own)
    popular = np.argpartition(-block[NAMES.index("popularity_60"), 0], POPULAR)[:POPULAR]
    own[:, popular] = True
    near = np.argpartition(-block[NAMES.index("item_item")], NEAREST, axis=1)[:, :NEAREST]
    np.put_along_axis(own, near, values=True, axis=1)
    return own


def _joined(pieces: list[tuple[Rows, Bools, Ints, Ints]], events: Floats, product: Ints) -> RankingRows:
    if not pieces:
        empty = np.empty(0, np.int64)
        return RankingRows(np.empty((0, len(NAMES)), np.float32), np.empty(0, np.bool_), empty, empty, events, product)
    rows, truth, customer, item = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return RankingRows(rows, truth, customer, item, events, product)
