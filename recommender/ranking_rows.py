"""The ranker's rows: every candidate of every customer, with its features and whether it was bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from recommender.candidates import blocks, candidates
from recommender.cells import Cells, cells_of
from recommender.features import MATURES_IN, NAMES, features
from recommender.first_stage import FirstStage
from recommender.logistic import Rows
from recommender.points import CustomerDays
from recommender.states import Histories
from recommender.training_data import Bools, Floats, Ints

TRUNCATED = np.array([0, 1, 3, 5, 10, 20])
INTEREST = 0.1  # decayed looks that make a present interest: one look in the last 46 days


class RankingRows(NamedTuple):
    """The rows of one blend, ordered by customer; `customer` counts into the occasions they were made from."""

    features: Rows
    truth: Bools
    customer: Ints
    item: Ints
    events: Floats  # [occasions] how much is known of each customer
    product: Ints  # [items] product numbers
    owner: Ints  # [occasions] whose each is

    def feature(self, name: str) -> Floats:
        """One feature's column."""
        return np.asarray(self.features[:, NAMES.index(name)], dtype=np.float64)

    def of(self, wanted: Bools) -> RankingRows:
        """The rows of the customers that the mask keeps."""
        kept = wanted[self.customer]
        return RankingRows(self.features[kept], self.truth[kept], self.customer[kept], self.item[kept], *self[4:])

    @classmethod
    def joined(cls, parts: Sequence[RankingRows]) -> RankingRows:
        """The rows of several groups of customers, one after the other."""
        if len(parts) == 1:
            return parts[0]
        before = np.cumsum([0, *(len(one.events) for one in parts)])
        return cls(
            np.concatenate([one.features for one in parts]),
            np.concatenate([one.truth for one in parts]),
            np.concatenate([one.customer + start for one, start in zip(parts, before, strict=False)]),
            np.concatenate([one.item for one in parts]),
            np.concatenate([one.events for one in parts]),
            parts[0].product,
            np.concatenate([one.owner for one in parts]),
        )

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
    newest: Ints | None = None  # how many events and spells each keeps, the newest; None: all
    eligible: sparse.csr_matrix | None = None  # what each could buy; None: not known

    def where(self, mask: Ints | Bools) -> Sample:
        """Those that the mask keeps."""
        newest = None if self.newest is None else self.newest[mask]
        eligible = None if self.eligible is None else self.eligible[mask]
        return Sample(self.customer[mask], self.day[mask], self.bought[mask], newest, eligible)

    @classmethod
    def after(cls, occasions: CustomerDays, bought: sparse.csr_matrix, newest: Ints | None = None) -> Sample:
        """The states at the end of the day before each occasion."""
        return cls(occasions.customer, occasions.day - 1, bought, newest)


def truncations(count: int, seed: int) -> Ints:
    """How many of their newest events customers keep: 0, 1, 3, 5, 10 or 20, drawn evenly."""
    return TRUNCATED[np.random.default_rng(seed).integers(0, len(TRUNCATED), count)]


def ranking_rows(
    stage: FirstStage, histories: Histories, sample: Sample, blends: Sequence[str]
) -> dict[str, RankingRows]:
    """The rows of some blends (recommender.md §4: every candidate is a row).

    fixed: products of categories bought or held before · migratable: of categories looked at lately or maturing ·
    transferable: of categories never had · listing: all, of the customers who bought something.
    """
    count = len(sample.customer)
    parts: dict[str, list[tuple[Rows, Bools, Ints, Ints]]] = {name: [] for name in blends}
    events = np.zeros(count)
    for part in blocks(stage, count):
        newest = None if sample.newest is None else sample.newest[part]
        found = candidates(stage, histories.at(sample.customer[part], sample.day[part], newest))
        eligible = None if sample.eligible is None else sample.eligible[part][:, found.items].toarray() > 0
        block, cells = features(found.stage, found.states, eligible)
        events[part] = cells.events
        whole = cells.category_known
        if newest is not None and "transferable" in blends:
            whole = cells_of(histories.at(sample.customer[part], sample.day[part]), stage.scale).category_known
        bought = sample.bought[part]
        members = _members(cells, whole, found.stage.scale.category, np.diff(bought.indptr) > 0)
        truth = bought[:, found.items].toarray() > 0
        for name in blends:
            row, item = np.nonzero(members[name] & (found.among if eligible is None else found.among & eligible))
            own = block[:, row, item].T.astype(np.float32)
            parts[name].append((own, truth[row, item], row + part.start, found.items[item]))
    return {name: _joined(pieces, events, stage.items.product, sample.customer) for name, pieces in parts.items()}


def _members(cells: Cells, whole: Bools, category: Ints, buyers: Bools) -> Mapping[str, Bools]:
    """Which products are candidates of which blend; `whole` are the categories known without a truncation."""
    placed = category >= 0
    interest = (cells.category_looks >= INTEREST) | (cells.category_due <= MATURES_IN)
    return {
        "fixed": cells.category_known[:, category] & placed,
        "migratable": interest[:, category] & placed,
        "transferable": ~whole[:, category] & placed,
        "listing": np.broadcast_to(buyers[:, None], (len(buyers), len(category))),
    }


def _joined(pieces: list[tuple[Rows, Bools, Ints, Ints]], events: Floats, product: Ints, owner: Ints) -> RankingRows:
    if not pieces:
        empty = np.empty(0, np.int64)
        nothing = np.empty((0, len(NAMES)), np.float32)
        return RankingRows(nothing, np.empty(0, np.bool_), empty, empty, events, product, owner)
    rows, truth, customer, item = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return RankingRows(rows, truth, customer, item, events, product, owner)
