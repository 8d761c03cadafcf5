"""The preview of a policy: what it would change for some customers, in figures and shelf by shelf; stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import read_as, read_json
from service.api.policy_shapes import NAME, PATH, Number, WrittenPolicy, bad_policy, number, policy_name
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, SHELF_QUERY, TEXT, TIME, Schema, listing, record
from service.api.shelf import wanted
from service.auth import Caller
from service.clock import parse_us
from service.errors import Forbidden, Invalid, Unavailable
from service.exchange.schema import SCENES
from service.ids import ID_PATTERN
from service.policies.candidate import beside, condition_of, stored, unsaved
from service.policies.effects import OF_CUSTOMERS, OF_THINGS
from service.policies.preview import SHELVES_MAX
from service.policies.preview_process import PreviewTask, made_apart
from service.policies.whom import NAMED_MAX, SAMPLE_MAX
from service.runtime import Runtime
from shelf_rules.facts import Query
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError, dump_policy

_SEED_MAX = 1 << 53
_CustomerId = Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]


class Previewed(msgspec.Struct, forbid_unknown_fields=True):
    """Whose shelves, which shelf, and when: now, unless `as_of` is given."""

    customers: Annotated[list[_CustomerId], msgspec.Meta(min_length=1, max_length=NAMED_MAX)] | UnsetType = UNSET
    sample: Annotated[int, msgspec.Meta(ge=1, le=SAMPLE_MAX)] | UnsetType = UNSET
    seed: Annotated[int, msgspec.Meta(ge=0, lt=_SEED_MAX)] = 0
    where: dict[str, Any] | None = None
    channel: str = "in_app"
    placement: str = "home"
    scene: str | None = None
    as_of: str | None = None
    shelves: Annotated[int, msgspec.Meta(ge=0, le=SHELVES_MAX)] = SHELVES_MAX

    @property
    def ids(self) -> list[str]:
        """The customers named, none where a sample is asked for; raises Invalid unless one of both is given."""
        if isinstance(self.customers, UnsetType) == isinstance(self.sample, UnsetType):
            raise _bad("customers", "give either customers or sample")
        return [] if isinstance(self.customers, UnsetType) else self.customers

    @property
    def query(self) -> Query:
        """The query of the shelf; raises Invalid."""
        given = {"channel": self.channel, "placement": self.placement}
        return wanted(given | ({} if self.scene is None else {"scene": self.scene})).query

    @property
    def as_of_us(self) -> int | None:
        """The time asked about, microseconds; raises Invalid for what is no time."""
        us = None if self.as_of is None else parse_us(self.as_of)
        if self.as_of is not None and us is None:
            raise _bad("as_of", "an ISO 8601 time of the years 1970 to 2199")
        return us


class PreviewedPolicy(Previewed, forbid_unknown_fields=True):
    """The same of a policy that nobody keeps: it says what differs from version `base` of `name`, or the defaults."""

    policy: dict[str, Any] | UnsetType = UNSET
    text: str | UnsetType = UNSET
    name: Annotated[str, msgspec.Meta(pattern=NAME)] | None = None
    base: Number | None = None


async def preview_version(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """What a kept version would change."""
    name, version = policy_name(request), number(request, "version")
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), Previewed)
    return await _previewed(runtime, caller, body, lambda: stored(runtime.store, name, version), {})


async def preview_text(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """What a policy would change that nobody keeps."""
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), PreviewedPolicy)
    try:
        document, lines = WrittenPolicy(policy=body.policy, text=body.text).read()
    except PolicyError as error:
        raise bad_policy(error, {}) from None

    def candidate() -> Policy:
        return unsaved(runtime.store, document, body.name or "", body.base)

    return await _previewed(runtime, caller, body, candidate, lines)


async def _previewed(
    runtime: Runtime, caller: Caller, body: Previewed, candidate: Callable[[], Policy], lines: Mapping[str, int]
) -> Response:
    """The answer; while another preview is made in this process, 503."""
    ids, query, as_of_us, named = body.ids, body.query, body.as_of_us, "shelf:read" in caller.scopes
    if ids and not named:
        raise Forbidden("missing_scope", "customers: to name customers needs the scope shelf:read; ask for a sample")
    try:
        policy, world = await runtime.calls.look(candidate), runtime.worlds.last()
        beside(world, policy)
        if body.where is not None:
            condition_of(body.where, policy, world)
    except PolicyError as error:
        raise bad_policy(error, lines) from None
    task = PreviewTask(
        policy=dump_policy(policy),
        query=query,
        now_us=runtime.clock.now_us(),
        as_of_us=as_of_us,
        customers=ids,
        sample=0 if isinstance(body.sample, UnsetType) else body.sample,
        seed=body.seed,
        where=body.where,
        shelves=body.shelves,
        named=named,
    )
    if runtime.previewing.locked():
        raise Unavailable("preview_running", "another preview is being made; try again when it is done")
    async with runtime.previewing:
        return Response(await made_apart(runtime.settings, task), media_type="application/json")


def _bad(field: str, rule: str) -> Invalid:
    return Invalid("bad_field", f"{field}: {rule}", [{"loc": field, "code": "bad_field", "detail": rule}])


def _closed(properties: Mapping[str, Schema], *required: str) -> Schema:
    schema = record({name: properties[name] for name in required}, properties)
    return {**schema, "additionalProperties": False}


def _count(lowest: int, highest: int) -> Schema:
    return {"type": "integer", "minimum": lowest, "maximum": highest}


_WHOM: Mapping[str, Schema] = {
    "customers": {
        "type": "array",
        "minItems": 1,
        "maxItems": NAMED_MAX,
        "items": {**TEXT, "pattern": "^[!-~]{1,128}$"},
    },
    "sample": _count(1, SAMPLE_MAX),
}
_HOW: Mapping[str, Schema] = {
    "seed": _count(0, _SEED_MAX - 1),
    "where": {"type": ["object", "null"], "description": "a condition, as a rule of a policy has it under `when`"},
    **{each["name"]: each["schema"] for each in SHELF_QUERY if each["name"] in {"channel", "placement"}},
    "scene": {"enum": [*sorted(SCENES), None]},
    "as_of": {**TIME, "type": ["string", "null"]},
    "shelves": _count(0, SHELVES_MAX),
}
_BASE: Mapping[str, Schema] = {
    "name": {"type": ["string", "null"], "pattern": NAME},
    "base": {**_count(1, 10**9 - 1), "type": ["integer", "null"]},
}
_OF_VERSION = {"oneOf": [_closed({whom: schema, **_HOW}, whom) for whom, schema in _WHOM.items()]}
_OF_TEXT = {
    "oneOf": [
        _closed({whom: schema, written: kind, **_BASE, **_HOW}, whom, written)
        for whom, schema in _WHOM.items()
        for written, kind in (("policy", {"type": "object"}), ("text", TEXT))
    ]
}

_NUMBER, _OBJECT, _YES_OR_NO = {"type": ["integer", "null"]}, {"type": "object"}, {"type": "boolean"}
_AGGREGATE = record(
    {
        **dict.fromkeys(("customers", "changed", "reordered"), _NUMBER),
        **dict.fromkeys((*OF_CUSTOMERS, *OF_THINGS), listing(_OBJECT)),
    }
)
_CARD = record(
    {
        **dict.fromkeys(("tier", "product_id", "title", "category", "reason"), TEXT),
        "slot": {"type": "integer", "minimum": 1},
        **dict.fromkeys(("task", "badge"), NULLABLE_TEXT),
        "explored": _YES_OR_NO,
    }
)
_SHELF = record(
    {
        "customer_id": TEXT,
        **dict.fromkeys(("changed", "changed_by_policy"), _YES_OR_NO),
        **dict.fromkeys(("mode", "lifecycle", "segments", "rules", "withheld", "withheld_by"), _OBJECT),
        **dict.fromkeys(("before", "after"), listing(_CARD)),
        "lost": listing(record({"product_id": TEXT, "withheld_by": NULLABLE_TEXT})),
    }
)
_ANSWER = record(
    {
        "versions": record({"before": _OBJECT, "after": _OBJECT}),
        "as_of": TEXT,
        "query": _OBJECT,
        **dict.fromkeys(("customers", "looked_at", "changed", "changed_by_policy"), _NUMBER),
        "took_ms": {"type": "number"},
        "coarse": _YES_OR_NO,
        "shelves": {**listing(_SHELF), "type": ["array", "null"]},
        **dict.fromkeys(("aggregate", "aggregate_by_policy"), _AGGREGATE),
    }
)

ROUTES = [
    Route(
        "POST",
        "/v1/policies/preview",
        "policies:read",
        "What a policy would change that nobody keeps",
        preview_text,
        answer=_ANSWER,
        body=_OF_TEXT,
        errors=("404",),
    ),
    Route(
        "POST",
        "/v1/policies/{name}/versions/{version}/preview",
        "policies:read",
        "What a policy version would change",
        preview_version,
        answer=_ANSWER,
        body=_OF_VERSION,
        errors=("404",),
        path_values=PATH,
    ),
]
