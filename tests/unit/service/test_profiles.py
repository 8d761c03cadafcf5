from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.profile.fold import hash64
from recommender.profile.state import EVENT_KINDS, KIND
from service.calendar import BankCalendar
from service.profiles import (
    DISMISSALS_KEPT,
    MUTED_KINDS,
    RETORT_US,
    Answer,
    DerivedPart,
    Known,
    Muting,
    flow_key,
    gate_of,
    granted,
    granted_scopes,
    happening,
    newest_dismissals,
    personal,
    read_derived,
    read_gate,
    refused_ahead,
    to_bytes,
)
from tests.factories import NOW_US, make_regime

CALENDAR = BankCalendar("Asia/Shanghai")
ASK = {"personalisation": "ask", "holdings": "on", "outflow": "off"}
SWITCH = "personalisation"

ANSWERS = st.lists(st.tuples(st.just(SWITCH), st.booleans(), st.integers(0, 8)), max_size=6)


def naive(answers: list[Answer], at_us: int) -> bool:
    """The rule as it is written: the newest answer counts, of two of the same time the refusal."""
    past = [answer for answer in answers if answer[2] <= at_us]
    if not past:
        return False
    newest = max(at for _, _, at in past)
    return all(yes for _, yes, at in past if at == newest)


def naive_ahead(answers: list[Answer], now_us: int) -> bool:
    ahead = [(yes, at) for _, yes, at in answers if at > now_us]
    return any(not yes and (True, at + RETORT_US) not in ahead for yes, at in ahead)


@given(ANSWERS, st.integers(0, 9))
def test_the_newest_answer_counts_and_of_two_at_once_the_refusal(answers: list[Answer], at_us: int) -> None:
    assert granted(answers, SWITCH, at_us, ASK) == naive(answers, at_us)


@given(ANSWERS, st.integers(0, 9), st.sampled_from(EVENT_KINDS))
def test_only_intent_and_exposure_without_consent_and_what_was_served_are_muted(
    answers: list[Answer], at_us: int, kind: str
) -> None:
    muted = kind in MUTED_KINDS and (kind == "served" or not naive(answers, at_us))
    assert Muting(answers, ASK)(kind, at_us) == muted


@given(ANSWERS, st.integers(0, 9))
def test_a_profile_is_open_only_where_no_refusal_is_on_its_way(answers: list[Answer], now_us: int) -> None:
    assert personal(answers, now_us, ASK) == (naive(answers, now_us) and not naive_ahead(answers, now_us))


@given(ANSWERS, st.integers(0, 9))
def test_a_scope_refused_by_a_clock_that_is_ahead_is_closed_at_once(answers: list[Answer], now_us: int) -> None:
    part = gate_of(Known(consents=[consent(yes, at, 0, scope) for scope, yes, at in answers]), ())
    scopes = granted_scopes(part, now_us, make_regime(consent_defaults=ASK))
    assert (SWITCH in scopes) == (naive(answers, now_us) and not naive_ahead(answers, now_us))


def test_a_refusal_dated_ahead_is_outdone_by_the_customers_own_grant_right_after_it() -> None:
    answers = [(SWITCH, False, 9), (SWITCH, True, 9 + RETORT_US), ("holdings", False, 9), ("holdings", True, 12)]
    assert refused_ahead(answers, 5) == {"holdings"}
    assert refused_ahead(answers, 20) == set()


@pytest.mark.parametrize(("default", "open_"), [("on", True), ("off", False), ("ask", False)])
def test_without_an_answer_the_default_counts_and_ask_is_off(default: str, open_: bool) -> None:
    assert granted([], SWITCH, 5, {SWITCH: default}) is open_
    assert Muting([], {SWITCH: default})("search", 5) is not open_


def test_money_and_dismissals_are_never_muted() -> None:
    kinds = {"purchase", "top_up", "renewal", "redeem", "mature", "cancel", "apply", "dismiss"}
    assert not kinds & MUTED_KINDS


def consent(granted_: bool, changed: int, recorded: int, scope: str = SWITCH) -> dict[str, Any]:
    return {"scope": scope, "granted": granted_, "changed_us": changed, "recorded_us": recorded}


def test_the_gate_keeps_the_newest_answer_and_those_dated_ahead() -> None:
    rows = [consent(True, 1, 1), consent(False, 5, 5), consent(True, 90, 6), consent(True, 3, 9, "holdings")]
    assert gate_of(Known(consents=rows), ()).consents == (("holdings", True, 3), (SWITCH, False, 5), (SWITCH, True, 90))


def test_the_gate_comes_back_as_it_was_written() -> None:
    profile = {"risk_capacity": 5, "birth_year": 1961, "goal_purpose": "retire", "overdue": False, "fraud_flag": None}
    gate = gate_of(Known(profile=profile), [(3, 7)])
    assert read_gate(to_bytes(gate)) == gate
    assert (gate.risk_capacity, gate.goal_purpose, gate.overdue, gate.fraud_flag) == (5, "retire", False, None)


def test_nothing_stored_is_a_gate_that_knows_nothing() -> None:
    assert read_gate(None).consents == ()
    assert read_derived(None) == DerivedPart()
    assert read_derived(to_bytes(DerivedPart(3, ((1, "fixed"),)))).tiers == ((1, "fixed"),)


def test_a_product_is_dismissed_once_and_the_newest_are_kept() -> None:
    told = [(product, 100 + product) for product in range(DISMISSALS_KEPT + 5)] + [(0, 999), (0, 50)]
    kept = newest_dismissals(told)
    assert len(kept) == DISMISSALS_KEPT
    assert kept[-1] == (0, 999)
    assert kept[0] == (6, 106)


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 50)), max_size=200), st.integers(0, 200))
def test_dismissals_taken_in_steps_are_those_taken_at_once(told: list[tuple[int, int]], cut: int) -> None:
    in_steps = newest_dismissals([*newest_dismissals(told[:cut]), *told[cut:]])
    assert in_steps == newest_dismissals(told)


def told(kind: str, **fields: Any) -> Any:
    columns = {
        "occurred_us": NOW_US,
        "event_id": "e",
        "kind": kind,
        "product_no": 3,
        "category_no": None,
        "amount": 5,
        "session_id": "s",
        "channel": None,
        "task_id": None,
        "refers_to": None,
    }
    return tuple((columns | fields).values())


def test_an_event_becomes_what_the_fold_reads() -> None:
    found = happening(told("purchase", task_id="t"), {3: 9}, CALENDAR)
    assert (found.kind, found.product, found.category, found.amount) == (KIND["purchase"], 3, 9, 5)
    assert (found.day, found.ref, found.incentivised) == (CALENDAR.day(NOW_US), hash64("e"), True)


def test_what_is_unknown_is_minus_one() -> None:
    found = happening(told("login", product_no=None, amount=None), {}, CALENDAR)
    assert (found.product, found.category, found.amount, found.channel) == (-1, -1, -1, "")


def test_a_cancel_refers_and_an_interest_has_its_session() -> None:
    assert happening(told("cancel", refers_to="x"), {3: 9}, CALENDAR).refers == hash64("x")
    assert happening(told("search"), {3: 9}, CALENDAR).session == hash64("s")
    assert happening(told("search", session_id=None, category_no=4), {3: 9}, CALENDAR).session == 0
    assert happening(told("search", category_no=4), {3: 9}, CALENDAR).category == 4


def test_a_flow_is_known_by_its_id_else_by_what_it_is() -> None:
    flow = {"occurred_us": 5, "amount": -3, "counterparty_class": "broker", "own_name": True}
    assert flow_key(flow | {"flow_id": "x"}) == "id:x"
    keys = {flow_key(flow | change) for change in ({}, {"amount": 3}, {"own_name": None}, {"counterparty_class": None})}
    assert len(keys) == 4
    assert flow_key(flow | {"amount": -9}) == flow_key(flow)
