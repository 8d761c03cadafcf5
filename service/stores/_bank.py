"""What a store must know of the bank: its law, its calendar and its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.calendar import BankCalendar
from shelf_rules.regime import Regime


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """The regime gives consent defaults and categories, `now_us` the time that consents are in force at."""

    regime: Regime
    calendar: BankCalendar
    now_us: Callable[[], int]
