"""Where every tag stands in its life: as its bank says, then as its measured precision says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.measure import Measurement
from recommender.tag_quality.tag_life import ACTIVE, CANDIDATE, RETIRED, Proof, TagLife

Item = Mapping[str, Any]
Change = Mapping[str, Any]


def given(item: Item) -> str:
    """The state that the bank gives a tag of a tag version: active unless it says otherwise, candidate undefined."""
    return CANDIDATE if item["kind"] is None else item["status"] or ACTIVE


def life_of(item: Item) -> TagLife:
    """Where a tag of a tag version stands: as it was given, until it is measured and again once given otherwise."""
    life = item.get("measured", {}).get("life")
    return TagLife(given(item)) if life is None or life["given"] != given(item) else TagLife(*life["now"])


def lived(item: Item, life: TagLife) -> dict[str, Any]:
    """What `life_of` reads of a measured tag."""
    return {"given": given(item), "now": list(life)}


def proofs(measured: Measurement, evidence: Evidence) -> Iterator[Proof]:
    """Every tag's, by number, from what was measured on the evidence."""
    likes = evidence.polarity > 0
    bound = np.where(likes, measured.precision_low[:, 0], measured.precision_high[:, 0])
    coverage = measured.tagged[:, 0] / max(evidence.customers, 1)
    columns = (measured.followed[:, 0], bound, measured.base_rate[:, 0], coverage, ~likes)
    for of in zip(*(column.tolist() for column in columns), strict=True):
        yield Proof(evidence.as_of, *of)


def turned(items: Sequence[Item], found: Sequence[Proof], at_us: int) -> tuple[dict[int, TagLife], list[Change]]:
    """The life of every tag after its day's proof, by number, and a row for each that came into another state.

    What the bank has retired stays so, whatever is measured; a tag without a proof stays where it is.
    """
    lives: dict[int, TagLife] = {}
    changes: list[Change] = []
    for item in items:
        number, before = int(item["tag_no"]), life_of(item)
        judged = given(item) != RETIRED and number < len(found)
        lives[number] = after = before.after(found[number]) if judged else before
        known = item.get("measured", {}).get("life")
        stood = given(item) if known is None else known["now"][0]
        if after.state != stood:
            why = _why(found[number]) if judged and found[number].known else dict.fromkeys(_WHY)
            changes.append({"tag_no": number, "measured_us": at_us, "before": stood, "after": after.state, **why})
    return lives, changes


_WHY = ("followed", "bound", "base_rate")


def _why(proof: Proof) -> dict[str, float | int]:
    return {"followed": int(proof.followed), "bound": proof.bound, "base_rate": proof.base_rate}
