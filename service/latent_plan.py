"""What is to be done about the latent tags of one customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from recommender.tag_quality.latent import Latent
from recommender.training_data import Bools
from service.bases import deleted_tags, standing_tags
from service.latent_tags import NEEDED, Claim, Library, Source

Row = Mapping[str, Any]

GIVEN, TAKEN_BACK = "given", "taken_back"
REASONS = ("evidence", "consent", "carried", "tag")
"""Why a latent tag was given or taken back: what was bought; a consent withdrawn; the customer carries a tag of the
bank with the same claim; the tag that it is inferred from, or itself, counts no more.
"""
FIGURES = ("occasions", "since_day", "hits", "n", "n_eff", "theta0", "truth")


class Figures(NamedTuple):
    """What was measured of one customer and tag, and whether it is enough to give the latent one or to leave it."""

    occasions: int
    since_day: int
    hits: float
    n: float
    n_eff: float
    theta0: float
    truth: float
    gives: bool
    keeps: bool

    @classmethod
    def each(cls, found: Latent, mask: Bools) -> Iterator[tuple[int, Figures]]:
        """(customer, figures) of those of the entries that the mask names."""
        columns = (found.occasions, found.since, found.hits, found.n, found.n_eff, found.theta0, found.truth)
        of = (found.customer, *columns, found.gives, found.keeps)
        for customer, *values in zip(*(column[mask].tolist() for column in of), strict=True):
            yield customer, cls(*values)


class Change(NamedTuple):
    """A latent tag that is to be given to a customer or to be taken back."""

    customer_id: str
    source: Source
    change: str
    reason: str
    figures: Figures | None = None


class Plan(NamedTuple):
    """What is to be done for one customer; `forgets`: what was measured of them is to be deleted."""

    changes: list[Change]
    forgets: bool


class Stands(NamedTuple):
    """What is known of one customer: the open consents, all assignments, whether something measured is kept."""

    scopes: frozenset[str]
    tags: Sequence[Row]
    measured: bool


def planned(customer_id: str, stands: Stands, figures: Mapping[int, Figures], by: tuple[Library, int, int]) -> Plan:
    """What is to be done for a customer, by the figures of the tags; `by` is the library, now, how long deletions run.

    Nothing is given under a deletion of any tag with the same claim, nor to whoever has ever had one from the bank.
    """
    library, now_us, tombstone_us = by
    taken = [Change(customer_id, *of) for of in _taken(stands, figures, library, tombstone_us)]
    gone = {change.source.number for change in taken}
    deleted = {tag for tag, us in deleted_tags(stands.tags).items() if now_us < us + tombstone_us}
    stored = {row["tag_no"] for row in stands.tags if row["removed_us"] is None} - gone
    shut = _had(stands, library) | {library.claims.get(tag) for tag in deleted}
    shut |= {library.inferred[tag].claim for tag in (deleted | stored) & library.inferred.keys()}
    given = [
        Change(customer_id, source, GIVEN, "evidence", found)
        for of_no, found in sorted(figures.items())
        if (source := library.sources.get(of_no)) is not None and source.gives and found.gives
        if source.scopes <= stands.scopes and source.claim not in shut and source.number not in gone
    ]
    return Plan([*taken, *given], forgets=stands.measured and not stands.scopes >= NEEDED)


def _had(stands: Stands, library: Library) -> set[Claim | None]:
    """What tags of the bank claim of the customer, or once did, and the latent ones that the bank has taken away."""
    told = (row for row in stands.tags if row["tag_no"] not in library.inferred or row["removed_by"] == "bank")
    return {library.claims.get(row["tag_no"]) for row in told} - {None}


def _taken(
    stands: Stands, figures: Mapping[int, Figures], library: Library, tombstone_us: int
) -> Iterator[tuple[Source, str, str, Figures | None]]:
    standing, had = standing_tags(stands.tags, tombstone_us), _had(stands, library)
    stored = {row["tag_no"] for row in stands.tags if row["removed_by"] != "customer"}
    for number in sorted(stored & library.inferred.keys()):
        source = library.inferred[number]
        found = figures.get(source.of_no)
        reason = None
        if not source.scopes <= stands.scopes:
            reason, found = "consent", None
        elif number not in standing:
            continue
        elif not source.keeps:
            reason = "tag"
        elif source.claim in had:
            reason = "carried"
        elif found is not None and not found.keeps:
            reason = "evidence"
        if reason is not None:
            yield source, TAKEN_BACK, reason, found
