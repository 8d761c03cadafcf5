"""The files `tag_definitions` and `tags`, and the truth of each tag."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from service.simulate import tables
from service.simulate.chance import MISSING, Floats, Ints
from service.simulate.exchange import CUSTOMER, text
from service.simulate.period import DAY
from service.simulate.tag_definitions import BOUGHT, FOREIGN, Tag
from service.simulate.tagging import REMOVED_BY, Assigned

FEWEST = 5
"""Below so many true carriers a median says nothing."""


def write_definitions(tags: list[Tag], folder: Path) -> int:
    """One row a tag."""
    own = [tag.source not in {BOUGHT, FOREIGN} for tag in tags]
    columns = {
        "tag": text([tag.tag for tag in tags]),
        "kind": text([tag.kind for tag in tags]),
        "name": text([tag.name for tag in tags]),
        "category": text([tag.category for tag in tags]),
        "zone": text([tag.zone for tag in tags]),
        "polarity": tables.given([tag.polarity for tag in tags], pa.int64()),
        "source": text([tag.source[0] for tag in tags]),
        "provider": text([tag.source[1] for tag in tags]),
        "owner": text(["retail_data" if inside else "partner_data" for inside in own]),
        "legal_basis": text(["contract" if inside else "consent" for inside in own]),
        "sensitivity": text(["sensitive" if tag.category.startswith("ins.health") else "normal" for tag in tags]),
        "scope": text(["" for _ in tags]),
        "half_life_days": tables.given([tag.half_life or None for tag in tags], pa.int64()),
        "status": text(["active" for _ in tags]),
    }
    return tables.write(folder / "tag_definitions.parquet", columns, len(tags))


def write_tags(tags: list[Tag], rows: dict[str, Ints], affinity: Floats, folder: Path) -> int:
    """One row an assignment."""
    size = rows["when"].size
    columns = {
        "customer_id": tables.numbered(rows["customer"], CUSTOMER),
        "tag": tables.words(rows["tag"], [tag.tag for tag in tags]),
        "assigned_at": tables.stamps(rows["when"]),
        "affinity": tables.decimals(affinity),
        "source": tables.words(rows["tag"], [tag.source[0] for tag in tags]),
        "removed_at": tables.stamps(rows["removed"]),
        "removed_by": tables.words(rows["remover"], REMOVED_BY),
    }
    return tables.write(folder / "tags.parquet", columns, size)


def write_truth(tags: list[Tag], assigned: list[Assigned], rows: dict[str, Ints], size: int, folder: Path) -> int:
    """True precision, half-life, redundancy and coverage of each tag; null where a tag claims nothing."""
    active = np.bincount(rows["tag"][rows["removed"] == MISSING], minlength=len(tags))
    columns = {
        "tag": text([tag.tag for tag in tags]),
        "precision": tables.decimals(np.array([_precision(*pair) for pair in zip(tags, assigned, strict=True)])),
        "half_life_days": tables.decimals(np.array([_half_life(one) for one in assigned])),
        "redundancy": tables.decimals(redundancy(tags)),
        "coverage": tables.decimals(active / size),
    }
    return tables.write(folder / "tags.parquet", columns, len(tags))


def _precision(tag: Tag, assigned: Assigned) -> float:
    """Share of the tagged for whom the claim was true when they were tagged."""
    if not tag.categories or not assigned.customer.size:
        return float("nan")
    return float(assigned.true.mean())


def _half_life(assigned: Assigned) -> float:
    """Median days for which a true claim stays true, the generator knowing ends that lie ahead."""
    known = assigned.true & (assigned.until != MISSING)
    if known.sum() < FEWEST:
        return float("nan")
    return float(np.median((assigned.until[known] - assigned.when[known]) / DAY))


def redundancy(tags: list[Tag]) -> Floats:
    """The larger share of bits that a tag took over from another, or another from it."""
    place = {tag.tag: index for index, tag in enumerate(tags)}
    result = np.array([tag.copied for tag in tags])
    for tag in tags:
        if tag.of:
            result[place[tag.of]] = max(result[place[tag.of]], tag.copied)
    return result
