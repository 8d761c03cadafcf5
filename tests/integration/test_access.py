"""Who may call what: every route with no credentials, a customer's token and a key of each scope."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from service.auth import SCOPES, new_key
from tests.sample_bank import Service

OPEN = {"/livez", "/readyz", "/metrics", "/v1/shelf/about", "/v1/dev/clock"}


def _calls(service: Service) -> list[tuple[str, str, list[dict[str, Any]]]]:
    document = service.client.get("/openapi.json").json()
    return [
        (method.upper(), path, call.get("security", []))
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    ]


def _send(service: Service, method: str, path: str, headers: dict[str, str]) -> int:
    filled = path.replace("{customer_id}", "C1").replace("{scope}", "tags").replace("{product_id}", "P00000")
    filled = filled.replace("{decision_id}", "none")
    return service.client.request(method, filled, headers=headers, json={}).status_code


def test_only_the_listed_routes_are_open(shared_service: Service) -> None:
    assert {path for _, path, security in _calls(shared_service) if not security} == OPEN


def test_without_credentials_every_other_route_answers_401(shared_service: Service) -> None:
    answers = {
        (method, path): _send(shared_service, method, path, {})
        for method, path, security in _calls(shared_service)
        if security
    }
    assert set(answers.values()) == {401}


def test_a_customers_token_opens_no_service_route(shared_service: Service) -> None:
    headers = shared_service.as_customer("C1")
    for method, path, security in _calls(shared_service):
        if security and "service" in security[0]:
            assert _send(shared_service, method, path, headers) == 401


OPENED = {
    "GET /v1/customers/{customer_id}/shelf": {"shelf:read"},
    "POST /v1/shelves": {"shelf:read"},
    "POST /v1/events": {"events:write"},
    "GET /v1/products/{product_id}": {"catalogue:read"},
    "POST /v1/products/{product_id}/suspend": {"catalogue:write"},
    "PUT /v1/products/{product_id}": {"catalogue:write"},
    "POST /v1/products": {"catalogue:write"},
    "PUT /v1/customers/{customer_id}": {"customers:write"},
    "PUT /v1/customers/{customer_id}/holdings": {"customers:write"},
    "PUT /v1/customers/{customer_id}/tags": {"customers:write"},
    "PUT /v1/customers/{customer_id}/consents/{scope}": {"customers:write"},
    "POST /v1/cash-flows": {"customers:write"},
    "GET /v1/decisions/{decision_id}": {"audit:read"},
    "POST /v1/decisions/{decision_id}/replay": {"audit:read"},
    "POST /v1/dev/jobs/{job}": {"model:admin"},
    "GET /v1/reports/{report}": {"reports:read"},
    "GET /v1/tags": {"tags:read"},
    "GET /v1/tags/history": {"audit:read"},
    "GET /v1/tags/quarantine": {"tags:read"},
    "GET /v1/tags/{tag}/quality": {"tags:read"},
    "GET /v1/policies": {"policies:read"},
    "GET /v1/policies/schema": {"policies:read"},
    "GET /v1/policies/{name}/history": {"policies:read"},
    "GET /v1/policies/{name}/versions": {"policies:read"},
    "GET /v1/policies/{name}/versions/{version}": {"policies:read"},
    "GET /v1/policies/{name}/versions/{a}/diff/{b}": {"policies:read"},
    "POST /v1/policies/validate": {"policies:read"},
    "POST /v1/policies/{name}/versions/{version}/validate": {"policies:read"},
    "POST /v1/policies/preview": {"policies:read"},
    "POST /v1/policies/{name}/versions/{version}/preview": {"policies:read"},
    "POST /v1/policies/{name}/versions": {"policies:write"},
    "PUT /v1/policies/{name}/versions/{version}": {"policies:write"},
    "POST /v1/policies/{name}/versions/{version}/submit": {"policies:write"},
    "POST /v1/policies/{name}/versions/{version}/approve": {"policies:approve"},
    "POST /v1/policies/{name}/versions/{version}/reject": {"policies:approve"},
    "POST /v1/policies/{name}/versions/{version}/publish": {"policies:publish"},
    "POST /v1/policies/{name}/versions/{version}/retire": {"policies:publish"},
    "POST /v1/policies/{name}/rollback": {"policies:publish"},
    "DELETE /v1/policies/{name}/schedules/{schedule}": {"policies:publish"},
    "POST /v1/kill-switch": {"policies:publish"},
    "GET /v1/audit": {"audit:read"},
    "GET /v1/policies/{name}/versions/{version}/shadow": {"policies:read"},
    "POST /v1/policies/{name}/versions/{version}/shadow": {"policies:publish"},
    "DELETE /v1/policies/{name}/versions/{version}/shadow": {"policies:publish"},
    "GET /v1/layers": {"experiments:read"},
    "POST /v1/layers": {"experiments:write"},
    "GET /v1/holdouts": {"experiments:read"},
    "POST /v1/holdouts": {"experiments:write"},
    "POST /v1/holdouts/{key}/end": {"experiments:write"},
    "GET /v1/experiments": {"experiments:read"},
    "POST /v1/experiments": {"experiments:write"},
    "GET /v1/experiments/{key}": {"experiments:read"},
    "PUT /v1/experiments/{key}": {"experiments:write"},
    "GET /v1/experiments/{key}/history": {"experiments:read"},
    "GET /v1/experiments/{key}/overrides": {"experiments:read"},
    "GET /v1/experiments/{key}/results": {"experiments:read"},
    "GET /v1/experiments/{key}/health": {"experiments:read"},
    "GET /v1/experiments/{key}/plan": {"experiments:read"},
    "POST /v1/experiments/{key}/start": {"experiments:write"},
    "POST /v1/experiments/{key}/ramp": {"experiments:write"},
    "POST /v1/experiments/{key}/pause": {"experiments:write"},
    "POST /v1/experiments/{key}/resume": {"experiments:write"},
    "POST /v1/experiments/{key}/stop": {"experiments:write"},
    "POST /v1/experiments/{key}/archive": {"experiments:write"},
    "POST /v1/experiments/{key}/new-phase": {"experiments:write"},
    "PUT /v1/experiments/{key}/overrides/{customer_id}": {"experiments:write"},
    "DELETE /v1/experiments/{key}/overrides/{customer_id}": {"experiments:write"},
    "GET /v1/assignments": {"experiments:read"},
    "POST /ofrep/v1/evaluate/flags": {"experiments:read"},
    "POST /ofrep/v1/evaluate/flags/{key}": {"experiments:read"},
    "GET /v1/export/growthbook.json": {"experiments:read"},
    "POST /v1/replay": {"experiments:read"},
}
"""Routes by the one scope that opens each."""


def test_a_key_opens_the_routes_of_its_scope_and_no_other(shared_service: Service) -> None:
    store, now_us = shared_service.runtime.store, shared_service.runtime.clock.now_us()
    opened: dict[str, set[str]] = {}
    for scope in SCOPES:
        headers = {"X-API-Key": new_key(store, [scope], now_us)}
        for method, path, security in _calls(shared_service):
            if security and "service" in security[0] and _send(shared_service, method, path, headers) not in {401, 403}:
                opened.setdefault(f"{method} {path}", set()).add(scope)
    assert opened == OPENED


def test_scores_need_the_audit_scope(shared_service: Service) -> None:
    key = new_key(shared_service.runtime.store, ["shelf:read"], shared_service.runtime.clock.now_us())
    answer = shared_service.client.get("/v1/customers/C1/shelf?explain=true", headers={"X-API-Key": key})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another-bank"},
        {"iss": "somebody"},
        {"exp": 1},
        {"iat": int(time.time()) + 3600},
        {"sub": ""},
        {"sub": "x" * 200},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(shared_service: Service, change: dict[str, Any]) -> None:
    settings = shared_service.runtime.settings
    now = int(time.time())
    claims = {"sub": "C1", "iss": settings.jwt_issuer, "aud": settings.jwt_audience, "iat": now, "exp": now + 60}
    token = jwt.encode({**claims, **change}, settings.jwt_key, algorithm="HS256")
    answer = shared_service.client.get("/v1/me/shelf", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("missing", ["sub", "iss", "aud", "iat", "exp"])
def test_a_token_without_a_claim_is_refused(shared_service: Service, missing: str) -> None:
    settings = shared_service.runtime.settings
    now = int(time.time())
    claims = {"sub": "C1", "iss": settings.jwt_issuer, "aud": settings.jwt_audience, "iat": now, "exp": now + 60}
    del claims[missing]
    token = jwt.encode(claims, settings.jwt_key, algorithm="HS256")
    answer = shared_service.client.get("/v1/me/shelf", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_an_unsigned_token_is_refused(shared_service: Service) -> None:
    now = int(time.time())
    claims = {"sub": "C1", "iss": "huojia-development", "aud": "huojia", "iat": now, "exp": now + 60}
    token = jwt.encode(claims, "", algorithm="none")
    answer = shared_service.client.get("/v1/me/shelf", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("key", ["", "nonsense", "hj_0123.secret", "hj_.", "hj_é.é"])
def test_a_bad_key_is_refused(shared_service: Service, key: str) -> None:
    answer = shared_service.client.get("/v1/customers/C1/shelf", headers={b"X-API-Key": key.encode()})
    assert answer.status_code == 401


def test_unknown_paths_and_methods_are_problems_too(shared_service: Service) -> None:
    for method, path, status in (("GET", "/v1/nothing", 404), ("DELETE", "/v1/me/shelf", 405)):
        answer = shared_service.client.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_logs_and_metrics_hold_no_customer_id(shared_service: Service, caplog: pytest.LogCaptureFixture) -> None:
    customer_id = shared_service.active(1)[0]
    shared_service.shelf(customer_id)
    assert customer_id not in shared_service.client.get("/metrics").text
    assert customer_id not in caplog.text


def test_a_key_made_under_an_id_replaces_the_one_before(service: Service) -> None:
    first, second = (new_key(service.runtime.store, ["shelf:read"], 0, "demo") for _ in range(2))
    path = "/v1/customers/nobody/shelf"
    assert service.client.get(path, headers={"X-API-Key": first}).status_code == 401
    assert service.client.get(path, headers={"X-API-Key": second}).status_code == 200
