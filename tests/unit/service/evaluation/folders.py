"""Small folders to evaluate on: written by hand, or drawn by chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.unit.service.exchange.folders import write_csv

SINCE, UNTIL = "2024-03-01", "2024-04-01"
PRODUCTS = "product_id,category\np2,cash.mmf\np1,deposit.term\np3,fund.bond\n"
EVENTS = """\
event_id,customer_id,kind,occurred_at,product_id,refers_to
e1,c1,purchase,2024-01-05,p1,
e2,c2,purchase,2024-01-06,p1,
e3,c2,top_up,2024-02-07,p1,
e4,c3,purchase,2024-02-08,p2,
e5,c3,cancel,2024-02-09,p2,e4
e6,c1,purchase,2024-03-02,p2,
e7,c2,purchase,2024-03-03,p1,
e8,c2,purchase,2024-03-03,p3,
e9,c4,detail,2024-03-04,p3,
"""


def folder(path: Path, **files: str) -> Path:
    """A folder of CSV files; products and events by default as above, an empty text leaves one out."""
    for name, text in {"products": PRODUCTS, "events": EVENTS, **files}.items():
        if text:
            write_csv(path, name, text)
    return path


def drawn(path: Path, *, seed: int = 0, future: int = 0, files: Mapping[str, str] | None = None) -> Path:
    """Purchases and looks of 80 customers over 120 days; `future` draws what lies at or after the split anew."""
    split = dt.date.fromisoformat(SINCE)
    lines = ["event_id,customer_id,kind,occurred_at,product_id"]
    past, ahead = np.random.default_rng(seed), np.random.default_rng((seed, future))
    for customer in range(80):
        lines += [_event(f"a{customer}-{number}", customer, split - _days(past, 1, 90), past) for number in range(6)]
        lines += [
            _event(f"b{customer}-{number}", customer, split + _days(ahead, 0, 40), ahead)
            for number in range(1 + int(ahead.integers(3)))
        ]
    products = "product_id,category\n" + "".join(f"p{item},{_CATEGORIES[item % 3]}\n" for item in range(8))
    return folder(path, products=products, events="\n".join(lines) + "\n", **(files or {}))


_CATEGORIES = ("cash.mmf", "deposit.term", "fund.bond")


def _days(chance: np.random.Generator, low: int, high: int) -> dt.timedelta:
    return dt.timedelta(days=int(chance.integers(low, high)))


def _event(name: str, customer: int, day: dt.date, chance: np.random.Generator) -> str:
    kind = "purchase" if chance.random() < 0.8 else "detail"
    item = min(int(chance.geometric(0.35)) - 1 + customer % 2, 7)
    return f"{name},c{customer:02},{kind},{day},p{item}"
