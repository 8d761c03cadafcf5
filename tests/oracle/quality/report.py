"""What is printed: the measures, how far they lie from the written truth, and how far from the service's."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from scipy.stats import spearmanr

from tests.oracle.quality.measure import Measured

MEASURES = tuple(field.name for field in fields(Measured) if field.name != "by_signs")
TRUE = {"truthfulness": ("truthfulness", "precision"), "durability": ("durability",), "uniqueness": ("uniqueness",)}
"""The columns of a truth's table of tags that each measure is held against."""
Told = Mapping[str, Measured]


def as_json(found: Told, at: str) -> dict[str, Any]:
    """The document of `--json`."""
    return {"as_of": at, "tags": [{"tag": tag, **asdict(one)} for tag, one in sorted(found.items())]}


def table(found: Told) -> str:
    """A line a tag."""
    names = ("tagged", "followed", "precision", "base_rate", "truthfulness", "durability", "uniqueness")
    lines = [f"{'tag':32}" + "".join(f"{name:>13}" for name in names)]
    for tag, one in sorted(found.items()):
        values = (getattr(one, name) for name in names)
        lines.append(f"{tag:32}" + "".join(f"{_told(value):>13}" for value in values))
    return "\n".join(lines)


def against_truth(found: Told, folder: Path) -> dict[str, Any]:
    """Number of tags, mean signed error, share of intervals with the truth, median half-width, and Spearman."""
    rows = {row["tag"]: row for row in pq.read_table(folder / "tags.parquet").to_pylist()}
    told: dict[str, Any] = {}
    for measure, columns in TRUE.items():
        column = next((name for name in columns if rows and name in next(iter(rows.values()))), None)
        pairs = [
            (tag, float(getattr(one, measure)), float(rows[tag][column]))
            for tag, one in found.items()
            if column and tag in rows and getattr(one, measure) is not None and _known(rows[tag][column])
        ]
        if len(pairs) < 2:
            continue
        ours, true = [pair[1] for pair in pairs], [pair[2] for pair in pairs]
        told[measure] = {
            "tags": len(pairs),
            "signed_error": sum(a - b for a, b in zip(ours, true, strict=True)) / len(pairs),
            "spearman": float(spearmanr(ours, true).statistic),
        }
        if measure == "truthfulness":
            told[measure] |= _intervals(found, pairs)
    return told


def _intervals(found: Told, pairs: list[tuple[str, float, float]]) -> dict[str, float]:
    held, halves = [], []
    for tag, _, true in pairs:
        low, high = found[tag].truthfulness_low, found[tag].truthfulness_high
        if low is not None and high is not None:
            held.append(low <= true <= high)
            halves.append((high - low) / 2)
    middle = sorted(halves)[(len(halves) - 1) // 2 : len(halves) // 2 + 1]
    return {"coverage": sum(held) / max(len(held), 1), "median_half_width": sum(middle) / max(len(middle), 1)}


def against_service(found: Told, quality: Mapping[str, Any]) -> dict[str, Any]:
    """By measure: tags that both sides measured, the largest difference and its tag, and tags that one side lacks."""
    theirs = {row["tag"]: row["levels"][0] for row in quality["tags"] if row["levels"]}
    told: dict[str, Any] = {}
    for measure in MEASURES:
        apart, alone = [], []
        for tag, one in found.items():
            ours, other = getattr(one, measure), theirs.get(tag, {}).get(measure)
            if ours is not None and other is not None:
                apart.append((abs(ours - other), tag))
            elif (ours is None) != (other is None):
                alone.append(tag)
        largest, where = max(apart, default=(0.0, None))
        told[measure] = {"tags": len(apart), "largest": largest, "tag": where, "one_side_only": alone}
    return told


def lines_of(title: str, told: Mapping[str, Mapping[str, Any]]) -> str:
    """A heading and a line a measure."""
    lines = [title]
    for measure, row in told.items():
        lines.append(f"  {measure:20}" + "  ".join(f"{name} {_told(value)}" for name, value in row.items()))
    return "\n".join(lines)


def read_quality(path: Path) -> dict[str, Any]:
    """The output of `huojia tags quality --json`."""
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def _known(value: object) -> bool:
    return isinstance(value, int | float) and not math.isnan(value)


def _told(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) if value else "-"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) >= 1e-4 or not value else f"{value:.1e}"
    return "-" if value is None else str(value)
