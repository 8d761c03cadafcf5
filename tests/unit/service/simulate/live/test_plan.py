"""What a plan may say."""

from __future__ import annotations

from typing import Any

import pytest

from service.errors import Refused
from service.simulate.live.plan import read_arms
from service.simulate.run import SimulationSize
from tests.unit.service.simulate.live.pretending import plan


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"weeks": 0}, "weeks"),
        ({"exposure_lift": 0.5}, "exposure-lift"),
        ({"exposure_lift": float("nan")}, "exposure-lift"),
        ({"task_effect": -1.0}, "task-effect"),
        ({"visits": 0.0}, "visits"),
        ({"arms": {"a": -1.0}}, "arm"),
        ({"size": SimulationSize(customers=0)}, "customers"),
    ],
)
def test_an_impossible_life_is_refused_naming_what_is_wrong(change: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=named):
        plan(**change).check()


def test_arms_are_a_name_and_a_lift() -> None:
    assert read_arms(["variant:1.2", "layer:one=a:0.5"]) == {"variant": 1.2, "layer:one=a": 0.5}
    for text in ("variant", ":2", "variant:much"):
        with pytest.raises(Refused, match="NAME:LIFT"):
            read_arms([text])
