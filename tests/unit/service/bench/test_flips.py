"""The report of the flips: a mixed answer, another policy's shelf, an error and a late flip are each seen."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
import pytest

from service.bench.flip_load import Seen, content_of, shelves_of
from service.bench.flips import Flip, faults, quantiles, report

MS = 1_000_000
POLICIES = {4: "default@2", 5: "default@3"}
CONTENTS = {("a", "default@2"): "two", ("a", "default@3"): "three", ("b", "default@2"): "2", ("b", "default@3"): "3"}
OLD, NEW = ("a", 4, "default@2", "two"), ("a", 5, "default@3", "three")
FLIP = Flip(5, "default@3", 90 * MS, 100 * MS, 200)


def seen(*shelves: tuple[str, int, str, str], start: int = 0, end: int = 10, status: int = 200) -> Seen:
    """An answer; milliseconds."""
    return Seen(start * MS, start * MS, end * MS, status, shelves)


def told(*answers: Seen, flips: tuple[Flip, ...] = (FLIP,)) -> dict[str, Any]:
    return report(answers, flips, POLICIES, CONTENTS)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (seen(OLD, ("b", 5, "default@3", "3")), "one answer names generations [4, 5]"),
        (seen(("a", 5, "default@2", "two")), "generation 5 is of default@3, the answer names default@2"),
        (seen(("a", 9, "default@2", "two")), "generation 9 is of None, the answer names default@2"),
        (seen(("a", 5, "default@3", "two")), "a: what stands on the shelf is not what default@3 puts there"),
        (seen(("c", 5, "default@3", "three")), "c: what stands on the shelf is not what default@3 puts there"),
    ],
)
def test_an_answer_of_two_generations_is_seen_for_what_it_is(answer: Seen, said: str) -> None:
    assert faults(answer, POLICIES, CONTENTS) == [said]
    found = told(answer, seen(NEW))
    assert (found["mixed"], found["faults"], found["passed"]) == (1, [said], False)


def test_answers_of_one_generation_each_pass() -> None:
    found = told(seen(OLD, ("b", 4, "default@2", "2")), seen(NEW, start=120, end=130))
    assert (found["errors"], found["mixed"], found["passed"], found["shelves"]) == (0, 0, True, 3)


def test_the_old_generation_is_gone_with_the_end_of_its_last_answer() -> None:
    found = told(seen(OLD, start=95, end=140), seen(OLD, start=110, end=125), seen(NEW, start=104, end=300))
    assert found["last_old_end_ms"] == {"p50": 40.0, "p99": 40.0, "max": 40.0}
    assert found["last_old_start_ms"]["max"] == 10.0
    assert found["passed"]


def test_an_old_answer_that_ended_before_the_flip_was_answered_counts_as_none() -> None:
    assert told(seen(OLD, end=99), seen(NEW, start=101, end=102))["last_old_end_ms"]["max"] == 0.0


def test_a_flip_is_late_after_two_seconds() -> None:
    on_time, late = (told(seen(OLD, start=50, end=end), seen(NEW, end=1)) for end in (2_100, 2_101))
    assert (on_time["late"], on_time["passed"]) == (0, True)
    assert (late["late"], late["passed"]) == (1, False)


def test_an_answer_without_a_shelf_and_a_flip_that_was_refused_are_errors() -> None:
    refused = Flip(5, "default@2", 200 * MS, 201 * MS, 412)
    found = told(seen(NEW), seen(status=500), seen(status=0, start=5), flips=(FLIP, refused))
    assert (found["errors"], found["flips"], found["passed"]) == (3, 1, False)
    assert found["faults"] == ["a flip to default@2 was answered with status 412"]


def test_latencies_are_told_apart_by_when_they_were_due() -> None:
    later = FLIP._replace(asked_ns=190 * MS, answered_ns=200 * MS)
    answers = (seen(OLD, end=7), seen(NEW, start=150, end=155), seen(NEW, start=210, end=213))
    found = told(*answers, flips=(FLIP, later))["latency_ms"]
    assert (found["flipping"]["max"], found["quiet"]["max"]) == (5.0, 7.0)


def test_quantiles_are_values_that_were_measured() -> None:
    assert quantiles([float(number) for number in range(201)]) == {"p50": 100.0, "p99": 198.0, "max": 200.0}
    assert quantiles([]) == {}


def _shelf(**changes: Any) -> dict[str, Any]:
    numbers = itertools.count(1)
    cards = [
        {"slot": next(numbers), "product_id": name, "reason": {"code": "r"}, "task": None, "tracking": "t"}
        for name in ("P1", "P2")
    ]
    shelf = {"mode": "personal", "lifecycle": "value", "decision_id": "d", "public": []}
    shelf |= {"versions": {"generation": 4, "policy": "default@2"}}
    return shelf | {"tiers": [{"tier": "fixed", "zones": [{"zone": "z", "cards": cards}]}]} | changes


def test_the_content_of_a_shelf_is_what_stands_on_it_and_not_whose_decision_it_is() -> None:
    one = content_of(_shelf())
    assert content_of(_shelf(decision_id="e")) == one
    others = [_shelf(mode="holdout"), _shelf(lifecycle="dormant"), _shelf(tiers=[])]
    swapped = _shelf()
    swapped["tiers"][0]["zones"][0]["cards"][0]["product_id"] = "P3"
    moved = _shelf()
    moved["tiers"][0]["tier"] = "migratable"
    assert len({one, *map(content_of, [*others, swapped, moved])}) == 6


def test_the_shelves_of_a_call_for_one_and_of_a_call_for_many_are_read_alike() -> None:
    one, many = shelves_of(orjson.dumps(_shelf())), shelves_of(orjson.dumps({"shelves": [_shelf(), _shelf()]}))
    assert many == one * 2
    assert one[0][:3] == ("", 4, "default@2")
