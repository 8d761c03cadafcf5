"""What an evaluation found, as JSON and as the rows of tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.evaluation.bootstrap import Bootstrap
from recommender.evaluation.reliability import Calibration, Estimate
from recommender.evaluation.study import Outcome
from service.evaluation.contenders import Contender
from service.evaluation.evidence import MEASURES as OF_EVIDENCE
from service.evaluation.evidence import Against, Known
from service.evaluation.request import Request

MEASURES = ("map", "ndcg", "hr1", "hr", "mrr", "recall")


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A model's outcome; `difference` to the best baseline by measure, empty where there is none."""

    contender: Contender
    outcome: Outcome
    fit_s: float
    difference: Mapping[str, tuple[str, Bootstrap]]

    def as_dict(self) -> dict[str, Any]:
        """As the exchange format says, with the settings and the differences besides."""
        outcome = self.outcome
        return {
            "name": self.contender.row,
            "is_baseline": self.contender.is_baseline,
            **outcome.measures.means(),
            "coverage": outcome.coverage,
            "ece": outcome.ece,
            "fit_s": round(self.fit_s, 3),
            "rank_us": round(outcome.rank_us, 1),
            "settings": self.contender.settings,
            "calibration": {name: one.as_dict() for name, one in self.calibrations()} or None,
            "difference": {name: {"to": to, **found._asdict()} for name, (to, found) in self.difference.items()},
        }

    def calibrations(self) -> list[tuple[str, Calibration]]:
        """Over what the list shows and over all candidates; empty where scores are no probabilities."""
        both = (("shown", self.outcome.of_shown), ("all", self.outcome.of_all))
        return [(name, one) for name, one in both if one is not None]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """An evaluation: what was asked, how many rankings and customers there were, a row a model, and notes.

    `evidence` is empty where it was not asked for.
    """

    request: Request
    dataset: str
    rankings: int
    customers: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    evidence: tuple[Known, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the exchange format."""
        asked = self.request
        return {
            "dataset": self.dataset,
            "from": asked.since or None,
            "until": asked.until or None,
            "k": asked.k,
            "task": asked.task,
            "protocol": asked.protocol,
            "customers": self.customers,
            "rankings": self.rankings,
            "models": [row.as_dict() for row in self.rows],
            "evidence": [one.as_dict() for one in self.evidence],
            "notes": list(self.notes),
        }

    def title(self) -> str:
        """What the table is of."""
        asked = self.request
        when = f"{asked.since} to {asked.until}" if asked.since else "last baskets"
        return f"{self.dataset}, {when}, task {asked.task}: {self.rankings:,} rankings, {self.customers:,} customers"

    def columns(self) -> tuple[str, ...]:
        """The heads of the table."""
        k = self.request.k
        return (
            "model", "HR@1", f"HR@{k}", f"MAP@{k}", f"nDCG@{k}", "MRR", f"Recall@{k}", f"cov@{k}", "ECE",
            f"MAP@{k} - best baseline [95 %]", "fit s", "µs",
        )  # fmt: skip

    def table(self) -> list[tuple[str, ...]]:
        """A line a model."""
        return [self._line(row) for row in self.rows]

    def calibrations(self) -> dict[str, Calibration]:
        """Of the models whose scores are probabilities, by what the calibration is over."""
        k = self.request.k
        heads = {"shown": f"first {k}", "all": "all candidates"}
        rows = [(row.contender.row, name, one) for row in self.rows for name, one in row.calibrations()]
        return {f"{model}, {heads[name]}": one for model, name, one in rows}

    def calibration_table(self) -> list[tuple[str, ...]]:
        """A line a calibration, below `CALIBRATION_COLUMNS`."""
        return [
            (
                name,
                f"{one.entries:,}",
                share(one.ece),
                share(one.ece_by_chance),
                *(_estimate(part) for part in (one.slope, one.intercept, one.ratio)),
            )
            for name, one in self.calibrations().items()
        ]

    def evidence_columns(self) -> tuple[str, ...]:
        """The heads of the table of evidence."""
        k = self.request.k
        names = {"ndcg": f"nDCG@{k}", "recall": f"Recall@{k}"}
        parts = [(names[name], "popularity", "difference [95 %]") for name in OF_EVIDENCE]
        return ("events kept", *(head for part in parts for head in part), "not below")

    def evidence_table(self) -> list[tuple[str, ...]]:
        """A line for each number of events kept."""
        return [
            (
                "all" if one.events is None else str(one.events),
                *(cell for name in OF_EVIDENCE for cell in _against(one.against[name])),
                "no" if one.below else "yes",
            )
            for one in self.evidence
        ]

    def _line(self, row: Row) -> tuple[str, ...]:
        outcome, means = row.outcome, row.outcome.measures.means()
        numbers = [means[name] for name in ("hr1", "hr", "map", "ndcg", "mrr", "recall")]
        return (
            row.contender.row + (f" ({row.contender.settings})" if row.contender.settings else ""),
            *(share(number) for number in (*numbers, outcome.coverage)),
            "" if outcome.ece is None else share(outcome.ece),
            _difference(row),
            f"{row.fit_s:.1f}",
            f"{outcome.rank_us:.0f}",
        )


CALIBRATION_COLUMNS = (
    "over", "entries", "ECE", "by chance", "slope [95 %]", "intercept [95 %]", "predicted / actual [95 %]",
)  # fmt: skip


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return ""
    return f"{found.value:.3f}" + (f" [{found.low:.3f}, {found.high:.3f}]" if np.isfinite(found.low) else "")


def _against(one: Against) -> tuple[str, str, str]:
    return share(one.own), share(one.plain), _interval(one.difference)


def _interval(change: Bootstrap) -> str:
    return f"{change.mean:+.4f} [{change.low:+.4f}, {change.high:+.4f}]"


def share(number: float) -> str:
    """Four decimals; a share below 1 without its leading 0."""
    return f"{number:.4f}".removeprefix("0")


def _difference(row: Row) -> str:
    found = row.difference.get("map")
    if found is None:
        return ""
    to, change = found
    if to == row.contender.row:
        return "best baseline"
    return _interval(change)


def rows_of(measured: Sequence[tuple[Contender, Outcome, float]], seed: int) -> tuple[Row, ...]:
    """The rows (contender, outcome, seconds to fit) with their differences to each measure's best baseline."""
    best: dict[str, tuple[Contender, Outcome]] = {}
    for name in MEASURES:
        baselines = [(one, outcome) for one, outcome, _ in measured if one.is_baseline]
        if baselines:
            best[name] = max(baselines, key=lambda pair: pair[1].measures.means()[name])
    return tuple(Row(one, outcome, fit_s, _differences(outcome, best, seed)) for one, outcome, fit_s in measured)


def _differences(
    outcome: Outcome, best: Mapping[str, tuple[Contender, Outcome]], seed: int
) -> dict[str, tuple[str, Bootstrap]]:
    if not best:
        return {}
    columns = [getattr(outcome.measures, name) - getattr(best[name][1].measures, name) for name in best]
    found = Bootstrap.of(np.stack(columns, axis=1), seed=seed)
    return {name: (best[name][0].row, one) for name, one in zip(best, found, strict=True)}
