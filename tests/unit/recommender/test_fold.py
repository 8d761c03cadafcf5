"""What single events do to a customer's state."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from recommender.profile.fold import Base, Happening, LateEventError, Parts, Profile, StateError, read_parts, refold
from recommender.profile.parts import from_bytes, to_bytes
from recommender.profile.state import FLOWS, KIND, OPEN, ORGANIC, SPELLS, TAGS, TASK, UNKNOWN

DAY_US = 86_400_000_000
PRODUCT, CATEGORY = 5, 2


def event(kind: str, day: int, **fields: int | str) -> Happening:
    number = fields.pop("number", 0)
    return Happening(
        at_us=day * DAY_US + number,
        event_id=f"{kind}-{day}-{number}",
        kind=KIND[kind],
        day=day,
        **{"product": PRODUCT, "category": CATEGORY, **fields},
    )


def parts_of(*happenings: Happening, base: Base | None = None) -> Parts:
    return read_parts(refold(base or Base(), happenings).encode())


def stated(amount: int = 100, matures: int = UNKNOWN, as_of_day: int = 50) -> Base:
    spells = np.array([(CATEGORY, PRODUCT, 10, OPEN, matures, UNKNOWN, amount, 1)], SPELLS)
    return Base(as_of_us=as_of_day * DAY_US, spells=spells)


def spell_of(parts: Parts, number: int = 0) -> dict[str, int]:
    names = parts.spells.dtype.names
    return dict(zip(names, parts.spells[number].tolist(), strict=True))


def test_a_purchase_is_kept_and_opens_a_spell() -> None:
    parts = parts_of(event("purchase", 10, amount=700, ref=9))
    assert parts.purchases.tolist() == [(CATEGORY, PRODUCT, 10, 700, ORGANIC, OPEN, 9)]
    assert parts.heads.tolist() == [(CATEGORY, 10, 1)]
    assert parts.spells.tolist() == [(CATEGORY, PRODUCT, 10, OPEN, UNKNOWN, 10, 700, 0)]


def test_a_purchase_with_a_task_is_marked() -> None:
    assert parts_of(event("purchase", 10, incentivised=True)).purchases["weight"].tolist() == [TASK]


def test_a_second_purchase_adds_to_the_open_spell_and_renews_its_day() -> None:
    spell = spell_of(parts_of(event("purchase", 10, amount=700), event("purchase", 20, amount=50)))
    assert (spell["opened"], spell["since"], spell["amount"]) == (10, 20, 750)


def test_a_top_up_adds_without_renewing_the_day() -> None:
    spell = spell_of(parts_of(event("purchase", 10, amount=700), event("top_up", 20, amount=50)))
    assert (spell["since"], spell["amount"]) == (10, 750)


def test_known_and_unknown_amounts_are_unknown_together() -> None:
    assert spell_of(parts_of(event("purchase", 10, amount=700), event("top_up", 20)))["amount"] == UNKNOWN


def test_a_purchase_after_the_maturity_opens_a_new_spell() -> None:
    parts = parts_of(event("purchase", 70, amount=5), base=stated(matures=60))
    assert parts.spells["opened"].tolist() == [10, 70]


def test_a_renewal_takes_the_maturity_away() -> None:
    spell = spell_of(parts_of(event("renewal", 61), base=stated(matures=60)))
    assert (spell["opened"], spell["matures"], spell["since"], spell["amount"]) == (10, UNKNOWN, 61, 100)


def test_a_renewal_of_nothing_known_opens_a_spell() -> None:
    assert spell_of(parts_of(event("renewal", 61, amount=3)))["amount"] == 3


@pytest.mark.parametrize(
    ("redeemed", "closed", "left"), [(40, OPEN, 60), (100, 55, 100), (130, 55, 100), (UNKNOWN, 55, 100)]
)
def test_a_redemption_takes_its_amount_or_ends_the_spell(redeemed: int, closed: int, left: int) -> None:
    spell = spell_of(parts_of(event("redeem", 55, amount=redeemed), base=stated()))
    assert (spell["closed"], spell["amount"]) == (closed, left)


def test_a_redemption_goes_on_with_the_next_spell() -> None:
    base = stated(amount=30)
    two = np.concatenate([base.spells, base.spells])
    two["opened"][1], two["amount"][1] = 20, 90
    parts = parts_of(event("redeem", 55, amount=50), base=Base(base.as_of_us, two))
    assert parts.spells["closed"].tolist() == [55, OPEN]
    assert parts.spells["amount"].tolist() == [30, 70]


def test_a_maturity_closes_the_spell_that_matures_first() -> None:
    base = stated(matures=90)
    two = np.concatenate([base.spells, base.spells])
    two["opened"][1], two["matures"][1] = 20, 60
    parts = parts_of(event("mature", 60), base=Base(base.as_of_us, two))
    assert parts.spells["closed"].tolist() == [OPEN, 60]


def test_events_up_to_the_statement_count_as_purchases_only() -> None:
    parts = parts_of(event("purchase", 50, amount=7), event("redeem", 40), base=stated())
    assert len(parts.purchases) == 1
    assert parts.spells.tolist() == stated().spells.tolist()


def test_a_cancel_marks_the_purchase_and_ends_what_it_opened() -> None:
    parts = parts_of(event("purchase", 10, amount=700, ref=9), event("cancel", 12, refers=9))
    assert parts.purchases["cancelled"].tolist() == [12]
    assert parts.spells["closed"].tolist() == [12]


def test_a_cancel_takes_back_what_was_added_to_a_stated_spell() -> None:
    parts = parts_of(event("top_up", 60, amount=25, ref=9), event("cancel", 61, refers=9), base=stated())
    assert (spell_of(parts)["closed"], spell_of(parts)["amount"]) == (OPEN, 100)


def test_a_second_cancel_of_a_purchase_changes_nothing() -> None:
    cancels = (event("cancel", 61, refers=9), event("cancel", 62, refers=9))
    parts = parts_of(event("top_up", 60, amount=25, ref=9), *cancels, base=stated())
    assert (spell_of(parts)["amount"], parts.purchases["cancelled"].tolist()) == (100, [61])


def test_a_cancel_waits_for_its_purchase() -> None:
    profile = refold(Base(), [event("cancel", 10, refers=9)])
    assert profile.cancels == {9: 10}
    profile = Profile.decode(profile.encode())
    profile.fold(event("purchase", 12, amount=4, ref=9))
    parts = read_parts(profile.encode())
    assert parts.purchases["cancelled"].tolist() == [12]
    assert len(parts.spells) == 0
    assert profile.cancels == {}


def test_intent_is_counted_up_to_three_a_session_day_and_kind() -> None:
    looks = [event("detail", 10, session=8, number=n) for n in range(5)]
    parts = parts_of(*looks, event("search", 10, session=8), event("detail", 11, session=8))
    entries = sorted(parts.intent[["kind", "day", "count"]].tolist())
    assert entries == [(KIND["search"], 10, 1), (KIND["detail"], 10, 3), (KIND["detail"], 11, 1)]


def test_without_a_session_channel_and_day_are_the_session() -> None:
    looks = [event("detail", 10, channel="in_app", number=n) for n in range(2)]
    parts = parts_of(*looks, event("detail", 10, channel="wechat", number=5))
    assert sorted(parts.intent["count"].tolist()) == [1, 2]


def test_intent_is_forgotten_after_120_days() -> None:
    parts = parts_of(event("detail", 10), event("detail", 11), event("login", 131))
    assert parts.intent["day"].tolist() == [11]


def test_impressions_are_counted_by_day_and_forgotten_after_14_days() -> None:
    shown = [event("impression", day, number=n) for day in (10, 11) for n in range(2)]
    parts = parts_of(*shown, event("login", 25))
    assert parts.impressions.tolist() == [(PRODUCT, 11, 2)]


def test_product_events_are_traced_in_their_order() -> None:
    kinds = ["click", "detail", "apply", "purchase", "impression", "served", "dismiss", "redeem", "mature"]
    parts = parts_of(*(event(kind, day) for day, kind in enumerate(kinds)), event("detail", 50, product=-1))
    assert parts.events["kind"].tolist() == [KIND[kind] for kind in kinds[:4]]
    assert parts.events["day"].tolist() == [0, 1, 2, 3]


def test_money_and_what_the_service_does_are_not_activity() -> None:
    passive = ["served", "task_offered", "task_expired", "purchase", "redeem", "apply"]
    parts = parts_of(event("login", 3), *(event(kind, 10 + n) for n, kind in enumerate(passive)))
    assert (parts.first_day, parts.active_day) == (3, 3)
    assert parts_of(event("login", 3), event("task_done", 9)).active_day == 9


@pytest.mark.parametrize(("kind", "known"), [("purchase", True), ("redeem", True), ("click", False), ("apply", False)])
def test_holdings_are_known_from_a_money_event(kind: str, known: bool) -> None:
    assert parts_of(event(kind, 3)).statement_known is known


def test_holdings_are_known_from_a_statement() -> None:
    assert parts_of(base=Base(as_of_us=0)).statement_known


def test_an_event_out_of_order_is_refused() -> None:
    profile = refold(Base(), [event("login", 3)])
    assert profile.precedes(2 * DAY_US, "x")
    assert not profile.precedes(4 * DAY_US, "x")
    for late in (event("login", 2), event("login", 3)):
        with pytest.raises(LateEventError):
            profile.fold(late)


def test_flows_tags_and_joined_day_can_change_without_a_refold() -> None:
    tags = np.array([(4, 9, np.nan), (1, 3, 0.5)], TAGS)
    flows = np.array([(1, 1, 90, 5, 0), (1, 1, 20, 5, 0), (0, 1, 90, 5, 0)], FLOWS)
    base = Base(flows=flows, tags=tags, joined_day=2)
    profile = refold(Base(), [event("login", 3)])
    profile.renew(base)
    assert profile.encode() == refold(base, [event("login", 3)]).encode()
    parts = read_parts(profile.encode())
    assert parts.tags["tag"].tolist() == [1, 4]
    assert parts.flows[["kind", "week"]].tolist() == [(0, 90), (1, 90)]
    assert parts.joined_day == 2


def test_what_stayed_packed_is_written_back_as_it_was_read() -> None:
    before = [event("purchase", day, ref=day) for day in (3, 9)]
    before += [event("cancel", 10, refers=77), event("redeem", 11, amount=5)]
    for kind in ("impression", "click", "search", "purchase", "redeem", "cancel"):
        later = event(kind, 12, ref=77, refers=9)
        profile = Profile.decode(refold(Base(), before).encode())
        profile.fold(later)
        assert profile.encode() == refold(Base(), [*before, later]).encode()


@pytest.mark.parametrize("part", ["purchases", "heads", "cancels", "spells"])
def test_a_part_that_stays_packed_is_refused_when_it_is_cut_short(part: str) -> None:
    wire = from_bytes(refold(Base(), [event("purchase", 3)]).encode())
    short = to_bytes(msgspec.structs.replace(wire, **{part: getattr(wire, part) + b"x"}))
    with pytest.raises(StateError, match="cut short"):
        Profile.decode(short)


@pytest.mark.parametrize("data", [b"", b"\x00", b"not a state", b"\x81\xa6schema\x01"])
def test_bytes_that_are_no_state_are_refused(data: bytes) -> None:
    with pytest.raises(StateError):
        read_parts(data)
    with pytest.raises(StateError):
        Profile.decode(data)


def test_a_part_that_is_cut_short_is_refused() -> None:
    data = refold(Base(), [event("click", 3)]).encode()
    short = data.replace(b"\xa6events\xc4\x11" + data.partition(b"\xa6events\xc4\x11")[2][:17], b"\xa6events\xc4\x01x")
    assert short != data
    for read in (read_parts, Profile.decode):
        with pytest.raises(StateError, match="cut short"):
            read(short)


def test_a_state_of_another_schema_is_refused() -> None:
    data = refold(Base(), [event("login", 3)]).encode().replace(b"schema\x01", b"schema\x02")
    with pytest.raises(StateError, match="schema 2"):
        read_parts(data)
