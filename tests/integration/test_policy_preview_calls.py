"""Previews that are refused, by whom they may be asked for, and the process that makes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from service.auth import new_key
from service.policies import preview_process
from tests.integration.previewing import CANDIDATE, PATH, ask
from tests.sample_bank import Service


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "customers: give either"),
        ({"customers": ["a"], "sample": 1}, "customers: give either"),
        ({"customers": []}, "customers"),
        ({"customers": [f"C{number}" for number in range(1_001)]}, "customers"),
        ({"customers": ["with a space"]}, "customers[0]"),
        ({"sample": 0}, "sample"),
        ({"sample": 5_001}, "sample"),
        ({"sample": 1, "shelves": 1_001}, "shelves"),
        ({"sample": 1, "channel": "tv"}, "channel"),
        ({"sample": 1, "placement": "A!"}, "placement"),
        ({"sample": 1, "as_of": "yesterday"}, "as_of"),
        ({"sample": 1, "where": {"aged": 3}}, "where.aged: unknown key"),
        ({"sample": 1, "where": {"age": {"at_least": "x"}}}, "where.age.at_least"),
        ({"sample": 1, "where": {"held": ["nowhere"]}}, "where.held[0]"),
        ({"sample": 1, "people": 3}, "people"),
    ],
)
def test_a_bad_question_is_refused_naming_the_field(previewed: Service, body: dict[str, Any], named: str) -> None:
    assert ask(previewed, {"policy": {}, **body}, expected=422)["detail"].startswith(named)


def test_a_bad_policy_is_refused_with_every_fault(previewed: Service) -> None:
    body = {"policy": {"arrangement": {"category_cpa": 1}, "holdout_share": 2}, "sample": 1}
    told = ask(previewed, body, expected=422)
    assert {"arrangement.category_cpa", "holdout_share"} <= {error["loc"] for error in told["errors"]}
    assert ask(previewed, {"sample": 1}, expected=422)["detail"].startswith("policy: give either")
    text = "holdout_share: 0.1\nrules:\n  - name: a\n    then: {withhold: {products: [P99999]}}\n"
    (fault,) = ask(previewed, {"text": text, "sample": 1}, expected=422)["errors"]
    assert (fault["loc"], fault["line"]) == ("rules[0].then.withhold.products[0]", 4)


def test_a_policy_may_be_previewed_as_text(previewed: Service) -> None:
    ids = previewed.active(10)
    by_text = ask(previewed, {"text": "tasks: {per_shelf: 1}", "customers": ids})
    assert by_text["shelves"] == ask(previewed, {"policy": {"tasks": {"per_shelf": 1}}, "customers": ids})["shelves"]


def test_an_unknown_version_or_base_is_not_found(previewed: Service) -> None:
    assert ask(previewed, {"sample": 1}, "/v1/policies/default/versions/9/preview", 404)["code"] == "unknown_policy"
    assert ask(previewed, {"policy": {}, "base": 9, "sample": 1}, expected=404)["code"] == "unknown_policy"


def _as(service: Service, *scopes: str) -> dict[str, str]:
    return {"X-API-Key": new_key(service.runtime.store, list(scopes), service.runtime.clock.now_us())}


def test_whoever_may_not_see_shelves_sees_only_coarse_counts(previewed: Service) -> None:
    headers = _as(previewed, "policies:read")
    named = previewed.client.post(PATH, json={"policy": {}, "customers": ["C1"]}, headers=headers)
    assert (named.status_code, named.json()["code"]) == (403, "missing_scope")
    told = previewed.client.post(PATH, json={"policy": CANDIDATE, "sample": 200}, headers=headers).json()
    assert told["coarse"]
    assert told["shelves"] is None
    counts = [*_counts(told["aggregate"]), *_counts(told["aggregate_by_policy"]), told["customers"], told["changed"]]
    assert {None, 0, 200} <= set(counts)
    assert [count for count in counts if count is not None and count % 10] == []


def _counts(told: Any) -> Iterator[int | None]:
    """Every number of a figure, and what stands where it is not told."""
    if isinstance(told, dict):
        for value in told.values():
            yield from _counts(value)
    elif isinstance(told, list):
        for value in told:
            yield from _counts(value)
    elif told is None or isinstance(told, int):
        yield told


def test_a_preview_needs_the_scope_of_reading_policies(previewed: Service) -> None:
    answer = previewed.client.post(PATH, json={"policy": {}, "sample": 1}, headers=_as(previewed, "shelf:read"))
    assert answer.status_code == 403


def test_one_preview_is_made_at_a_time(previewed: Service) -> None:
    portal, lock = previewed.client.portal, previewed.runtime.previewing
    assert portal is not None
    portal.call(lock.acquire)
    try:
        assert ask(previewed, {"policy": {}, "sample": 1}, expected=503)["code"] == "preview_running"
    finally:
        portal.call(_release, lock)


async def _release(lock: Any) -> None:
    lock.release()


def test_a_preview_that_takes_too_long_is_ended(apart: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_process, "LIMIT_S", 0.05)
    assert ask(apart, {"policy": {}, "sample": 1}, expected=503)["code"] == "preview_too_long"


def test_a_preview_that_fails_says_so(apart: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_process, "environment_of", lambda *_: {**os.environ, "HUOJIA_MODE": "nonsense"})
    assert ask(apart, {"policy": {}, "sample": 1}, expected=503)["code"] == "preview_failed"
