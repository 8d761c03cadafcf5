"""A metric says everything that it stands for; of few people it says nothing."""

from __future__ import annotations

import pytest

from service.reports._suppression import suppressed
from service.reports.metric import Metric


def of(group: str, customers: int) -> Metric:
    told = (5.0, 9.0, 5 / 9, 0.2, 0.8, "wilson", "none")
    return Metric("share", {"tier": group}, *told, customers=customers)


def test_as_json_it_has_every_field() -> None:
    assert set(of("fixed", 12).as_dict()) == set(Metric._fields)


def test_a_group_of_nine_is_not_told_and_the_smallest_other_one_not_either() -> None:
    told = suppressed([of("fixed", 500), of("migratable", 9), of("transferable", 40), of("public", 90)])
    assert [one.suppressed for one in told] == [False, True, True, False]
    hidden = told[1].as_dict()
    assert {hidden[name] for name in ("numerator", "denominator", "value", "low", "high", "customers")} == {None}


@pytest.mark.parametrize("customers", [0, 10])
def test_nobody_and_ten_are_told(customers: int) -> None:
    assert not suppressed([of("fixed", customers)])[0].suppressed


def test_two_small_groups_do_not_hide_one_another_what_is_missing_to_the_whole_would_be_theirs() -> None:
    told = suppressed([of("fixed", 3), of("migratable", 4), of("transferable", 50), of("public", 90)])
    assert [one.suppressed for one in told] == [True, True, True, False]


def test_a_small_slot_hides_another_one_of_its_own_tier_because_tiers_are_told_too() -> None:
    sizes = (("fixed", "1", 80), ("fixed", "2", 9), ("fixed", "3", 70), ("public", "1", 20), ("public", "2", 30))
    slots = [of(tier, size)._replace(group={"tier": tier, "slot": slot}) for tier, slot, size in sizes]
    assert [one.suppressed for one in suppressed(slots)] == [False, True, True, False, False]


def test_a_tier_with_nothing_but_a_small_slot_hides_a_slot_of_another_tier() -> None:
    sizes = (("fixed", "1", 80), ("fixed", "2", 40), ("public", "1", 9))
    slots = [of(tier, size)._replace(group={"tier": tier, "slot": slot}) for tier, slot, size in sizes]
    assert [one.suppressed for one in suppressed(slots)] == [False, True, True]


def test_tags_add_up_to_nothing_so_a_small_one_hides_no_other_but_of_its_own_stages_one() -> None:
    tags = [of("", size)._replace(group={"tag": tag}) for tag, size in (("a", 4), ("b", 40))]
    assert [one.suppressed for one in suppressed(tags)] == [True, False]
    stages = [
        of("", size)._replace(group={"tag": tag, "stage": stage})
        for tag, stage, size in (
            ("a", "value", 4),
            ("a", "cultivation", 90),
            ("b", "value", 11),
            ("b", "cultivation", 50),
        )
    ]
    assert [one.suppressed for one in suppressed(stages)] == [True, True, False, False]


def test_a_small_group_that_is_told_of_day_by_day_is_still_one_group() -> None:
    days = [
        of(tier, customers)._replace(group={"tier": tier, "day": day})
        for tier, customers in (("fixed", 80), ("migratable", 9), ("public", 30))
        for day in ("0", "7")
    ]
    assert [one.suppressed for one in suppressed(days)] == [False, False, True, True, True, True]
