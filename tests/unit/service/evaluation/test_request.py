"""What is asked is checked before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.errors import Refused
from service.evaluation.request import Request

GOOD: dict[str, Any] = {"since": "2020-08-13", "until": "2020-08-27T10:00:00", "k": 3}


def test_dates_and_times_are_utc() -> None:
    request = Request.of(Path("x"), **GOOD)
    assert (request.end - request.start) / 3.6e9 == 14 * 24 + 10
    assert Request.of(Path("x"), **{**GOOD, "since": "2020-08-13T08:00:00+08:00"}).start == request.start


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"since": "yesterday"}, "--from 'yesterday': not a date or time"),
        ({"until": "2020-13-01"}, "--until '2020-13-01': not a date or time"),
        ({"since": ""}, "--from: needed"),
        ({"since": "2020-08-28"}, "--from 2020-08-28: must lie before --until"),
        ({"since": "2020-08-13", "until": "2020-08-13"}, "must lie before"),
        ({"k": 0}, "--k 0: must be at least 1"),
        ({"task": "some"}, "--task some: must be one of all, first_time, repeat, not_held"),
        ({"protocol": "folds"}, "--protocol folds: must be one of window, basket"),
        ({"protocol": "basket"}, "leave out --from and --until"),
    ],
)
def test_a_bad_option_is_named_with_its_rule(change: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message):
        Request.of(Path("x"), **{**GOOD, **change})
