"""Latent tags are those of active tags that claim a preference, one a claim; other people's tags are left alone."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.tag_quality.tag_life import TagLife
from service.latent_tags import BASIS, NEEDED, Library, definition, is_inferred
from service.tag_lives import Stand, lived
from tests.factories import make_regime

Item = dict[str, Any]


def item(number: int, tag: str, **fields: Any) -> Item:
    told = {"kind": "preference", "category_no": 3, "zone": None, "polarity": 1, "status": None, "scope": None}
    return {"tag_no": number, "tag": tag, "name": None, "source": "crm", "provider": "x", **told, **fields}


def inferred(number: int, of: str, **fields: Any) -> Item:
    ours = {"kind": "latent", "source": "inferred", "provider": "huojia", "status": "candidate"}
    return item(number, f"latent.{of}", **{**ours, **fields})


def library(*items: Item) -> Library:
    return Library.of(items, lambda _: frozenset())


def gives(*items: Item) -> list[str]:
    return [source.tag for source in library(*items).sources.values() if source.gives]


def test_an_active_preference_is_inferred() -> None:
    (source,) = library(item(4, "a", name="甲")).wanted()
    assert (source.tag, source.number, source.of_no, source.scopes) == ("latent.a", None, 4, NEEDED)
    assert (source.gives, source.keeps) == (True, True)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "attribute"},
        {"kind": "habit"},
        {"kind": "latent"},
        {"kind": None},
        {"category_no": None},
        {"polarity": -1},
        {"polarity": 0},
        {"status": "candidate"},
        {"status": "retired"},
        {"tag": "x" * 250},
    ],
)
def test_what_claims_no_preference_or_is_not_active_is_not_inferred(fields: dict[str, Any]) -> None:
    assert gives(item(4, **{"tag": "a", **fields})) == []


def test_a_tag_on_watch_keeps_its_latent_one_and_gives_none() -> None:
    watched = item(4, "a", status="watch")
    source = library(watched, inferred(5, "a")).inferred[5]
    assert (source.gives, source.keeps) == (False, True)
    measured = {"life": lived(item(4, "a"), Stand(TagLife("retired"), "retired", "precision"))}
    source = library(item(4, "a", measured=measured), inferred(5, "a")).inferred[5]
    assert (source.gives, source.keeps) == (False, False)


def test_of_tags_with_the_same_claim_the_first_active_one_is_inferred() -> None:
    assert gives(item(9, "b"), item(4, "a"), item(7, "c", category_no=5)) == ["latent.a", "latent.c"]
    assert gives(item(9, "b"), item(4, "a", status="watch")) == ["latent.b"]
    assert gives(item(9, "b", category_no=None, zone="fund"), item(4, "a", category_no=None, zone="cash")) == [
        "latent.a",
        "latent.b",
    ]


def test_a_latent_tag_that_was_retired_is_neither_given_nor_kept() -> None:
    source = library(item(4, "a"), inferred(5, "a", status="retired")).inferred[5]
    assert (source.gives, source.keeps) == (False, False)


def test_a_tag_of_the_bank_with_our_name_is_left_alone() -> None:
    for other in ({"provider": "澄目数据"}, {"source": "survey"}, {"kind": None}):
        strange = inferred(5, "a", **other)
        assert not is_inferred(strange)
        assert gives(item(4, "a"), strange) == []
        assert library(item(4, "a"), strange).inferred == {}


def test_a_latent_tag_without_its_tag_is_not_kept() -> None:
    source = library(inferred(5, "gone")).inferred[5]
    assert (source.of_no, source.keeps, source.gives) == (5, False, False)


def test_a_guarded_claim_needs_its_own_consent() -> None:
    guard = frozenset(make_regime().scopes_needed.values())
    (source,) = Library.of([item(4, "a")], lambda _: guard).wanted()
    assert source.scopes == NEEDED | {"scene_medical"}


def test_a_definition_claims_what_its_tag_claims_and_keeps_what_the_bank_has_said_of_it() -> None:
    of = item(4, "a", name="甲", sensitivity="normal", half_life_days=90.0, zone="fund", scope="fund;cash")
    (source,) = library(of).wanted()
    made = definition(source, "fund.bond", None)
    claims = {"category": "fund.bond", "zone": "fund", "polarity": 1, "scope": "fund;cash"}
    assert {name: made[name] for name in claims} == claims
    assert (made["tag"], made["kind"], made["status"]) == ("latent.a", "latent", "candidate")
    assert (made["source"], made["provider"], made["name"]) == ("inferred", "huojia", "潜在·甲")
    assert made["legal_basis"] == BASIS in make_regime().tag_bases
    own = inferred(5, "a", name="own", owner="o", legal_basis="l", sensitivity="s", half_life_days=1.0, status="active")
    again = definition(source, "fund.bond", own)
    assert {name: again[name] for name in claims} == claims
    assert (again["name"], again["status"], again["half_life_days"]) == ("own", "active", 1.0)
