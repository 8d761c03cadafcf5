"""What the second reading takes for a sign, for a carrier and for a comparable customer, on cases counted by hand."""

from __future__ import annotations

import pytest

from tests.oracle.oracle.files import Bank, Customer, Row
from tests.oracle.oracle.history import History
from tests.oracle.oracle.tables import DAY_US
from tests.oracle.quality.compared import Crowd, compare
from tests.oracle.quality.files import Assignment, Definition, Folder, Happening
from tests.oracle.quality.people import Person, people_of, quarantined
from tests.oracle.quality.rates import repeats_of
from tests.oracle.quality.signs import Acts, acts_of, covered_days, signs_of

START = 20_000  # the day on which everything begins
HOUR = DAY_US // 24


def at(day: int, hour: int = 2) -> int:
    """An instant on the bank's calendar, so many days after the start."""
    return (START + day) * DAY_US + hour * HOUR


def event(name: str, kind: str, day: int, hour: int = 2, **more: str) -> Happening:
    """Something that happened; of category fund.bond unless said otherwise."""
    told = {"category": "fund.bond", "tier": None, "task_id": None, "refers_to": None, **more}
    return Happening(
        name, kind, at(day, hour), str(told["category"]), None, None, told["tier"], told["task_id"], told["refers_to"]
    )


def folder_of(*events: Happening, rows: tuple[Row, ...] = ()) -> Folder:
    """A bank of one customer who consents to everything but what `rows` say."""
    scopes = ("personalisation", "tags", "holdings", "behaviour")
    consents = [{"scope": scope, "granted": True, "changed_at": at(-9)} for scope in scopes] + list(rows)
    customer = Customer("c", {"joined_at": at(-500)}, consents)
    claims = frozenset({"fund.bond"})
    definitions = {
        name: Definition(name, "preference", sign, "crm", "fund.bond", None, None, claims)
        for name, sign in (("likes", 1), ("avoids", -1), ("other", 1))
    }
    bank = Bank([], {"c": customer}, at(0))
    return Folder(bank, at(400), {"c": list(events)}, {}, definitions, ["fund.bond", "fund.equity"])


def signs(*events: Happening) -> Acts:
    """What of it counts."""
    folder = folder_of(*sorted(events, key=lambda one: one.at))
    return acts_of(folder, people_of(folder)[0])


def test_a_purchase_within_seven_days_of_a_personal_card_of_its_family_is_no_sign() -> None:
    card = event("card", "impression", 10, tier="fixed", category="deposit.term")
    assert signs(card, event("p", "purchase", 17)).occasions["fund.bond"] == []
    assert signs(card, event("p", "purchase", 18)).occasions["fund.bond"] == [(START + 18, 1.0)]
    public = event("card", "impression", 10, tier="public")
    assert signs(public, event("p", "purchase", 11)).occasions["fund.bond"] == [(START + 11, 1.0)]
    later = event("card", "impression", 17, 3, tier="fixed")
    assert signs(later, event("p", "purchase", 17, 2)).occasions["fund.bond"] == [(START + 17, 1.0)]


def test_a_look_on_the_day_of_a_card_is_prompted_whichever_came_first() -> None:
    card = event("card", "impression", 10, 9, tier="fixed")
    assert signs(card, event("l", "detail", 10, 1)).looks == {}
    assert signs(card, event("l", "detail", 9)).looks == {"fund.bond": {START + 9}}
    assert signs(event("l", "detail", 9, task_id="t")).looks == {}


def test_a_purchase_that_is_taken_back_in_time_never_was_and_a_task_makes_it_light() -> None:
    bought = event("p", "purchase", 10)
    assert signs(bought, event("x", "cancel", 17, refers_to="p")).occasions["fund.bond"] == []
    assert signs(bought, event("x", "cancel", 18, refers_to="p")).occasions["fund.bond"] == [(START + 10, 1.0)]
    assert signs(event("p", "purchase", 10, task_id="t")).occasions["fund.bond"] == [(START + 10, 0.3)]


def test_who_has_withdrawn_a_consent_is_not_measured_on_and_who_may_not_be_watched_shows_no_looks() -> None:
    def withdrawn(scope: str) -> Folder:
        return folder_of(event("l", "detail", 9), rows=({"scope": scope, "granted": False, "changed_at": at(300)},))

    assert people_of(withdrawn("tags")) == []
    folder = withdrawn("behaviour")
    assert acts_of(folder, people_of(folder)[0]).looks == {}


def test_what_cannot_be_right_is_neither_with_nor_without() -> None:
    folder = folder_of()
    given = [Assignment("likes", at(5), None, None), Assignment("avoids", at(6), None, None)]
    assert quarantined(folder, given, None, {}) == set(given)
    assert quarantined(folder, given[:1], START + 6, {}) == set(given[:1])
    assert quarantined(folder, given[:1], None, {"likes": at(-170)}) == set(given[:1])
    assert quarantined(folder, given[:1], None, {"likes": at(-180)}) == set()
    folder.assignments = {"c": given}
    person = people_of(folder)[0]
    assert person.carries == {}
    assert not person.without("likes")
    assert person.without("other")


def test_a_tag_that_its_customer_has_deleted_counts_at_no_time() -> None:
    folder = folder_of()
    folder.assignments = {"c": [Assignment("likes", at(5), at(390), "customer")]}
    person = people_of(folder)[0]
    assert (person.carries, person.neither, person.given("likes")) == ({}, {"likes"}, None)
    folder.assignments = {"c": [Assignment("likes", at(5), at(390), "bank")]}
    assert people_of(folder)[0].without("likes")


def test_carriers_are_compared_with_who_had_not_the_tag_on_their_days() -> None:
    people = [Person(f"c{number}", "value", None, watched=True, external=None, history=History(400))
              for number in range(100)]  # fmt: skip
    for person in people[:40]:
        person.carries["likes"] = 100
    shown = {place: [150] for place in (*range(20), *range(40, 55))}
    told = compare(Crowd(people, [[] for _ in people], 0, 400), "likes", shown, 1)
    assert (told.followed, told.precision) == (40, 0.5)
    assert told.base_rate == pytest.approx(0.25)
    averse = compare(Crowd(people, [[] for _ in people], 0, 400), "likes", shown, -1)
    assert averse.precision == 0.5
    assert averse.base_rate == pytest.approx(0.75)


def test_repeats_are_counted_once_after_the_second_the_third_and_the_fourth_sign() -> None:
    shown = {0: [10, 11, 20, 60], 1: [10, 400]}
    found = repeats_of(shown, [None, None, None], (0, 500), {})
    assert found.again == [1, 0, 0]
    assert found.followed == [{180: 1, 97: 1}, {180: 1}, {}]
    first = found.windows[0]  # from day 180 to 360
    assert (first.days, first.there, first.shown, first.quiet, first.late) == (180, 3, 0, 1, 0)


def test_covered_days_are_no_days_of_following() -> None:
    shown = {0: [10, 11, 20, 60], 1: [10, 400]}
    covered = {0: list(range(20, 28)), 1: list(range(498, 506)), 2: list(range(200, 216))}
    found = repeats_of(shown, [None, -1, 0, 1], (0, 500), covered)
    assert found.again == [1, 0, 0]
    assert found.followed == [{176: 1, 94: 1}, {180: 1}, {}]
    first = found.windows[0]  # from day 180 to 360: who joined a day late is not there; 16 days of one of three
    assert (first.days, first.there, first.shown, first.quiet, first.late) == (175, 3, 0, 1, 0)


def test_a_personal_card_covers_its_day_and_a_week_of_its_family() -> None:
    cards = [event(f"c{day}", "impression", day, tier="fixed", category="deposit.term") for day in (10, 12, 30)]
    others = [event("p", "impression", 50, tier="public"), event("t", "impression", 60, tier="fixed", task_id="t")]
    days = [START + day for day in (*range(10, 20), *range(30, 38))]
    assert covered_days([signs(*cards, *others)], {"investing"}) == {0: days}
    assert covered_days([signs(*cards)], {"protection"}) == {}


def test_an_assignment_does_not_stand_once_a_newer_one_was_removed() -> None:
    folder = folder_of()
    old, gone = Assignment("likes", at(5), None, None), Assignment("likes", at(9), at(20), "bank")
    denied = Assignment("avoids", at(30), None, None)
    assert quarantined(folder, [old, gone, denied], None, {}) == set()
    folder.assignments = {"c": [old, gone, denied]}
    assert people_of(folder)[0].carries == {"avoids": START + 30}


def test_signs_weigh_less_of_who_shows_much_else() -> None:
    quiet, busy = Acts({"a": [(5, 1.0)]}), Acts({"a": [(5, 1.0)], "b": [(1, 1.0), (9, 1.0), (20, 1.0)]})
    shown, weight = signs_of([quiet, busy], 30).of({"a"})
    assert shown == {0: [5], 1: [5]}
    assert weight == [1.5, 0.75]
