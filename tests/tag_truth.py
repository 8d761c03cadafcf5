"""How well measured tags agree with the truth of a simulated bank: rank correlations, overall and by family.

`python -m tests.tag_truth DATA_DIR TRUTH_PARQUET [NOW]` prints them for the tag version in force of a bank.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy.stats import spearmanr

from service.bootstrap import rules_shelf, store_of
from service.settings import load_settings
from service.tag_quality import tag_qualities

LEAST = 30  # carriers with later occasions
OFFLINE = {"truthfulness": "precision", "durability": "half_life_days"}
"""Columns of the truth of a bank without a column of the measure's own name."""


def agreement(
    tags: Iterable[Mapping[str, Any]], truth: Path, family: Mapping[str, str]
) -> dict[str, tuple[int, float]]:
    """Spearman's rank correlation of every measure with the truth, over so many tags; by family too."""
    true = {row["tag"]: _with_uniqueness(row) for row in pq.read_table(truth).to_pylist()}
    measured = [(tag, tag["levels"][0], true[tag["tag"]]) for tag in tags if tag["levels"] and tag["tag"] in true]
    groups: dict[str, list[tuple[Any, Any]]] = {}
    for tag, level, row in measured:
        if not (tag["category"] or tag["zone"]):
            continue
        claimed = tag["zone"] or tag["category"]
        for name in ("truthfulness", "durability", "uniqueness"):
            told = row.get(name, row.get(OFFLINE.get(name, "")))
            if level[name] is None or told is None:
                continue
            groups.setdefault(name, []).append((level[name], told))
            if level["observed"] >= LEAST:
                groups.setdefault(f"{name}, {LEAST} observed", []).append((level[name], told))
                groups.setdefault(f"{name}, {family.get(claimed, claimed)}", []).append((level[name], told))
    return {name: (len(pairs), _rank(pairs)) for name, pairs in sorted(groups.items()) if len(pairs) > 4}


def _with_uniqueness(row: dict[str, Any]) -> dict[str, Any]:
    """The truth of an offline bank knows rarity and redundancy apart, and no concentration."""
    if "uniqueness" not in row and row.get("redundancy") is not None:
        row["uniqueness"] = float(np.cbrt((1 - row["redundancy"]) * -np.log(max(row["coverage"], 1e-6))))
    return row


def _rank(pairs: list[tuple[float, float]]) -> float:
    ours, theirs = zip(*pairs, strict=True)
    return round(float(spearmanr(ours, theirs)[0]), 3)


def main(data_dir: str, truth: str, now: str = "") -> None:
    """Print the agreement of the bank in a data folder."""
    settings = load_settings({}, {"data_dir": data_dir, **({"now": now} if now else {})})
    with store_of(settings) as store, store.connect() as connection:
        tags = tag_qualities(connection, store.versions().tags)
        regime = rules_shelf(settings).regime
    family = dict(regime.families) | {row.code: regime.families.get(row.zone, row.zone) for row in regime.categories}
    for name, (count, rank) in agreement(tags, Path(truth), family).items():
        sys.stdout.write(f"{name:36s} {count:3d} tags  {rank:6.3f}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
