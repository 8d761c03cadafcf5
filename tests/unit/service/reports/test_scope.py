"""The days of a report are the bank's."""

from __future__ import annotations

import numpy as np

from service.calendar import BankCalendar
from service.crediting import Windows
from service.reports.scope import Scope


def test_the_days_end_at_the_banks_midnight_and_the_last_one_is_not_inside() -> None:
    scope = Scope(10, 12, "", (), 0, Windows(*[np.zeros(0)] * 3), BankCalendar("Asia/Shanghai"))
    assert scope.until_us == (12 * 24 - 8) * 3_600_000_000
    assert scope.inside(np.array([9, 10, 11, 12])).tolist() == [False, True, True, False]
