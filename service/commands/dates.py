"""Dates and times as arguments of a command."""

from __future__ import annotations

import datetime as dt

from service.calendar import NOT_A_DATE, BankCalendar, date_of_day, parse_date
from service.clock import Clock, parse_us
from service.errors import Refused
from service.settings import Settings


def today(settings: Settings) -> dt.date:
    """Today's date by the service's clock in the bank's calendar."""
    return date_of_day(BankCalendar(settings.timezone).day(Clock(settings.start).now_us()))


def day_of(text: str, option: str = "") -> dt.date:
    """A date argument; raises Refused, naming the option where there is one."""
    date = parse_date(text)
    if date is None:
        raise Refused(f"{option} {text!r}: {NOT_A_DATE}".lstrip())
    return date


def instant_of(as_of: str) -> int:
    """The time of `--as-of`, UTC microseconds; raises Refused."""
    us = parse_us(as_of)
    if us is None:
        raise Refused(f"--as-of {as_of!r}: not an ISO 8601 time of the years 1970 to 2199")
    return us
