"""Input that nobody sends by mistake: refused by name, never a 500, and its neighbours are stored."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.sample_bank import Service, cards

_DEEP = "[" * 300 + "]" * 300


def _post(service: Service, path: str, body: bytes | str, **headers: str) -> Any:
    content_type = {"Content-Type": "application/json"}
    return service.client.post(path, content=body, headers={**service.as_service, **content_type, **headers})


def _event(**fields: Any) -> str:
    event = {"event_id": "bad", "customer_id": "poison", "kind": "login", "occurred_at": "2026-10-30T00:00:00Z"}
    return json.dumps({**event, **fields})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "dismiss", "product_id": "P00000", "payload": {"reason": []}}, "bad_enum"),
        ({"kind": "click", "product_id": {}}, "bad_type"),
        ({"amount": 1e308}, "bad_type"),
        ({"amount": -0.01}, "bad_type"),
        ({"slot": 2**63}, "bad_type"),
        ({"slot": True}, "bad_type"),
        ({"occurred_at": "10000-01-01T00:00:00Z"}, "bad_type"),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "bad_type"),
        ({"session_id": "a\0b"}, "bad_type"),
        ({"event_id": True}, "bad_type"),
        ({"payload": json.loads(_DEEP)}, "bad_type"),
        ({"payload": {"text": "x" * 5_000}}, "bad_type"),
        ({"x" * 500: 1}, "unknown_field"),
    ],
)
def test_a_hostile_event_is_rejected_alone(shared_service: Service, fields: dict[str, Any], code: str) -> None:
    good = _event(event_id=f"good-{zlib.crc32(json.dumps(fields).encode())}")
    answer = _post(shared_service, "/v1/events", f'{{"events":[{_event(**fields)},{good}]}}')
    assert answer.status_code == 202
    bad, neighbour = answer.json()["results"]
    assert (bad["status"], bad["code"]) == ("rejected", code)
    assert neighbour["status"] == "accepted"
    assert len(bad["detail"]) < 400


def test_a_product_that_is_no_text_is_rejected_with_a_token_too(shared_service: Service) -> None:
    customer_id = shared_service.active(1)[0]
    token = cards(shared_service.shelf(customer_id))[0]["tracking"]
    event = _event(customer_id=customer_id, kind="click", product_id=["P00000"], tracking=token)
    answer = _post(shared_service, "/v1/events", f'{{"events":[{event}]}}')
    assert answer.json()["results"][0]["code"] == "bad_type"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 50_000,
        b"\xff\xfe",
        '{"customers":["\\ud800"]}',
        '{"customers":' + "[" * 700 + "]" * 700 + "}",
        b"\xef\xbb\xbf{}",
        gzip.compress(b'{"customers":["C1"]}', mtime=0),
    ],
)
def test_a_body_that_is_no_json_is_malformed(shared_service: Service, body: bytes | str) -> None:
    answer = _post(shared_service, "/v1/shelves", body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", ["null", "[]", '"C1"', "1", '{"customers":[1]}', '{"customers":["C1"],"limit":1}'])
def test_json_of_another_shape_is_invalid_naming_the_place(shared_service: Service, body: str) -> None:
    answer = _post(shared_service, "/v1/shelves", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"]


def test_a_field_that_there_is_not_is_named_with_those_there_are(shared_service: Service) -> None:
    answer = _post(shared_service, "/v1/shelves", '{"customers":["C1"],"chanel":"in_app"}').json()
    (fault,) = answer["errors"]
    assert (fault["loc"], fault["code"]) == ("chanel", "unknown_field")
    assert fault["detail"].startswith("no such field; there are customers, channel, ")
    assert answer["detail"] == f"chanel: {fault['detail']}"
    assert len(_post(shared_service, "/v1/shelves", json.dumps({"x" * 500: 1})).json()["detail"]) < 200


def test_an_events_strange_field_is_told_with_those_there_are(shared_service: Service) -> None:
    answer = _post(shared_service, "/v1/events", f'{{"events":[{_event(type="login")}]}}').json()
    assert answer["results"][0]["detail"].startswith("type: no such field; there are event_id, customer_id, kind, ")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_number_that_is_none_is_named(shared_service: Service, number: str) -> None:
    answer = _post(shared_service, "/v1/shelves", f'{{"customers":["C1"],"explain":{number}}}')
    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {"loc": "explain", "code": "non_finite", "detail": "not finite"}


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"]
)
def test_another_content_type_is_refused(shared_service: Service, media: str) -> None:
    answer = _post(shared_service, "/v1/shelves", '{"customers":["C1"]}', **{"Content-Type": media})
    assert answer.status_code == 415


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "application/problem+json", "Application/JSON"])
def test_json_by_any_of_its_names_is_read(shared_service: Service, media: str) -> None:
    answer = _post(shared_service, "/v1/shelves", '{"customers":["C1"]}', **{"Content-Type": media})
    assert answer.status_code == 200


def test_a_body_over_the_limit_is_refused_declared_or_not(shared_service: Service) -> None:
    def chunks() -> Any:
        for _ in range(3):
            yield b" " * 500_000

    for content in (b" " * 1_500_000, chunks()):
        assert _post(shared_service, "/v1/events", content).status_code == 413  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["a%0A", "%FF", "a%00b", "%E5%BC%A0", "x" * 129])
def test_a_path_beyond_the_stated_pattern_is_invalid(shared_service: Service, path: str) -> None:
    answer = shared_service.client.get(f"/v1/customers/{path}/shelf", headers=shared_service.as_service)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("OPTIONS", "/v1/me/personalisation", "GET, PUT"),
        ("DELETE", "/v1/me/consents/tags", "GET, PUT"),
        ("GET", "/v1/shelves", "POST"),
    ],
)
def test_a_wrong_method_names_the_right_ones(shared_service: Service, method: str, path: str, allowed: str) -> None:
    answer = shared_service.client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_the_errors_of_unknown_paths_and_methods_are_counted_without_their_names(shared_service: Service) -> None:
    shared_service.client.request("BREW", "/v1/shelves")
    shared_service.client.get("/teapot")
    shown = shared_service.client.get("/metrics").text
    assert 'huojia_requests_total{route="unknown",status="405"}' in shown
    assert "BREW" not in shown
    assert "teapot" not in shown
