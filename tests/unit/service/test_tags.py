"""Tag definitions as columns: what nobody has measured is unknown, what may not act says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from service.tags import tag_meanings, tag_table
from tests.factories import make_catalogue

CATEGORIES = make_catalogue().categories


def definition(number: int, **fields: Any) -> dict[str, Any]:
    lacking = dict.fromkeys(("kind", "category_no", "zone", "polarity", "half_life_days", "status", "scope"))
    return {"tag_no": number, "tag": f"tag{number}", **lacking, **fields}


@pytest.mark.parametrize("status", [None, "active", "watch"])
def test_a_tag_in_force_that_nobody_has_measured_has_an_unknown_quality(status: str | None) -> None:
    assert np.isnan(tag_table([definition(0, kind="habit", status=status)], 1, CATEGORIES, {}).quality).all()


@pytest.mark.parametrize(
    "fields", [{"kind": "habit", "status": "retired"}, {"kind": "habit", "status": "candidate"}, {}]
)
def test_a_tag_that_is_not_in_force_or_not_defined_has_none(fields: dict[str, Any]) -> None:
    assert not tag_table([definition(0, **fields)], 1, CATEGORIES, {}).quality.any()


def test_latent_tags_act_under_a_consent_of_their_own_and_inferred_ones_under_holdings_too() -> None:
    inferred = definition(3, kind="latent", source="inferred", provider="huojia") | {"tag": "latent.tag0"}
    definitions = [definition(2, kind="latent"), definition(0, kind="habit"), definition(1), inferred]
    table = tag_table(definitions, 1, CATEGORIES, {})
    assert table.needs == ((2, frozenset({"latent_tags"})), (3, frozenset({"latent_tags", "holdings"})))
    assert table.inferred == (3,)


def test_a_tag_about_a_guarded_category_acts_under_its_consent_an_inferred_one_if_any_of_its_zone_is() -> None:
    guarded, zone = CATEGORIES.codes[1], CATEGORIES.zones[int(CATEGORIES.zone[1])]
    inferred = definition(2, kind="latent", source="inferred", provider="huojia", zone=zone) | {"tag": "latent.tag1"}
    definitions = [
        definition(0, kind="preference", category_no=1),
        definition(1, kind="preference", zone=zone),
        inferred,
    ]
    definitions.append(definition(3, kind="preference", zone=zone, scope=guarded))
    table = tag_table(definitions, 1, CATEGORIES, {guarded: "scene_medical"})
    assert dict(table.needs) == {
        0: frozenset({"scene_medical"}),
        2: frozenset({"scene_medical", "latent_tags", "holdings"}),
        3: frozenset({"scene_medical"}),  # of a zone, confined to the guarded category
    }


def test_what_was_measured_goes_before_what_the_provider_says() -> None:
    measured = {"measured_us": 5, "weight": 1.2, "quality": [0.3, None, 0.5], "half_life_days": 90.0}
    table = tag_table([definition(0, kind="habit", half_life_days=10, measured=measured)], 1, CATEGORIES, {})
    assert (table.weight[0], table.half_life[0]) == (1.2, 90.0)
    np.testing.assert_array_equal(table.quality[0], [0.3, np.nan, 0.5])
    short = tag_table(
        [definition(0, kind="habit", half_life_days=10, measured={**measured, "half_life_days": None})],
        1,
        CATEGORIES,
        {},
    )
    assert short.half_life[0] == 10


def test_a_measured_tag_that_is_out_of_force_has_no_quality() -> None:
    measured = {"measured_us": 5, "weight": 1.2, "quality": [0.3, 0.4, 0.5], "half_life_days": None}
    table = tag_table([definition(0, kind="habit", status="retired", measured=measured)], 1, CATEGORIES, {})
    assert not table.quality.any()


def test_a_tag_claims_its_category_or_half_of_each_of_its_zone_and_ages_as_they_do() -> None:
    zone = CATEGORIES.zones[int(CATEGORIES.zone[1])]
    members = [place for place in range(len(CATEGORIES)) if CATEGORIES.zone[place] == CATEGORIES.zone[1]]
    definitions = [
        definition(0, kind="preference", category_no=1, zone=zone, polarity=-1),
        definition(1, kind="preference", zone=zone),
        definition(2, kind="habit"),
        definition(3, kind="preference", zone=zone, scope=CATEGORIES.codes[1]),
    ]
    meanings = tag_meanings(tag_table(definitions, 1, CATEGORIES, {}), CATEGORIES)
    assert np.flatnonzero(meanings.claims[0]).tolist() == [1]
    assert meanings.claims[0, 1] == -1.0
    assert np.flatnonzero(meanings.claims[1]).tolist() == members
    assert set(meanings.claims[1, members].tolist()) == {0.5}
    assert not meanings.claims[2].any()
    assert np.flatnonzero(meanings.claims[3]).tolist() == [1]
    usual = CATEGORIES.half_life
    assert meanings.half_life.tolist() == [usual[1], np.median(usual[members]), np.inf, usual[1]]
