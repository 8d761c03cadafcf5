"""A metric says everything that it stands for; of few people it says nothing."""

from __future__ import annotations

import random

import pytest

from service.reports._suppression import suppressed
from service.reports.metric import FEW, Metric


def of(group: str, customers: int, *others: int) -> Metric:
    told = (5.0, 9.0, 5 / 9, 0.2, 0.8, "wilson", "none")
    return Metric("share", {"tier": group}, *told, customers=customers, sides=(customers, *others))


def hidden(metrics: list[Metric]) -> list[bool]:
    return [one.reason == FEW for one in suppressed(metrics)]


def test_as_json_it_has_every_field_that_is_told() -> None:
    assert set(of("fixed", 12).as_dict()) == set(Metric._fields) - {"sides", "within"}


def test_a_group_of_nine_is_not_told_and_the_smallest_other_one_not_either() -> None:
    told = suppressed([of("fixed", 500), of("migratable", 9), of("transferable", 40), of("public", 90)])
    assert [one.reason for one in told] == [None, FEW, FEW, None]
    none = told[1].as_dict()
    assert {none[name] for name in ("numerator", "denominator", "value", "low", "high", "customers")} == {None}


@pytest.mark.parametrize("customers", [0, 10])
def test_nobody_and_ten_are_told(customers: int) -> None:
    assert hidden([of("fixed", customers)]) == [False]


def test_two_small_groups_do_not_hide_one_another_what_is_missing_to_the_whole_would_be_theirs() -> None:
    tiers = [of("fixed", 3), of("migratable", 4), of("transferable", 50), of("public", 90)]
    assert hidden(tiers) == [True, True, True, False]


def test_a_small_slot_hides_another_one_of_its_own_tier_because_tiers_are_told_too() -> None:
    sizes = (("fixed", "1", 80), ("fixed", "2", 9), ("fixed", "3", 70), ("public", "1", 20), ("public", "2", 30))
    slots = [of(tier, size)._replace(group={"tier": tier, "slot": slot}) for tier, slot, size in sizes]
    assert hidden(slots) == [False, True, True, False, False]


def test_a_tier_with_nothing_but_a_small_slot_hides_a_slot_of_another_tier() -> None:
    sizes = (("fixed", "1", 80), ("fixed", "2", 40), ("public", "1", 9))
    slots = [of(tier, size)._replace(group={"tier": tier, "slot": slot}) for tier, slot, size in sizes]
    assert hidden(slots) == [False, True, True]


def test_tags_add_up_to_nothing_so_a_small_one_hides_no_other_but_of_its_own_stages_one() -> None:
    tags = [of("", size)._replace(group={"tag": tag}) for tag, size in (("a", 4), ("b", 40))]
    assert hidden(tags) == [True, False]
    stages = [
        of("", size)._replace(group={"tag": tag, "stage": stage})
        for tag, stage, size in (
            ("a", "value", 4),
            ("a", "cultivation", 90),
            ("b", "value", 11),
            ("b", "cultivation", 50),
        )
    ]
    assert hidden(stages) == [True, True, False, False]


def test_a_small_group_that_is_told_of_day_by_day_is_still_one_group() -> None:
    days = [
        of(tier, customers)._replace(group={"tier": tier, "day": day})
        for tier, customers in (("fixed", 80), ("migratable", 9), ("public", 30))
        for day in ("0", "7")
    ]
    assert hidden(days) == [False, False, True, True, True, True]


@pytest.mark.parametrize("side", range(2))
@pytest.mark.parametrize(("customers", "is_hidden"), [(0, False), (1, True), (9, True), (10, False)])
def test_a_numerator_and_what_is_missing_to_it_are_of_nobody_or_of_ten(
    side: int, customers: int, is_hidden: bool
) -> None:
    sides = [90, 90]
    sides[side] = customers
    assert hidden([of("fixed", 90, *sides)]) == [is_hidden]


def test_a_group_that_has_nobody_in_the_numerator_does_not_hide_another_groups_few() -> None:
    tiers = [of("fixed", 90, 4, 90), of("migratable", 20, 0, 20), of("public", 200, 60, 200)]
    assert hidden(tiers) == [True, False, True]


def test_what_moved_to_a_tier_is_protected_within_the_part_whose_sum_is_told() -> None:
    def to(tier: str, customers: int, within: str) -> Metric:
        return of("", 400, customers, 400)._replace(group={"from": "transferable", "to": tier}, within=within)

    up = [to("fixed", 3, "up"), to("migratable", 80, "up")]
    row = [*up, to("none", 30, "not up"), to("transferable", 200, "not up"), to("unseen", 90, "not up")]
    assert hidden(row) == [True, True, False, False, False]


def test_of_tiers_that_everybody_is_in_one_gives_no_other_away() -> None:
    tiers = [of("fixed", 90, 4)._replace(name="tier_reach"), of("migratable", 90, 40)._replace(name="tier_reach")]
    assert hidden(tiers) == [True, False]


@pytest.mark.parametrize("seed", range(60))
def test_what_is_missing_to_any_side_of_any_whole_is_of_nobody_or_of_ten(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret comes of it
    slots = {
        (tier, slot): [chance.sample(range(200), chance.choice((0, 0, 2, 6, 9, 15, 60))) for _ in range(3)]
        for tier in ("fixed", "public")
        for slot in "123"
    }
    told = suppressed(
        [
            of("", 99, *map(len, sides))._replace(group={"tier": tier, "slot": slot}, sides=tuple(map(len, sides)))
            for (tier, slot), sides in slots.items()
        ]
    )
    missing = {tuple(one.group.values()) for one in told if one.reason}
    for side in range(3):
        assert all(not 0 < len(sides[side]) < 10 or key in missing for key, sides in slots.items())
        for whole in ({"fixed"}, {"public"}, {"fixed", "public"}):
            own = [set(sides[side]) for key, sides in slots.items() if key[0] in whole]
            lost = [set(sides[side]) for key, sides in slots.items() if key[0] in whole and key in missing]
            if len(set().union(*own)) >= 10 and any(len(one) >= 10 for one in own):
                assert not 0 < len(set().union(*lost)) < 10
