"""Where every tag stands in its life: as its bank says, then as its measured precision says; each change is logged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.measure import Measurement
from recommender.tag_quality.tag_life import ACTIVE, CANDIDATE, RETIRED, Proof, TagLife
from recommender.training_data import Ints
from service.stores import tables
from service.stores._upsert import insert_new, table

_LIVES = table(tables.TagLives)
UNCHANGED = ""
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
    """Every tag's, by number, from what was measured on the evidence.

    A preference has to be proved: the lower bound. An aversion holds until it is refuted, the upper one: nearly nobody
    buys what it is about, so that only thousands of carriers could prove it, and to err by leaving out is the safer.
    """
    bound = np.where(evidence.polarity > 0, measured.precision_low[:, 0], measured.precision_high[:, 0])
    coverage = measured.tagged[:, 0] / max(evidence.customers, 1)
    for of in zip(measured.followed[:, 0], bound, measured.base_rate[:, 0], coverage, strict=True):
        yield Proof(evidence.as_of, *(float(one) for one in of))


def turned(items: Sequence[Item], found: Sequence[Proof], at_us: int) -> tuple[dict[int, TagLife], list[Change]]:
    """The life of every tag after its day's proof, by number, and a row for each that came into another state.

    What the bank has retired stays so, whatever is measured.
    """
    lives: dict[int, TagLife] = {}
    changes: list[Change] = []
    for item in items:
        number, before = int(item["tag_no"]), life_of(item)
        proof = found[number]
        after = before if given(item) == RETIRED else before.after(proof)
        lives[number] = after
        known = item.get("measured", {}).get("life")
        stood = given(item) if known is None else known["now"][0]
        if after.state != stood:
            why = {name: getattr(proof, name) for name in ("followed", "bound", "base_rate")}
            changes.append({"tag_no": number, "measured_us": at_us, "before": stood, "after": after.state, **why})
    return lives, changes


def log(connection: Connection, changes: Sequence[Change]) -> None:
    """Keep changes; one that is kept already stays as it is."""
    insert_new(connection, _LIVES, list(changes))


def states_at(connection: Connection, times: Ints, tags: int) -> np.ndarray:
    """The logged state [times, tags] after each measurement; `UNCHANGED` of a tag that never came into another.

    Before its first change a tag stood where that change found it.
    """
    found = np.full((len(times), tags), UNCHANGED, dtype=object)
    for row in connection.execute(select(_LIVES).order_by(_LIVES.c.tag_no, _LIVES.c.measured_us)):
        if row.tag_no < tags:
            own, place = found[:, row.tag_no], int(np.searchsorted(times, row.measured_us))
            own[:place][own[:place] == UNCHANGED] = row.before
            own[place:] = row.after
    return found
