"""The shelf: for the customer of a token, for a customer a service names, for many at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.api.answers import json_answer, read_as, read_json
from service.api.query import bad_query
from service.api.routing import Route, path_value
from service.api.schemas import EXPLAIN, SHELF, SHELF_QUERY, TEXT, listing, record
from service.auth import Caller
from service.errors import ApiError, Forbidden, Invalid
from service.events import CHANNELS
from service.exchange.schema import SCENES
from service.ids import is_id
from service.pipeline.render import COMPLAINT_URL, OFF_URL
from service.pipeline.serve import Served, Wanted, serve, serve_all
from service.pipeline.serve import record as record_decision
from service.runtime import Runtime
from shelf_rules.facts import Query
from shelf_rules.texts import ABOUT, NOTICE

_PLACEMENT = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
_HEADERS = {"Cache-Control": "private, no-cache"}


class ManyShelves(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /v1/shelves`."""

    customers: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=128)]], msgspec.Meta(min_length=1, max_length=100)
    ]
    channel: str = "in_app"
    placement: str = "home"
    scene: str | None = None
    lang: str = "zh"
    explain: bool = False


def wanted(query: Mapping[str, str]) -> Wanted:
    """The query of a shelf, checked; raises Invalid naming the parameter and what it may be."""
    scene, explain = query.get("scene"), query.get("explain", "false")
    rules = (
        ("channel", query.get("channel", "in_app"), sorted(CHANNELS)),
        ("lang", query.get("lang", "zh"), ["en", "zh"]),
        ("explain", explain, ["false", "true"]),
        ("scene", scene, [None, *sorted(SCENES)]),
    )
    for name, value, allowed in rules:
        if value not in allowed:
            raise _bad(name, f"must be one of {', '.join(str(one) for one in allowed if one)}")
    placement = query.get("placement", "home")
    if not _PLACEMENT.fullmatch(placement):
        raise _bad("placement", "1 to 32 of a-z 0-9 _, starting with a letter")
    return Wanted(Query(query.get("channel", "in_app"), placement, scene), query.get("lang", "zh"), explain == "true")


def _bad(name: str, rule: str) -> ApiError:
    return bad_query(name, rule, "bad_enum")


class LoggedAnswer(Response):
    """A JSON answer whose decisions are logged when its bytes are out and before it ends (architecture §2a)."""

    media_type = "application/json"

    def __init__(self, content: bytes, runtime: Runtime, shelves: Sequence[Served]) -> None:
        super().__init__(content, headers=_HEADERS)
        self._runtime, self._shelves = runtime, shelves

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the body, spool the decisions, end the response."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        for served in self._shelves:
            record_decision(self._runtime, served)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _answer(runtime: Runtime, served: Served) -> Response:
    return LoggedAnswer(served.body, runtime, [served])


async def my_shelf(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The customer's own shelf; scores are never shown to a customer."""
    asked = wanted(request.query_params)
    return _answer(runtime, await serve(runtime, caller.customer_id or "", Wanted(asked.query, asked.language)))


async def customer_shelf(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """A customer's shelf for a service."""
    asked = wanted(request.query_params)
    _may_explain(asked.explain, caller)
    return _answer(runtime, await serve(runtime, path_value(request, "customer_id"), asked))


async def many_shelves(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Shelves of up to 100 customers in the order asked, all of one generation."""
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), ManyShelves)
    query = {"channel": body.channel, "placement": body.placement, "lang": body.lang}
    asked = wanted({**query, "explain": str(body.explain).lower(), **({"scene": body.scene} if body.scene else {})})
    _may_explain(asked.explain, caller)
    strange = next((index for index, one in enumerate(body.customers) if not is_id(one)), None)
    if strange is not None:
        rule = "1 to 128 visible ASCII characters"
        loc = f"customers[{strange}]"
        raise Invalid("bad_field", f"{loc}: {rule}", [{"loc": loc, "code": "bad_field", "detail": rule}])
    shelves = await serve_all(runtime, body.customers, asked)
    content = b'{"shelves":[' + b",".join(served.body for served in shelves) + b"]}"
    return LoggedAnswer(content, runtime, shelves)


async def about(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The algorithm notice: purpose, principle, main parameters (算法推荐管理规定 Art 16), and what cards link to."""
    world = runtime.worlds.last()
    weights = {
        tier: {"similar_customers": w.cf, "tags": w.tag, "evidence": w.tier_score, "popularity": w.popularity}
        for tier, w in world.policy.ranking.items()
    }
    notice: dict[str, Any] = {
        "text": dict(NOTICE["personal"]),
        **{name: dict(text) for name, text in ABOUT.items()},
        "parameters": {
            **ABOUT["parameters"],
            "ranking_weights": weights,
            "thresholds": {
                tier: {"enter": bound.enter, "leave": bound.leave} for tier, bound in world.policy.thresholds.items()
            },
        },
        "versions": dict(world.labels),
        "off_url": OFF_URL,
        "complaint_url": COMPLAINT_URL,
    }
    return json_answer(notice)


def _may_explain(explain: bool, caller: Caller) -> None:
    if explain and "audit:read" not in caller.scopes:
        raise Forbidden("missing_scope", "explain=true needs the scope audit:read")


MANY_BODY = {
    **record(
        {
            "customers": {
                "type": "array",
                "minItems": 1,
                "maxItems": 100,
                "items": {**TEXT, "pattern": "^[!-~]{1,128}$"},
            }
        },
        {
            "channel": {"enum": sorted(CHANNELS)},
            "placement": {"type": "string", "pattern": _PLACEMENT.pattern},
            "scene": {"enum": [*sorted(SCENES), None]},
            "lang": {"enum": ["zh", "en"]},
            "explain": {"type": "boolean"},
        },
    ),
    "additionalProperties": False,
}

_OBJECT, _BOTH = {"type": "object"}, record({"zh": TEXT, "en": TEXT})
ABOUT_ANSWER = record(
    {
        **dict.fromkeys(("text", *ABOUT), _BOTH),
        "parameters": record({"zh": TEXT, "en": TEXT, "ranking_weights": _OBJECT, "thresholds": _OBJECT}),
        "versions": _OBJECT,
        "off_url": TEXT,
        "complaint_url": TEXT,
    }
)

ROUTES = [
    Route("GET", "/v1/me/shelf", "customer", "The customer's shelf", my_shelf, answer=SHELF, query=SHELF_QUERY),
    Route(
        "GET",
        "/v1/customers/{customer_id}/shelf",
        "shelf:read",
        "A customer's shelf",
        customer_shelf,
        answer=SHELF,
        query=(*SHELF_QUERY, EXPLAIN),
    ),
    Route(
        "POST",
        "/v1/shelves",
        "shelf:read",
        "Shelves of many customers",
        many_shelves,
        answer=record({"shelves": listing(SHELF)}),
        body=MANY_BODY,
    ),
    Route("GET", "/v1/shelf/about", "open", "The algorithm notice", about, answer=ABOUT_ANSWER),
]
