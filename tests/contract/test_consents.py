from __future__ import annotations

import pytest
from sqlalchemy import text

from service.calendar import DAY_US
from service.profiles import granted_scopes, read_derived, read_gate
from service.stores.open import open_store
from service.stores.protocols import ConsentChange, CustomerRow, Store
from tests.contract.bank import allow, make_bank, make_event
from tests.factories import NOW_US, make_regime

SWITCH = "personalisation"


def answer(store: Store, granted: bool, at_us: int = NOW_US, scope: str = SWITCH) -> None:
    store.change_consent(ConsentChange("c", scope, granted, at_us))


def say(store: Store, granted: bool, at_us: int = NOW_US, scope: str = SWITCH) -> None:
    """The customer's own call."""
    store.change_consent(ConsentChange("c", scope, granted, at_us), own=True)


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
    store.put_derived({"c": {"day": 3}})
    assert read_derived(row_of(store).derived).day == 3
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
    assert SWITCH not in scopes(store)
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


BACK_US = NOW_US - 3_600_000_000


@pytest.mark.parametrize("scope", [SWITCH, "behaviour", "outflow"])
@pytest.mark.parametrize("granted", [True, False])
def test_after_the_clock_was_set_back_the_customers_last_word_holds_at_once(
    url: str, scope: str, granted: bool
) -> None:
    before = open_store(url, make_bank())
    allow(before)
    for word in (granted, not granted):
        say(before, word, scope=scope)
    before.close()
    later = open_store(url, make_bank(BACK_US))
    for word in (granted, not granted, granted, granted):
        say(later, word, BACK_US, scope)
        for at_us in (BACK_US, NOW_US + 10, NOW_US + DAY_US):
            assert (scope in scopes(later, at_us)) is word
        if scope == SWITCH:
            assert row_of(later).personal is word
        assert later.stale(["c"]) == []
    later.close()


@pytest.mark.parametrize("granted", [True, False])
def test_an_answer_dated_ahead_does_not_outlast_what_the_customer_says_after_it(store: Store, granted: bool) -> None:
    ahead_us = NOW_US + 240_000_000
    allow(store)
    answer(store, not granted, NOW_US - 10)
    answer(store, not granted, ahead_us)
    say(store, granted)
    assert row_of(store).personal is granted
    for at_us in (NOW_US, ahead_us - 1, ahead_us + 1, ahead_us + DAY_US):
        assert (SWITCH in scopes(store, at_us)) is granted


def test_what_happens_before_a_grant_dated_ahead_is_not_folded_after_the_customers_refusal(store: Store) -> None:
    allow(store)
    answer(store, True, NOW_US + 240_000_000)
    say(store, False)
    store.append([make_event("e", "search", days_ago=-0.001)])
    answer(store, True, NOW_US + 300_000_000)
    with store.connect() as connection:
        assert connection.scalar(text("SELECT muted FROM events")) == 1


def test_words_repeated_while_the_clock_is_behind_do_not_pile_up_in_the_row(url: str) -> None:
    before = open_store(url, make_bank())
    say(before, True)
    before.close()
    sizes = []
    for seconds in range(8):
        later = open_store(url, make_bank(BACK_US + seconds))
        say(later, seconds % 2 == 0, BACK_US + seconds)
        sizes.append(len(read_gate(row_of(later).gate).consents))
        later.close()
    assert max(sizes) <= 3
