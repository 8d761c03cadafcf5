from __future__ import annotations

import pytest

from service.calendar import DAY_US
from service.profiles import granted_scopes, read_gate
from service.stores.open import open_store
from service.stores.protocols import ConsentChange, CustomerRow, Store
from tests.contract.bank import allow, make_bank, make_event
from tests.factories import NOW_US, make_regime

SWITCH = "personalisation"


def answer(store: Store, granted: bool, at_us: int = NOW_US, scope: str = SWITCH) -> None:
    store.change_consent(ConsentChange("c", scope, granted, at_us))


def row_of(store: Store) -> CustomerRow:
    row = store.read("c", personal=True)[1]
    assert row is not None
    return row


def scopes(store: Store, at_us: int = NOW_US) -> frozenset[str]:
    return granted_scopes(read_gate(row_of(store).gate), at_us, make_regime())


def test_a_shelf_is_not_personal_before_the_customer_was_asked(store: Store) -> None:
    store.append([make_event("e")])
    row = row_of(store)
    assert (row.personal, row.state, row.derived) == (False, None, None)


def test_a_yes_opens_the_profile_and_a_no_closes_it_at_once(store: Store) -> None:
    store.append([make_event("e")])
    answer(store, True, NOW_US - 2)
    assert row_of(store).state is not None
    answer(store, False, NOW_US - 1)
    assert row_of(store).state is None
    assert not row_of(store).personal


def test_a_reader_that_asks_for_nothing_personal_gets_nothing_personal(store: Store) -> None:
    allow(store)
    store.append([make_event("e")])
    store.put_derived({"c": b"tiers"})
    assert row_of(store).derived == b"tiers"
    row = store.read("c", personal=False)[1]
    assert row is not None
    assert (row.personal, row.state, row.derived) == (True, None, None)
    assert row.gate == row_of(store).gate


@pytest.mark.parametrize("answers", [(True, False), (False, True)])
def test_of_two_answers_of_the_same_time_the_refusal_holds(store: Store, answers: tuple[bool, bool]) -> None:
    for granted in answers:
        answer(store, granted)
    assert not row_of(store).personal
    assert SWITCH not in scopes(store)


def test_an_older_answer_that_comes_later_changes_nothing(store: Store) -> None:
    answer(store, False, NOW_US - 10)
    answer(store, True, NOW_US - 20)
    assert not row_of(store).personal


def test_the_same_answer_twice_is_one(store: Store) -> None:
    answer(store, True, NOW_US - 10)
    before = row_of(store)
    answer(store, True, NOW_US - 10)
    assert row_of(store) == before
    assert len(store.history("c").consents) == 1


def test_a_refusal_dated_ahead_closes_the_profile_now(store: Store) -> None:
    answer(store, True, NOW_US - 10)
    answer(store, False, NOW_US + DAY_US)
    assert not row_of(store).personal
    assert SWITCH in scopes(store)
    assert SWITCH not in scopes(store, NOW_US + DAY_US)


def test_a_grant_dated_ahead_opens_nothing_yet(store: Store) -> None:
    answer(store, False, NOW_US - 10)
    answer(store, True, NOW_US + DAY_US)
    assert not row_of(store).personal
    assert SWITCH not in scopes(store)
    assert SWITCH in scopes(store, NOW_US + DAY_US)


def test_a_grant_dated_ahead_counts_from_its_time_on(url: str) -> None:
    early = open_store(url, make_bank())
    answer(early, True, NOW_US + DAY_US)
    early.close()
    later = open_store(url, make_bank(NOW_US + 2 * DAY_US))
    assert later.stale(["c"]) == ["c"]
    later.refresh(["c"])
    assert row_of(later).personal
    later.close()


def test_scopes_without_an_answer_have_the_default_of_the_law(store: Store) -> None:
    answer(store, True)
    defaults = make_regime().consent_defaults
    on = {scope for scope, default in defaults.items() if default == "on"}
    assert scopes(store) == on | {SWITCH}
    answer(store, False, scope="holdings")
    answer(store, True, scope="outflow")
    assert scopes(store) == (on | {SWITCH, "outflow"}) - {"holdings"}
