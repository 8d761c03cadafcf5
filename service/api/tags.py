"""Tags: the customer's own, what was deleted, and deleting one; the library and its measured quality for services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender.tag_quality.measure import MEASURES
from service.api.answers import json_answer
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, TEXT, listing, record
from service.auth import Caller
from service.bases import deleted_tags, standing_tags
from service.calendar import DAY_US
from service.clock import iso
from service.errors import Invalid, Missing
from service.runtime import Runtime
from service.stores._facts import tags_of
from service.tag_quality import LEVELS, SUMMED, tag_library, tag_qualities

Row = Mapping[str, Any]

# Tags are the bank's words: any text, a slash included.
_TAG = re.compile(r"^[^\x00-\x1f\x7f]{1,256}$")


async def get_tags(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The tags that stand, and those the customer has deleted while their tombstones run."""
    return json_answer(await runtime.calls.look(_tags, runtime, caller.customer_id or ""))


async def delete_tag(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Delete one of the customer's tags; nobody may assign it again while the tombstone runs."""
    tag: str = request.path_params["tag"]
    if not _TAG.fullmatch(tag):
        raise Invalid("bad_path", "tag: 1 to 256 characters, none of them a control character")
    now_us, customer_id = runtime.clock.now_us(), caller.customer_id or ""
    if not await runtime.calls.change([customer_id], _delete, runtime, customer_id, tag, now_us):
        raise Missing("unknown_tag", "tag: not assigned to you")
    return json_answer(_deleted({"tag": tag}, now_us, _tombstone_us(runtime)))


async def get_library(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Every tag of the version in force, with what was measured on it."""
    return json_answer(await runtime.calls.look(_library, runtime))


async def get_quality(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The quality of one tag in every lifecycle stage; a tag that nobody has measured has no levels."""
    tag: str = request.path_params["tag"]
    if not _TAG.fullmatch(tag):
        raise Invalid("bad_path", "tag: 1 to 256 characters, none of them a control character")
    return json_answer(await runtime.calls.look(_quality, runtime, tag))


def _library(runtime: Runtime) -> dict[str, Any]:
    version = runtime.store.versions().tags
    with runtime.store.connect() as connection:
        return {"version": f"t{version}", "tags": tag_library(connection, version)}


def _quality(runtime: Runtime, tag: str) -> dict[str, Any]:
    version = runtime.store.versions().tags
    with runtime.store.connect() as connection:
        found = tag_qualities(connection, version, tag)
    if not found:
        raise Missing("unknown_tag", "tag: no such tag")
    return {"version": f"t{version}", **found[0]}


def _tags(runtime: Runtime, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    with runtime.store.connect() as connection:
        rows = tags_of(connection, customer_id)
    tombstone_us, now_us = _tombstone_us(runtime), runtime.clock.now_us()
    by_number = {row["tag_no"]: row for row in rows}
    standing = standing_tags(rows, tombstone_us).values()
    gone = [(by_number[number], at_us) for number, at_us in deleted_tags(rows).items() if at_us + tombstone_us > now_us]
    return {
        "tags": sorted(map(_standing, standing), key=_name_of),
        "deleted": sorted((_deleted(row, at_us, tombstone_us) for row, at_us in gone), key=_name_of),
    }


def _delete(runtime: Runtime, customer_id: str, tag: str, now_us: int) -> bool:
    # Asked first, because a removal writes the customer's row whether it removes anything or not.
    standing = {one["tag"] for one in _tags(runtime, customer_id)["tags"]}
    return tag in standing and runtime.store.remove_tag(customer_id, tag, "customer", now_us)


def _tombstone_us(runtime: Runtime) -> int:
    return runtime.worlds.last().regime.tombstone_days * DAY_US


def _standing(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in ("tag", "name", "kind", "category", "zone", "affinity", "source")}
    return {**told, "assigned_at": iso(row["assigned_us"])}


def _deleted(row: Row, at_us: int, tombstone_us: int) -> dict[str, Any]:
    return {"tag": row["tag"], "deleted_at": iso(at_us), "until": iso(at_us + tombstone_us)}


def _name_of(told: Row) -> str:
    name: str = told["tag"]
    return name


_STANDING = record(
    {
        "tag": TEXT,
        **dict.fromkeys(("name", "kind", "category", "zone"), NULLABLE_TEXT),
        "affinity": {"type": ["number", "null"]},
        "source": NULLABLE_TEXT,
        "assigned_at": TEXT,
    }
)
_DELETED = record({"tag": TEXT, "deleted_at": TEXT, "until": TEXT})
_NUMBER = {"type": ["number", "null"]}
_DEFINED = {
    "tag": TEXT,
    **dict.fromkeys(
        ("name", "kind", "category", "zone", "source", "provider", "scope", "measured_at", "note"), NULLABLE_TEXT
    ),
    "polarity": {"type": ["integer", "null"]},
    "status": TEXT,
    "weight": {"type": "number"},
    "half_life_days": _NUMBER,
}
_SUMMARY = record({**_DEFINED, **dict.fromkeys(SUMMED, _NUMBER)})
_LEVEL = record({"stage": {"enum": list(LEVELS)}, **dict.fromkeys(MEASURES, _NUMBER)})
_QUALITY = record({"version": TEXT, **_DEFINED, "evidence": listing(TEXT), "levels": listing(_LEVEL)})
_TAG_VALUE = {"type": "string", "minLength": 1, "maxLength": 256, "pattern": _TAG.pattern}

ROUTES = [
    Route(
        "GET",
        "/v1/me/tags",
        "customer",
        "My tags",
        get_tags,
        answer=record({"tags": listing(_STANDING), "deleted": listing(_DELETED)}),
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
