"""Numbers that nobody can work with are refused before a document is stored, each with its path."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from service.errors import Invalid
from service.experiments.document_numbers import number_faults
from service.experiments.documents import changed_spec, read_spec
from tests.experimenting import make_spec

INFINITE, NOT_A_NUMBER = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"mde": INFINITE}, "mde"),
        ({"mde": 1e-300}, "mde"),
        ({"alpha": NOT_A_NUMBER}, "alpha"),
        ({"condition": {"joined_days": {"$gt": 10**400}}}, "condition.joined_days.$gt"),
        ({"condition": {"joined_days": NOT_A_NUMBER}}, "condition.joined_days"),
        ({"coverage": 1e-320}, "coverage"),
        ({"ranges": [[0.0, -INFINITE]]}, "ranges[0][1]"),
        ({"ramp": [{"after_days": 1, "coverage": 0.1}], "coverage": 0.5}, "ramp[0].coverage"),
    ],
)
def test_what_is_no_usable_number_is_refused_by_path(change: dict[str, Any], path: str) -> None:
    document = {**msgspec.to_builtins(make_spec()), **change}
    with pytest.raises(Invalid) as refused:
        read_spec(document)
    assert refused.value.errors[0]["loc"] == path
    with pytest.raises(Invalid):
        changed_spec(make_spec(), change)


def test_usable_numbers_pass() -> None:
    assert list(number_faults({"a": [0, 1, -3, 0.5, True, None, "x", 2**53], "b": {"c": 1e-4}})) == []
    assert read_spec(msgspec.to_builtins(make_spec())) == make_spec()
