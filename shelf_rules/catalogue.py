"""The products of a bank as columns: one numpy array per attribute, one row per product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

UNKNOWN = -1
UNKNOWN_TERM = 10**6
HIGHEST_GRADE = 5
ASSESSMENT, GRADE, CREDIT, INVESTMENT = 1, 2, 4, 8
ALWAYS_FROM = np.iinfo(np.int64).min
ALWAYS_UNTIL = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """The product categories as columns; a row is the category's persistent dense number.

    Days are whole days. `half_life` is that of past evidence (domain model §14), `cooling_off` the days in which a
    cancelled purchase never happened (§3).
    """

    codes: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]  # language -> name per row
    zone: Ints  # row -> index into `zones`
    zones: tuple[str, ...]  # in the order of §14, unknown zones after them
    half_life: Floats
    attribution_days: Ints
    cooling_off: Ints
    regime: tuple[str, ...]  # the regime in force for the category, "" where it has none of its own
    min_regime: Ints  # what that regime asks for, as the sum of ASSESSMENT, GRADE, CREDIT and INVESTMENT
    number: Mapping[str, int]  # code -> row

    def __len__(self) -> int:
        return len(self.codes)

    def of_zone(self, zone: str) -> tuple[str, ...]:
        """The codes of the categories of a zone."""
        return tuple(code for code, own in zip(self.codes, self.zone.tolist(), strict=True) if self.zones[own] == zone)

    @lru_cache(maxsize=16)  # noqa: B019 - few taxonomies live at a time, and small ones
    def in_zones(self, zones: frozenset[str]) -> Bools:
        """Whether the category belongs to one of these zones, per row."""
        return np.array([zone in zones for zone in self.zones], dtype=np.bool_)[self.zone]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All products, on the shelf or not, as columns of equal length; rows are ordered by `product_no`.

    Amounts are minor units, times are UTC microseconds, terms are days; `UNKNOWN` (-1) stands for null. No column holds
    a yield, a commission or a past performance: what a rule cannot read, it cannot rank by.
    """

    version: str
    product_ids: tuple[str, ...]
    product_no: Ints  # persistent dense number of each row
    row_of: Ints  # product_no -> row, UNKNOWN where the catalogue lacks it
    id_rank: Ints  # rank of the product id as text: the last tie-break
    categories: Categories
    category: Ints  # row -> category number
    zone: Ints  # row -> index into categories.zones: the product's own zone, else its category's
    grade: Ints  # effective risk grade 1..5 (the higher of issuer and distributor), 0 where there is none
    needs_assessment: Bools
    needs_grade: Bools
    credit: Bools  # sold under the credit regime
    investment: Bools  # sold under nfra, csrc or bank: an investment for the separation of loans
    on_shelf: Bools
    private: Bools
    sale_from: Ints
    sale_until: Ints
    min_amount: Ints
    term_days: Ints
    min_hold_days: Ints
    days_to_cash: Ints  # T+n -> n; at maturity -> the term, or UNKNOWN_TERM where that is unknown
    matures: Bools  # exit only at maturity
    quota_left: Ints
    series: Ints  # index of the series, UNKNOWN without one
    twin: Ints  # group of products alike in category, issuer, grade, term bucket and liquidity
    host: Ints  # index into `hosts` of the action's host, UNKNOWN without an action
    hosts: tuple[str, ...]
    region_limited: Bools
    regions: Mapping[str, Bools]  # region -> rows that name it
    channel_limited: Bools
    channels: Mapping[str, Bools]
    scenes: Mapping[str, Bools]  # scene of daily life -> rows linked to it
    listed_us: Ints  # when the product was first seen: the age of a new product
    row_of_id: Mapping[str, int]  # product id -> row
    no_rows: Bools  # all false: what a rule returns that does not act, so that nobody need look at it
    kept: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)  # see `shelf_rules.kept`

    def __len__(self) -> int:
        return len(self.product_ids)

    def rows(self, numbers: Ints) -> Ints:
        """The rows of product numbers, UNKNOWN for those that the catalogue lacks; any integer may be asked for."""
        if len(self.row_of) == 0:
            return np.full(len(numbers), UNKNOWN, dtype=np.int64)
        known = (numbers >= 0) & (numbers < len(self.row_of))
        rows: Ints = np.where(known, self.row_of.take(numbers, mode="clip"), UNKNOWN)
        return rows
