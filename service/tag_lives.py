"""Where every tag stands in its life: as its bank says, then as it is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.measure import Measurement
from recommender.tag_quality.tag_life import ACTIVE, CANDIDATE, GIVEN, PRECISION, RETIRED, WATCH, Proof, TagLife

Item = Mapping[str, Any]
Change = Mapping[str, Any]


class Stand(NamedTuple):
    """Where a tag stands after a measuring: by its precision, as it is told, and why."""

    life: TagLife
    state: str
    cause: str


def given(item: Item) -> str:
    """The state that the bank gives a tag of a tag version: active unless it says otherwise, candidate undefined."""
    return CANDIDATE if item["kind"] is None else item["status"] or ACTIVE


def life_of(item: Item) -> TagLife:
    """Where a tag of a tag version stands by precision: as it was given, until measured and again once given anew."""
    known = _measured(item)
    return TagLife(given(item)) if known is None else TagLife(*known["now"])


def state_of(item: Item) -> tuple[str, str]:
    """The state of a tag of a tag version as it is told, and its cause."""
    known = _measured(item)
    return (given(item), GIVEN) if known is None else (known["told"], known["cause"])


def _measured(item: Item) -> Mapping[str, Any] | None:
    known: Mapping[str, Any] | None = item.get("measured", {}).get("life")
    return None if known is None or known["given"] != given(item) else known


def lived(item: Item, stand: Stand) -> dict[str, Any]:
    """What `life_of` and `state_of` read of a measured tag."""
    return {"given": given(item), "now": list(stand.life), "told": stand.state, "cause": stand.cause}


def proofs(measured: Measurement, evidence: Evidence) -> Iterator[Proof]:
    """Every tag's, by number, from what was measured on the evidence."""
    likes = evidence.polarity > 0
    bound = np.where(likes, measured.precision_low[:, 0], measured.precision_high[:, 0])
    coverage = measured.tagged[:, 0] / max(evidence.customers, 1)
    columns = (measured.followed[:, 0], bound, measured.base_rate[:, 0], coverage, ~likes)
    for of in zip(*(column.tolist() for column in columns), strict=True):
        yield Proof(evidence.as_of, *of)


def turned(items: Sequence[Item], found: Sequence[Proof], at_us: int) -> tuple[dict[int, Stand], list[Change]]:
    """Where every tag stands after its day's proof, by number, and a row for each that is told to stand elsewhere.

    What the bank has retired stays so, whatever is measured; a tag without a proof stays where it is. A tag that comes
    into another state because its bank says so has no figures.
    """
    stands: dict[int, Stand] = {}
    changes: list[Change] = []
    for item in items:
        number, stood = int(item["tag_no"]), _told_last(item)
        proof = found[number] if given(item) != RETIRED and number < len(found) else None
        stands[number] = after = _after(item, proof)
        if after.state != stood:
            told = {"tag_no": number, "measured_us": at_us, "before": stood, "after": after.state}
            changes.append({**told, "cause": after.cause, **_why(proof if after.cause != GIVEN else None)})
    return stands, changes


def _told_last(item: Item) -> str:
    """The state that the last measuring told, whatever the bank has said since."""
    known = item.get("measured", {}).get("life")
    return given(item) if known is None else str(known["told"])


def _after(item: Item, proof: Proof | None) -> Stand:
    """A change that precision has not made has the cause of before: the bank's word, or an alarm that has ended."""
    before, (state, cause) = life_of(item), state_of(item)
    if proof is None:
        return Stand(before, state, cause)
    life = before.after(proof)
    alarm = life.alarmed(proof)
    if alarm is not None:
        return Stand(life, WATCH, alarm)
    is_elsewhere = life.state == before.state != _told_last(item)
    return Stand(life, life.state, PRECISION if proof.known and not is_elsewhere else cause)


_WHY = ("followed", "bound", "base_rate", "psi", "ece")


def _why(proof: Proof | None) -> dict[str, float | int | None]:
    """The figures of a proof; null what is not known."""
    if proof is None:
        return dict.fromkeys(_WHY)
    known = {name: None if np.isnan(value := getattr(proof, name)) else value for name in _WHY}
    if not proof.known:
        known |= {"bound": None, "base_rate": None}
    return {**known, "followed": int(proof.followed)}
