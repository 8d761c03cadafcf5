"""What is kept with a catalogue."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass

from shelf_rules.catalogue import Catalogue
from shelf_rules.firing import rows_of
from shelf_rules.kept import MOST, kept
from shelf_rules.policy_rules import Selection
from tests.factories import make_catalogue, make_product


def test_what_is_asked_for_again_is_not_worked_out_again() -> None:
    asked: list[int] = []

    @kept
    def double(_: Catalogue, number: int) -> int:
        asked.append(number)
        return 2 * number

    one, other = make_catalogue(make_product()), make_catalogue(make_product())
    assert [double(one, 3), double(one, 3), double(one, 4), double(other, 3)] == [6, 6, 8, 6]
    assert asked == [3, 4, 3]


def test_two_works_of_the_same_arguments_are_kept_apart() -> None:
    @kept
    def name(catalogue: Catalogue, number: int) -> str:
        return f"{catalogue.version}-{number}"

    @kept
    def half(_: Catalogue, number: int) -> str:
        return str(number / 2)

    catalogue = make_catalogue(make_product())
    assert (name(catalogue, 4), half(catalogue, 4)) == ("c1-4", "2.0")


def test_no_catalogue_keeps_more_than_the_most() -> None:
    catalogue = make_catalogue(make_product("p"))
    for number in range(MOST + 10):
        rows_of(catalogue, Selection(products=(f"p{number}",)))
    assert 0 < len(catalogue.kept) <= MOST


def test_a_catalogue_that_nobody_uses_any_more_goes_with_what_was_kept_of_it() -> None:
    @dataclass(eq=False)
    class Marked:
        """A result that can be watched."""

    @kept
    def marked(_: Catalogue) -> Marked:
        return Marked()

    catalogue = make_catalogue(make_product())
    watched = weakref.ref(marked(catalogue))
    rows_of(catalogue, Selection(zones=("deposit",)))
    assert watched() is not None
    del catalogue
    gc.collect()
    assert watched() is None
