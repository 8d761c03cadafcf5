from __future__ import annotations

import json
import random

import pytest

from loadtest.tally import Latencies, Tally


def test_quantiles_are_at_most_one_in_a_hundred_off(chance: random.Random) -> None:
    found, values = Latencies(), sorted(chance.lognormvariate(2, 1) for _ in range(5_000))
    for value in values:
        found.add(value)
    for share in (0.5, 0.95, 0.99):
        assert found.quantile(share) == pytest.approx(values[int(share * len(values))], rel=0.03)
    assert found.summary()["max_ms"] == round(values[-1], 3)
    assert Latencies().quantile(0.99) == 0.0


def test_faults_are_counted_by_what_they_say_and_models_when_first_named() -> None:
    tally = Tally(samples=True)
    tally.note("shelf", 1.0, 5.0, None)
    tally.note("shelf", 2.0, 6.0, "status 500")
    tally.disobey("switch")
    tally.note_visit(1.0, late=False)
    tally.note_visit(3.5, late=True)
    for at, model in ((1.0, "m1"), (2.0, "m2"), (3.0, "m1")):
        tally.note_model(at, model)
    told = json.loads(json.dumps(tally.as_dict()))
    assert told["calls"]["shelf"]["count"] == 2
    assert told["calls"]["shelf"]["errors"] == 1
    assert told["faults"] == {"shelf: status 500": 1, "switch: the next shelf did not obey": 1}
    assert told["models"] == [[1.0, "m1"], [2.0, "m2"]]
    assert (told["seconds"], told["visits"], told["late"]) == (2.5, 2, 1)
    assert told["samples"] == [[1.0, 5.0], [2.0, 6.0]]
    assert Tally().as_dict()["samples"] == []
