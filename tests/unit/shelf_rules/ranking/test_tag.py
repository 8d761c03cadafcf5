from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.facts import TagTable
from shelf_rules.policy import Policy
from shelf_rules.ranking.tag import tag
from shelf_rules.situation import Situation
from tests.factories import TODAY, category_number, make_catalogue, make_past, make_product, make_situation

TERM, CD, MMF = (category_number(code) for code in ("deposit.term", "deposit.cd", "cash.mmf"))
CATALOGUE = make_catalogue(
    make_product("t", "deposit.term"),
    make_product("c", "deposit.cd"),
    make_product("m", "cash.mmf"),
    make_product("elsewhere", "deposit.term", zone="cash"),
)
DEPOSIT = CATALOGUE.categories.zone.item(TERM)
T, C, M, ELSEWHERE = range(4)


def make_tags(*tags: dict[str, Any]) -> TagTable:
    def column(name: str, default: Any) -> Any:
        return np.array([row.get(name, default) for row in tags])

    return TagTable(
        version="t1",
        codes=tuple(f"tag{number}" for number in range(len(tags))),
        category=column("category", -1),
        zone=column("zone", -1),
        polarity=column("polarity", 1.0),
        half_life=column("half_life", np.nan),
        weight=column("weight", 1.0),
        quality=column("quality", [0.8, 0.8, 0.8]),
        scopes=tuple(row.get("scope", frozenset()) for row in tags),
    )


def owned(number: int, *, age: int = 0, affinity: float = 1.0) -> dict[str, Any]:
    return {"tag": number, "assigned": TODAY - age, "affinity": affinity}


def make(table: TagTable | None, *tags: dict[str, Any], **fields: Any) -> Situation:
    return make_situation(
        catalogue=CATALOGUE, tags=table, past=make_past(tags=tags), **{"stage": "cultivation"} | fields
    )


def column(*arguments: Any, **fields: Any) -> list[float]:
    return tag(make(*arguments, **fields), np.arange(4)).tolist()


def test_a_match_is_full_in_the_category_half_in_its_zone_and_none_elsewhere() -> None:
    values = column(make_tags({"category": TERM}), owned(0))
    assert values == pytest.approx([0.9, 0.9, 0.5, 0.9])


def test_where_only_the_zone_matches_the_tag_counts_half_among_others() -> None:
    table = make_tags({"category": TERM}, {"category": CD, "quality": [0.2] * 3})
    # 0.8·1 and 0.2·½ over 1 + ½; the other way round for the certificate; both lie outside the zone of a fund
    values = column(table, owned(0), owned(1))
    assert values == pytest.approx([0.5 + 0.5 * 0.9 / 1.5, 0.5 + 0.5 * 0.6 / 1.5, 0.5, 0.9])


def test_a_tag_of_a_zone_matches_half() -> None:
    table = make_tags({"zone": DEPOSIT}, {"category": TERM, "quality": [0.2] * 3})
    assert column(table, owned(0))[C] == pytest.approx(0.9)
    assert column(table, owned(0), owned(1))[T] == pytest.approx(0.5 + 0.5 * 0.6 / 1.5)


def test_a_negative_tag_speaks_against() -> None:
    assert column(make_tags({"category": TERM, "polarity": -1.0}), owned(0))[T] == pytest.approx(0.1)


@pytest.mark.parametrize(("stage", "expected"), [("acquisition", 0.6), ("cultivation", 0.7), ("value", 0.8)])
def test_quality_is_that_of_the_stage(stage: str, expected: float) -> None:
    table = make_tags({"category": TERM, "quality": [0.2, 0.4, 0.6]})
    assert column(table, owned(0), stage=stage)[T] == pytest.approx(expected)


def test_a_tag_without_quality_ends_where_no_tag_is() -> None:
    assert column(make_tags({"category": TERM, "quality": [0.0] * 3}), owned(0)) == [0.5] * 4


def test_a_tag_without_quality_takes_nothing_from_the_others() -> None:
    table = make_tags({"category": TERM}, {"category": TERM, "quality": [0.0] * 3})
    assert column(table, owned(0), owned(1)) == column(table, owned(0))


def test_a_tag_that_nobody_has_measured_has_the_policys_quality() -> None:
    table = make_tags({"category": TERM, "quality": [np.nan] * 3})
    assert column(table, owned(0), policy=Policy(unmeasured_quality=0.3))[T] == pytest.approx(0.65)


def test_affinity_scales_and_is_full_where_unknown() -> None:
    table = make_tags({"category": TERM})
    assert column(table, owned(0, affinity=0.5))[T] == pytest.approx(0.7)
    assert column(table, owned(0, affinity=np.nan))[T] == pytest.approx(0.9)


def test_a_tag_halves_with_its_half_life_else_with_that_of_its_category() -> None:
    assert column(make_tags({"category": TERM, "half_life": 100.0}), owned(0, age=100))[T] == pytest.approx(0.7)
    values = column(make_tags({"category": TERM}), owned(0, age=365))
    assert values[:2] == pytest.approx([0.7, 0.7])  # the certificate of deposit too: it is the tag that ages


def test_a_zones_tag_halves_with_the_category_of_the_product() -> None:
    values = column(make_tags({"zone": DEPOSIT}), owned(0, age=365))
    assert values[T] == pytest.approx(0.7)
    assert values[C] == pytest.approx(0.5 + 0.4 * 2 ** (-365 / 540))


def test_weights_share_what_is_possible() -> None:
    table = make_tags({"category": TERM, "weight": 3.0}, {"category": TERM, "polarity": -1.0})
    assert column(table, owned(0), owned(1))[T] == pytest.approx(0.5 + 0.5 * (3 * 0.8 - 0.8) / 4)


@pytest.mark.parametrize("scope", ["cash.mmf", "cash"])
def test_outside_its_scope_a_tag_does_not_match(scope: str) -> None:
    table = make_tags({"category": TERM, "scope": frozenset({scope})})
    inside_the_zone = 0.9 if scope == "cash" else 0.5
    assert column(table, owned(0)) == pytest.approx([0.5, 0.5, 0.5, inside_the_zone])


def test_tags_unknown_to_the_version_or_from_tomorrow_are_not_read() -> None:
    assert column(make_tags({"category": TERM}), owned(1), owned(0, age=-1)) == [0.5] * 4


def test_without_tags_or_their_version_the_column_is_neutral() -> None:
    assert column(make_tags({"category": TERM})) == [0.5] * 4
    assert column(None, owned(0)) == [0.5] * 4
    assert column(make_tags({"category": TERM}), owned(0), mode="nonpersonal", facts=None)[C] == pytest.approx(0.9)


def test_weights_of_zero_leave_the_column_neutral() -> None:
    assert column(make_tags({"category": TERM, "weight": 0.0}), owned(0)) == [0.5] * 4


def test_the_customers_own_quality_goes_before_that_of_the_stage() -> None:
    situation = make_situation(
        catalogue=CATALOGUE,
        tags=make_tags({"category": TERM}, {"category": CD}),
        past=make_past(tags=[owned(0)], tag_quality=((0, 0.4), (1, 0.1))),
        stage="cultivation",
    )
    assert tag(situation, np.arange(4))[T] == pytest.approx(0.7)


def test_a_carriers_own_quality_is_none_of_a_claim_that_has_changed_since() -> None:
    """A version drops what was measured with the claim; the customers' own stay in their rows until the next run."""
    situation = make_situation(
        catalogue=CATALOGUE,
        tags=make_tags({"category": MMF, "quality": [np.nan] * 3}),
        past=make_past(tags=[owned(0)], tag_quality=((0, 0.9),)),
        stage="cultivation",
    )
    unmeasured = situation.policy.unmeasured_quality
    assert tag(situation, np.arange(4))[M] == pytest.approx(0.5 * (1 + unmeasured))


def test_a_tag_out_of_force_has_no_quality_whatever_was_measured_while_it_was() -> None:
    situation = make_situation(
        catalogue=CATALOGUE,
        tags=make_tags({"category": TERM, "quality": [0.0] * 3}),
        past=make_past(tags=[owned(0)], tag_quality=((0, 0.9),)),
        stage="cultivation",
    )
    assert tag(situation, np.arange(4))[T] == pytest.approx(0.5)
