"""Tags: the customer's own, what was deleted, and deleting one; the library and its measured quality for services."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender.tag_quality.measure import MEASURES
from recommender.tag_quality.quarantine import REASONS
from recommender.tag_quality.tag_life import CAUSES, STATES
from service.api.answers import json_answer
from service.api.query import bad_query
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, SHELF_QUERY, TEXT, listing, record
from service.auth import Caller
from service.calendar import DAY_US
from service.errors import Invalid, Missing
from service.exchange.schema import LONGEST
from service.reports.metric import FEW
from service.runtime import Runtime
from service.tag_quality import FIGURES, LEVELS, SUMMED, tag_library, told_qualities
from service.told_tags import deleted_tag, told_tags
from shelf_rules.texts import LANGUAGES

# Tags are the bank's words: any text, a slash included.
_TAG = re.compile(rf"^[^\x00-\x1f\x7f]{{1,{LONGEST}}}$")
_RULE = f"tag: 1 to {LONGEST} characters, none of them a control character"


async def get_tags(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The tags that stand, and those the customer has deleted while their tombstones run."""
    language = request.query_params.get("lang", LANGUAGES[0])
    if language not in LANGUAGES:
        rule = f"must be one of {', '.join(sorted(LANGUAGES))}"
        raise bad_query("lang", rule, "bad_enum")
    return json_answer(await runtime.calls.look(told_tags, runtime, caller.customer_id or "", language))


async def delete_tag(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Delete one of the customer's tags; nobody may assign it again while the tombstone runs."""
    tag: str = request.path_params["tag"]
    if not _TAG.fullmatch(tag):
        raise Invalid("bad_path", _RULE)
    now_us, customer_id = runtime.clock.now_us(), caller.customer_id or ""
    if not await runtime.calls.change([customer_id], _delete, runtime, customer_id, tag, now_us):
        raise Missing("unknown_tag", "tag: not assigned to you")
    return json_answer(deleted_tag(tag, now_us, runtime.worlds.last().regime.tombstone_days * DAY_US))


async def get_library(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Every tag of the version in force, with what was measured on it."""
    return json_answer(await runtime.calls.look(_library, runtime))


async def get_quality(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The quality of one tag in every lifecycle stage; a tag that nobody has measured has no levels."""
    tag: str = request.path_params["tag"]
    if not _TAG.fullmatch(tag):
        raise Invalid("bad_path", _RULE)
    return json_answer(await runtime.calls.look(_quality, runtime, tag))


def _library(runtime: Runtime) -> dict[str, Any]:
    version = runtime.store.versions().tags
    with runtime.store.connect() as connection:
        return {"version": f"t{version}", "tags": tag_library(connection, version)}


def _quality(runtime: Runtime, tag: str) -> dict[str, Any]:
    version = runtime.store.versions().tags
    with runtime.store.connect() as connection:
        found = told_qualities(connection, version, tag)
    if not found:
        raise Missing("unknown_tag", "tag: no such tag")
    return {"version": f"t{version}", **found[0]}


def _delete(runtime: Runtime, customer_id: str, tag: str, now_us: int) -> bool:
    # Asked first, because a removal writes the customer's row whether it removes anything or not.
    standing = {one["tag"] for one in told_tags(runtime, customer_id)["tags"]}
    return tag in standing and runtime.store.remove_tag(customer_id, tag, "customer", now_us)


_STANDING = record(
    {
        "tag": TEXT,
        **dict.fromkeys(("name", "kind", "category", "zone"), NULLABLE_TEXT),
        "affinity": {"type": ["number", "null"]},
        **dict.fromkeys(("source", "provider"), NULLABLE_TEXT),
        "polarity": {"type": ["integer", "null"]},
        "assigned_at": TEXT,
        "claim": TEXT,
        "acts_in": listing(TEXT),
        "state": {"enum": list(STATES)},
        "consents": listing(record({"scope": TEXT, "granted": {"type": "boolean"}})),
        "acts": {"type": "boolean"},
        "quarantined": {"enum": [*REASONS[1:], None]},
        "inferred": {
            **record({"purchases": {"type": ["integer", "null"]}, "of": TEXT, "since": NULLABLE_TEXT}),
            "type": ["object", "null"],
        },
        "origin": TEXT,
        "legal_basis": record({"code": NULLABLE_TEXT, "text": TEXT, "legal_ref": NULLABLE_TEXT}),
    }
)
_RIGHT = record({"right": TEXT, "text": TEXT, "legal_ref": NULLABLE_TEXT})
_DELETED = record({"tag": TEXT, "deleted_at": TEXT, "until": TEXT})
_NUMBER = {"type": ["number", "null"]}
_DEFINED = {
    "tag": TEXT,
    **dict.fromkeys(
        ("name", "kind", "category", "zone", "source", "provider", "scope", "state_since", "measured_at", "note"),
        NULLABLE_TEXT,
    ),
    "polarity": {"type": ["integer", "null"]},
    "status": TEXT,
    "cause": {"enum": [*CAUSES, None]},
    "weight": {"type": "number"},
    **dict.fromkeys(("half_life_days", *FIGURES), _NUMBER),
}
_SUMMARY = record({**_DEFINED, **dict.fromkeys(SUMMED, _NUMBER)})
_LEVEL = record({"stage": {"enum": list(LEVELS)}, **dict.fromkeys(MEASURES, _NUMBER), "reason": {"enum": [FEW, None]}})
_QUALITY = record({"version": TEXT, **_DEFINED, "evidence": listing(TEXT), "levels": listing(_LEVEL)})
_TAG_VALUE = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": _TAG.pattern}

ROUTES = [
    Route(
        "GET",
        "/v1/me/tags",
        "customer",
        "My tags",
        get_tags,
        answer=record({"tags": listing(_STANDING), "deleted": listing(_DELETED), "rights": listing(_RIGHT)}),
        query=tuple(parameter for parameter in SHELF_QUERY if parameter["name"] == "lang"),
    ),
    Route(
        "DELETE",
        "/v1/me/tags/{tag:path}",
        "customer",
        "Delete one of my tags",
        delete_tag,
        answer=_DELETED,
        errors=("404",),
        path_values={"tag": _TAG_VALUE},
    ),
    Route(
        "GET",
        "/v1/tags",
        "tags:read",
        "The tag library",
        get_library,
        answer=record({"version": TEXT, "tags": listing(_SUMMARY)}),
    ),
    Route(
        "GET",
        "/v1/tags/{tag:path}/quality",
        "tags:read",
        "How true, lasting and unique a tag has proved",
        get_quality,
        answer=_QUALITY,
        errors=("404",),
        path_values={"tag": _TAG_VALUE},
    ),
]
