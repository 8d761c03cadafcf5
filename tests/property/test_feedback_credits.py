"""Credits of whole histories are those of the rule as it is written, one purchase at a time."""

from __future__ import annotations

from hypothesis import given

from service.calendar import BankCalendar
from service.crediting import COLUMNS, READ, credits_of, windows_of
from service.stores.protocols import EventRecord
from tests.factories import category_number, make_catalogue, make_regime
from tests.property.feedback_by_hand import credits_by_hand, told, unheard
from tests.property.feedback_pasts import OF_PRODUCT, Told, histories

CATEGORY_OF = {number: category_number(code) for number, code in enumerate(OF_PRODUCT)}
WINDOWS = windows_of(make_catalogue().categories, make_regime())


@given(histories)
def test_a_history_is_credited_by_the_rule_as_it_is_written(history: list[Told]) -> None:
    events = [one for one in history if isinstance(one, EventRecord) and one.kind in READ and not unheard(one, history)]
    events.sort(key=lambda one: (one.customer_id, one.event_id))
    rows = [tuple(getattr(one, name) for name in COLUMNS) for one in events]
    credited = credits_of(rows, CATEGORY_OF, BankCalendar("Asia/Shanghai"), WINDOWS)
    assert {(row["customer_id"], row["event_id"]): told(row) for row in credited} == credits_by_hand(history)
