"""`huojia tags history`: what became of tags and assignments, when and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from service.bootstrap import store_of
from service.calendar import BankCalendar, day_of_date
from service.commands.dates import day_of
from service.commands.nothing import say_none
from service.commands.output import say_table
from service.errors import Refused
from service.settings import Settings
from service.stores.protocols import Store
from service.tag_trail import Asked, Row, tag_number, tag_trail

_COLUMNS = ("at", "kind", "tag", "customer_id", "change", "reason", "tag_version")


def history(settings: Settings, of: tuple[str, str], between: tuple[str, str], *, as_json: bool) -> None:
    """Print all rows of a tag and of a customer, where named, on the days between two; raises Refused."""
    with store_of(settings) as store:
        pages = _pages(store, _asked(settings, store, of, between))
        if as_json:
            _write(pages)
            return
        is_empty = True
        for page in pages:
            is_empty = False
            say_table("tags history", (*_COLUMNS, "figures"), [_cells(row) for row in page])
    if is_empty:
        say_none("change of a tag", settings, "measuring, inferring and quarantines make some")


def _asked(settings: Settings, store: Store, of: tuple[str, str], between: tuple[str, str]) -> Asked:
    (tag, customer_id), (since, until) = of, between
    with store.connect() as connection:
        number = tag_number(connection, tag) if tag else None
    if tag and number is None:
        raise Refused(f"--tag {tag!r}: no such tag")
    since_us, until_us = _midnight(settings, "--since", since), _midnight(settings, "--until", until)
    if since_us is not None and until_us is not None and since_us >= until_us:
        raise Refused(f"--since {since}: must be before --until")
    return Asked(number, customer_id or None, since_us, until_us)


def _midnight(settings: Settings, option: str, text: str) -> int | None:
    if not text:
        return None
    return BankCalendar(settings.timezone).midnight_us(day_of_date(day_of(text, option)))


def _pages(store: Store, asked: Asked) -> Iterator[list[Row]]:
    """Each page is read by itself: however many rows there are, few are held at once."""
    after = None
    while True:
        with store.connect() as connection:
            page = tag_trail(connection, asked, after)
        if page.rows:
            yield page.rows
        if page.after is None:
            return
        after = page.after


def _write(pages: Iterable[list[Row]]) -> None:
    """One JSON document, written as it is read."""
    out, between = sys.stdout.buffer, b'{"history": [\n'
    for page in pages:
        for row in page:
            out.write(between + orjson.dumps(row))
            between = b",\n"
    out.write(b"\n]}\n" if between == b",\n" else b'{"history": []}\n')
    sys.stdout.flush()


def _cells(row: Mapping[str, Any]) -> list[object]:
    before = f"{row['before']} → " if row["before"] else ""
    told = {**row, "change": before + row["change"]}
    return [*(told[name] for name in _COLUMNS), _figures(row)]


def _figures(row: Mapping[str, Any]) -> str:
    known = {"of": row["of_tag"], **row["figures"]}
    return " ".join(f"{name} {_short(value)}" for name, value in known.items() if value is not None)


def _short(value: float | str) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
