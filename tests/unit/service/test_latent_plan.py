"""What is done about a customer's latent tags follows from consents, deletions, the bank's tags and what was bought."""

from __future__ import annotations

from typing import Any

import pytest

from service.calendar import DAY_US
from service.latent_plan import FIGURES, Figures, Plan, Stands, planned
from service.latent_tags import NEEDED, Library
from tests.unit.service.test_latent_tags import inferred, item

NOW_US, TOMBSTONE_US = 1_000 * DAY_US, 180 * DAY_US
K, L, OTHER, SAME = 4, 5, 6, 7
LIBRARY = Library.of(
    [item(K, "a"), inferred(L, "a"), item(OTHER, "b", category_no=9), item(SAME, "c")], lambda _: frozenset()
)
GOOD = Figures(4, 900, 4.0, 5.0, 5.0, 0.1, 0.97, gives=True, keeps=True)
FAIR, POOR = GOOD._replace(truth=0.7, gives=False), GOOD._replace(truth=0.5, gives=False, keeps=False)


def row(number: int, **fields: Any) -> dict[str, Any]:
    unknown = {"removed_us": None, "removed_by": None, "quarantined": None, "affinity": None}
    return {"tag_no": number, "assigned_us": NOW_US - 30 * DAY_US, **unknown, **fields}


def gone(number: int, by: str, days_ago: float = 10) -> dict[str, Any]:
    return row(number, removed_us=NOW_US - int(days_ago * DAY_US), removed_by=by)


def plan(
    figures: Figures | None, *tags: dict[str, Any], shut: str = "", library: Library = LIBRARY, measured: bool = False
) -> Plan:
    stands = Stands(NEEDED - {shut}, tags, measured)
    return planned("c", stands, {} if figures is None else {K: figures}, (library, NOW_US, TOMBSTONE_US))


def told(found: Plan) -> list[tuple[str, str]]:
    return [(change.change, change.reason) for change in found.changes]


GIVEN = [("given", "evidence")]


def test_enough_evidence_gives_the_tag_and_says_what_was_measured() -> None:
    (change,) = plan(GOOD).changes
    assert (change.customer_id, change.source.number, change.change) == ("c", L, "given")
    assert change.figures == GOOD
    assert set(FIGURES) < set(GOOD._fields)


@pytest.mark.parametrize("figures", [None, FAIR, POOR])
def test_less_gives_none(figures: Figures | None) -> None:
    assert told(plan(figures)) == []


def test_a_carrier_keeps_it_down_to_the_lower_bar() -> None:
    assert told(plan(GOOD, row(L))) == told(plan(FAIR, row(L))) == told(plan(None, row(L))) == []
    assert told(plan(POOR, row(L))) == [("taken_back", "evidence")]
    assert told(plan(FAIR, gone(L, "service"))) == []
    assert told(plan(GOOD, gone(L, "service"))) == GIVEN


@pytest.mark.parametrize("scope", sorted(NEEDED))
def test_without_any_of_the_consents_nothing_is_given_and_nothing_kept(scope: str) -> None:
    assert told(plan(GOOD, shut=scope)) == []
    for standing in (row(L), gone(L, "service"), row(L, quarantined="stale")):
        assert told(plan(GOOD, standing, shut=scope)) == [("taken_back", "consent")]
    assert told(plan(GOOD, gone(L, "customer"), shut=scope)) == [], "the deletion itself stays known"
    assert plan(None, shut=scope, measured=True).forgets
    assert not plan(None, measured=True).forgets


def test_whoever_has_or_had_the_banks_tag_or_one_that_claims_the_same_is_given_none() -> None:
    for number in (K, SAME):
        for carried in (row(number), gone(number, "bank", 500), gone(number, "customer", 500)):
            assert told(plan(GOOD, carried)) == []
    assert told(plan(GOOD, row(OTHER))) == GIVEN


def test_a_latent_tag_goes_once_the_bank_gives_a_tag_with_its_claim_or_takes_it_away() -> None:
    assert told(plan(GOOD, row(L), row(SAME))) == [("taken_back", "carried")]
    assert told(plan(GOOD, gone(L, "bank"))) == []


def test_a_deletion_holds_for_its_time() -> None:
    assert told(plan(GOOD, gone(L, "customer", 179.9))) == []
    assert told(plan(GOOD, gone(L, "customer", 180))) == GIVEN


def test_an_assignment_in_quarantine_is_not_given_again_beside_it() -> None:
    assert told(plan(GOOD, row(L, quarantined="stale"))) == []


def test_a_tag_that_counts_no_more_takes_its_latent_one_along() -> None:
    library = Library.of([item(K, "a", status="retired"), inferred(L, "a")], lambda _: frozenset())
    assert told(plan(GOOD, row(L), library=library)) == [("taken_back", "tag")]


def test_a_carrier_of_a_latent_tag_is_given_no_second_one_with_the_same_claim() -> None:
    items = [item(K, "a", status="watch"), inferred(L, "a"), item(SAME, "c")]
    library = Library.of(items, lambda _: frozenset())
    stands = Stands(NEEDED, [row(L)], measured=False)
    at = (library, NOW_US, TOMBSTONE_US)
    assert planned("c", stands, {K: FAIR, SAME: GOOD}, at).changes == []
    assert told(planned("c", stands, {K: POOR, SAME: GOOD}, at)) == [("taken_back", "evidence"), *GIVEN]
