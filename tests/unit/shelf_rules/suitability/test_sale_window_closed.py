from __future__ import annotations

import pytest

from shelf_rules.suitability.sale_window_closed import sale_window_closed
from tests.factories import NOW_US, make_product, make_situation, withheld


@pytest.mark.parametrize(
    ("sale_from_us", "sale_until_us", "closed"),
    [
        (None, None, False),
        (NOW_US, None, False),
        (NOW_US + 1, None, True),
        (None, NOW_US, True),
        (None, NOW_US + 1, False),
        (NOW_US, NOW_US + 1, False),
        (NOW_US - 2, NOW_US - 1, True),
        (NOW_US + 1, NOW_US + 2, True),
        (NOW_US, NOW_US, True),
        (0, None, False),
    ],
)
def test_the_window_includes_its_beginning_and_not_its_end(
    sale_from_us: int | None, sale_until_us: int | None, *, closed: bool
) -> None:
    situation = make_situation(make_product(sale_from_us=sale_from_us, sale_until_us=sale_until_us))
    assert withheld(sale_window_closed(situation), situation) == ["p"] * closed
