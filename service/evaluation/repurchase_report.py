"""What derived tags foresaw of a data set, as JSON and as the rows of tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from recommender.evaluation.bootstrap import Bootstrap
from recommender.evaluation.ordered_pairs import OrderedPairs
from recommender.evaluation.reliability import Estimate
from service.evaluation.derived_tags import Histories
from service.evaluation.repurchase import Carried
from service.evaluation.repurchase_measures import (
    Calibrated,
    Exceeding,
    Ordered,
    TruthBin,
    calibrations,
    exceeding,
    orders,
    truth_bins,
)

LISTED = 12  # tags in the printed table
Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
"""Title, heads and lines."""


@dataclass(frozen=True, slots=True)
class TagRow:
    """One tag's carriers active later: those with evidence, with a hit in it, who of these and of all bought again.

    `share` is that of their held-back occasions, `expected` what was foreseen; `base` and `later_base` are the
    category's shares of all occasions of all customers in both parts.
    """

    tag: str
    carriers: int
    active: int
    evidence: int
    hit: int
    hit_again: int
    again: float
    share: float
    expected: float
    base: float
    later_base: float
    truth_auc: float
    ratio_auc: float


@dataclass(frozen=True)
class RepurchaseReport:
    """One reading of one data set; `everyone` says that those without held-back occasions are known not to have any."""

    title: str
    cut: str
    histories: Histories
    carried: Carried
    everyone: bool

    @cached_property
    def orders(self) -> list[Ordered]:
        """The pairs in order."""
        return orders(self.carried, self.everyone)

    @cached_property
    def calibrations(self) -> list[Calibrated]:
        """The probabilities against what happened."""
        return calibrations(self.carried, self.histories.tags)

    @cached_property
    def bins(self) -> list[TruthBin]:
        """By truthfulness."""
        return truth_bins(self.carried)

    @cached_property
    def exceeding(self) -> Exceeding:
        """What is seen of θ > θ0."""
        return exceeding(self.carried)

    @cached_property
    def tags(self) -> list[TagRow]:
        """Every tag with carriers, those with most active carriers first."""
        of = enumerate(self.histories.tags)
        rows = [_tag_row(self.carried.where(self.carried.tag == tag), name) for tag, name in of]
        return sorted((row for row in rows if row.carriers), key=lambda row: (-row.active, row.tag))

    def as_dict(self) -> dict[str, Any]:
        """Everything; nan is null."""
        return {
            "dataset": self.title,
            "held_back_from": self.cut,
            "customers": self.histories.customers,
            "occasions": {"first": int((~self.histories.later).sum()), "held_back": int(self.histories.later.sum())},
            "orders": [one.as_dict() for one in self.orders],
            "calibration": [one.as_dict() for one in self.calibrations],
            "truth_bins": [asdict(one) for one in self.bins],
            "exceeding": asdict(self.exceeding),
            "tags": [asdict(one) for one in self.tags],
        }

    def tables(self) -> list[Table]:
        """What is printed."""
        return [self._orders(), self._calibrations(), self._reliability(), self._bins(), self._tags()]

    def note(self) -> str:
        """How much can be seen of P(θ > θ0) itself."""
        found, active = self.exceeding, int((self.carried.later > 0).sum())
        seen = f": mean truth {found.truth:.3f}, {found.exceeds:.3f} of them exceed it" if found.carriers else ""
        return (
            f"P(θ > θ0) itself: {found.carriers:,} of {active:,} carriers have held-back occasions enough "
            f"(n' ≥ 4 times the larger odds of θ0) to see whether they exceed θ0{seen}"
        )

    def _orders(self) -> Table:
        heads = (
            "carriers", "entries", "hit", "pairs", "truth", "expected", "x/n", "truth − x/n [95 %]",
            "expected − x/n [95 %]",
        )  # fmt: skip
        lines = [
            (
                one.carriers,
                f"{one.entries:,}",
                one.of,
                one.among,
                *(_share(one.shares[name]) for name in ("truth", "expected", "ratio")),
                *(_interval(one.differences[name]) for name in ("truth", "expected")),
            )
            for one in self.orders
        ]
        return f"{self.title}: pairs in order (AUC)", heads, lines

    def _calibrations(self) -> Table:
        heads = ("carriers", "of", "entries", "ECE", "by chance", "slope [95 %]", "predicted / actual [95 %]", "Brier")
        lines = [
            (
                one.carriers,
                one.of,
                f"{one.found.entries:,}",
                *(_share(part) for part in (one.found.ece, one.found.ece_by_chance)),
                *(_estimate(part) for part in (one.found.slope, one.found.ratio)),
                _share(one.brier),
            )
            for one in self.calibrations
        ]
        return f"{self.title}: calibration", heads, lines

    def _reliability(self) -> Table:
        shown = [one for one in self.calibrations if (one.carriers, one.of) == ("active later", "expected")]
        bins = zip(*shown[0].found.bins, strict=True) if shown else iter(())
        heads: tuple[str, ...] = ("occasions", "expected", "actual")
        lines: list[tuple[str, ...]] = [
            (f"{size:,.0f}", _share(p / size), _share(hits / size)) for size, p, hits in bins
        ]
        return f"{self.title}: reliability of the expected share", heads, lines

    def _bins(self) -> Table:
        heads = ("truth", "carriers", "occasions", "actual share", "expected", "θ0")
        lines = [
            (
                f"{one.low:g}–{one.high:g}",
                f"{one.carriers:,}",
                f"{one.occasions:,}",
                *(_share(value) for value in (one.share, one.expected, one.bar)),
            )
            for one in self.bins
        ]
        return f"{self.title}: by truthfulness", heads, lines

    def _tags(self) -> Table:
        heads = (
            "tag", "carriers", "active later", "with evidence", "with a hit", "of these again", "again", "actual share",
            "expected", "of all", "of all later", "AUC truth", "AUC x/n",
        )  # fmt: skip
        lines = [
            (
                row.tag,
                *(f"{count:,}" for count in (row.carriers, row.active, row.evidence, row.hit, row.hit_again)),
                *(_share(part) for part in (row.again, row.share, row.expected, row.base, row.later_base)),
                *(_share(part) for part in (row.truth_auc, row.ratio_auc)),
            )
            for row in [_tag_row(self.carried, "all"), *self.tags[:LISTED]]
        ]
        return f"{self.title}: the tags with most carriers active later", heads, lines


def _tag_row(everybody: Carried, name: str) -> TagRow:
    """The areas are of pairs within a tag among those with evidence, by "again"; what has no carrier is nan."""
    own = everybody.where(everybody.later > 0)
    told = own.where(own.n > 0)
    again = np.minimum(told.later_hits, 1.0)
    areas = [OrderedPairs.of(score, again, 1.0 - again, told.tag).share for score in (told.truth, told.ratio)]
    later = float(own.later.sum()) if len(own.tag) else float("nan")
    one = len(np.unique(everybody.tag)) == 1
    bases = (everybody.base, everybody.later_base)
    return TagRow(
        name,
        len(everybody.tag),
        len(own.tag),
        len(told.tag),
        int((told.hits > 0).sum()),
        int(again[told.hits > 0].sum()),
        float((own.later_hits > 0).mean()) if len(own.tag) else float("nan"),
        float(own.later_hits.sum()) / later,
        float((own.later * own.expected).sum()) / later,
        *(float(base[0]) if one else float("nan") for base in bases),
        *areas,
    )


def _share(number: float) -> str:
    """Four decimals, a share below 1 without its leading 0; nothing where it is not known."""
    return "" if np.isnan(number) else f"{number:.4f}".removeprefix("0")


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return ""
    return f"{found.value:.3f}" + (f" [{found.low:.3f}, {found.high:.3f}]" if np.isfinite(found.low) else "")


def _interval(change: Bootstrap) -> str:
    return "" if np.isnan(change.mean) else f"{change.mean:+.4f} [{change.low:+.4f}, {change.high:+.4f}]"
