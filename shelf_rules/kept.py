"""What is worked out once per catalogue and asked for by every shelf; it goes with the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from shelf_rules.catalogue import Catalogue

P = ParamSpec("P")
T = TypeVar("T")
MOST = 2048
"""So many results are kept of one catalogue; policies come and go, and their selections with them."""


def kept(work: Callable[Concatenate[Catalogue, P], T]) -> Callable[Concatenate[Catalogue, P], T]:
    """`work` with its results kept on the catalogue; its arguments have to be hashable, its result is shared."""

    @wraps(work)
    def asked(catalogue: Catalogue, /, *key: P.args, **named: P.kwargs) -> T:
        place = (work, *key, *named.items())
        found: T | None = catalogue.kept.get(place)
        if found is None:
            if len(catalogue.kept) >= MOST:
                catalogue.kept.clear()
            found = catalogue.kept[place] = work(catalogue, *key, **named)
        return found

    return asked
