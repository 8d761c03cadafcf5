"""Credits purchases to the shelf clicks before them, for the customers of whom anything new is known."""

from __future__ import annotations

from typing import NamedTuple

from service.crediting import credits_of, marks, read_page, store_page, stored_marks, windows_of
from service.progress import Progress, silent
from service.runtime import Runtime
from service.stores._rows import categories_of

PAGE = 250  # customers of one transaction: live events wait for no more than that


class Attributed(NamedTuple):
    """How many customers were credited anew, and how many purchases they have."""

    customers: int
    purchases: int


def attribute(runtime: Runtime, progress: Progress = silent, *, from_scratch: bool = False) -> Attributed:
    """Bring the credits up to what is stored now: the same rows whether it runs daily, once, or twice.

    A customer of whom anything came since the last run, late or not, is credited anew from all of their events.
    """
    store, world = runtime.store, runtime.worlds.last()
    windows = windows_of(world.catalogue.categories, world.regime)
    with store.connect() as connection:
        now, before = marks(connection, windows), stored_marks(connection)
    touched = sorted(key for key, mark in now.items() if from_scratch or before.get(key) != mark)
    purchases = 0
    for start in range(0, len(touched), PAGE):
        page = touched[start : start + PAGE]
        with store.connect() as connection:
            rows, category_of = read_page(connection, page), categories_of(connection)
        credited = credits_of(rows, category_of, runtime.calendar, windows)
        with store.begin() as connection:
            store_page(connection, {key: now[key] for key in page}, credited)
        purchases += len(credited)
        progress("credits", start + len(page), len(touched))
    return Attributed(len(touched), purchases)
