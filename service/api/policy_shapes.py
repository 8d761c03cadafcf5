"""What the calls about policies take and answer: bodies, `If-Match`, paths, and their JSON schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
import orjson
from starlette.requests import Request

from service.api.answers import read_as, read_json
from service.api.schemas import NULLABLE_TEXT, TEXT, TIME, Schema, listing, record
from service.clock import iso, parse_us
from service.errors import Invalid, PreconditionFailed, PreconditionRequired
from service.policies.document import ReadDocument, read_text, with_lines
from service.runtime import Runtime
from service.stores.protocols import PolicyVersion
from shelf_rules.policy_load import PolicyError

T = TypeVar("T")

_LONGEST = 2_000
_LINE = r"^[^\x00]*$"  # PostgreSQL keeps no NUL
_SHA256 = r"^[0-9a-f]{64}$"
Sha256 = Annotated[str, msgspec.Meta(pattern=_SHA256)]
_NUMBER = r"^[1-9][0-9]{0,8}$"
NAME = r"^[a-z][a-z0-9_.-]{0,63}$"
STATES = ("draft", "in_review", "approved", "published", "retired")
Said = Annotated[str, msgspec.Meta(max_length=_LONGEST, pattern=_LINE)]
Number = Annotated[int, msgspec.Meta(ge=1, lt=10**9)]


class WrittenPolicy(msgspec.Struct, forbid_unknown_fields=True):
    """A policy as data or as text; it says what differs from version `base` of its name, or from the defaults."""

    policy: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET
    comment: Said = ""
    base: Number | None = None

    def read(self) -> ReadDocument:
        """The document and its lines; raises Invalid unless it is given one way, PolicyError for what is none."""
        if not isinstance(self.policy, msgspec.UnsetType) and isinstance(self.text, msgspec.UnsetType):
            return ReadDocument(self.policy, {})
        if not isinstance(self.text, msgspec.UnsetType) and isinstance(self.policy, msgspec.UnsetType):
            return read_text(self.text)
        raise Invalid("bad_field", "policy: give either policy or text")


class CheckedPolicy(WrittenPolicy, forbid_unknown_fields=True):
    """The same to be checked alone: a base is a version of `name`, or of the policy in force."""

    name: Annotated[str, msgspec.Meta(pattern=NAME)] | None = None


class Comment(msgspec.Struct, forbid_unknown_fields=True):
    """What is said of a step."""

    comment: Said = ""


class Verdict(Comment, forbid_unknown_fields=True):
    """What is said of a version, and the SHA-256 of the content that was read."""

    sha256: Sha256 | None = None


class Reason(msgspec.Struct, forbid_unknown_fields=True):
    """Why something is done."""

    reason: Said = ""


class Publication(msgspec.Struct, forbid_unknown_fields=True):
    """Why, and from when until when; without `at` at once, without `until` for good."""

    reason: Said = ""
    at: str | None = None
    until: str | None = None

    @property
    def times(self) -> tuple[int | None, int | None]:
        """Both times, microseconds; raises Invalid for what is no time."""
        return _us("at", self.at), _us("until", self.until)


class Rollback(msgspec.Struct, forbid_unknown_fields=True):
    """The version to put in force again, and why."""

    to_version: Number
    reason: Said = ""


async def body_as(request: Request, runtime: Runtime, shape: type[T]) -> T:
    """The body; an empty one where the shape needs nothing."""
    empty = request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers
    content = {} if empty else await read_json(request, int(runtime.settings.max_body_bytes))
    return read_as(content, shape)


def policy_name(request: Request) -> str:
    """The name in the path; raises Invalid."""
    name: str = request.path_params["name"]
    if not re.fullmatch(NAME, name):
        raise Invalid("bad_path", "name: 1 to 64 characters of a-z 0-9 _ . -, the first one a letter")
    return name


def number(request: Request, parameter: str) -> int:
    """A number in the path; raises Invalid."""
    text: str = request.path_params[parameter]
    if not (text.isascii() and re.fullmatch(_NUMBER, text)):
        raise Invalid("bad_path", f"{parameter}: a whole number from 1 on")
    return int(text)


def expected_generation(request: Request) -> int:
    """The generation that `If-Match` names; raises PreconditionRequired, PreconditionFailed for what is none."""
    text = expected_content(request, what="the generation that is in force")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise PreconditionFailed("stale_generation", "If-Match: no such generation")
    return int(text)


def expected_content(request: Request, what: str = "the SHA-256 of the content") -> str:
    """What `If-Match` names; raises PreconditionRequired where it is missing."""
    text = named_content(request)
    if text is None:
        raise PreconditionRequired("no_if_match", f'If-Match: is needed, "{what}"')
    return text


def named_content(request: Request) -> str | None:
    """What `If-Match` names, None where it is missing."""
    text = request.headers.get("if-match", "").strip()
    return text.removeprefix('"').removesuffix('"') if text else None


def bad_policy(error: PolicyError, lines: Mapping[str, int]) -> Invalid:
    """The answer to a policy that does not load: every fault with its path, and its line where that is known."""
    faults = with_lines(error.faults, lines)
    told = [{"loc": one["path"], "code": "bad_policy", "detail": one["detail"], "line": one["line"]} for one in faults]
    return Invalid("bad_policy", str(error), told)


def shown_version(found: PolicyVersion, in_force: str) -> dict[str, Any]:
    """A version without its content."""
    return {
        "name": found.name,
        "version": found.version,
        "state": found.state,
        "in_force": found.label == in_force,
        "sha256": found.sha256,
        "parent": found.parent,
        "authors": list(found.authors),
        "comment": found.comment,
        "created_at": iso(found.created_us),
    }


def content_of(found: PolicyVersion) -> dict[str, Any]:
    """The policy itself."""
    content: dict[str, Any] = orjson.loads(found.content)
    return content


def _us(field: str, text: str | None) -> int | None:
    us = None if text is None else parse_us(text)
    if text is not None and us is None:
        raise Invalid("bad_time", f"{field}: an ISO 8601 time of the years 1970 to 2199")
    return us


def _closed(required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> dict[str, Any]:
    return {**record(required, optional), "additionalProperties": False}


_SAID: Schema = {"type": "string", "maxLength": _LONGEST, "pattern": _LINE}
_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 10**9 - 1}
_NULLABLE_NUMBER: Schema = {"type": ["integer", "null"]}
_WRITING = {"comment": _SAID, "base": {**_COUNT, "type": ["integer", "null"]}}


def _written(optional: Mapping[str, Schema]) -> Schema:
    kinds: Mapping[str, Schema] = {"policy": {"type": "object"}, "text": TEXT}
    return {"oneOf": [_closed({name: kind}, optional) for name, kind in kinds.items()]}


WRITTEN = _written(_WRITING)
CHECKED = _written({**_WRITING, "name": {"type": ["string", "null"], "pattern": NAME}})
COMMENT: Schema = _closed({}, {"comment": _SAID})
CONTENT: Schema = {"type": ["string", "null"], "pattern": _SHA256}
VERDICT: Schema = _closed({}, {"comment": _SAID, "sha256": CONTENT})
REASON: Schema = _closed({}, {"reason": _SAID})
_NULLABLE_TIME: Schema = {**TIME, "type": ["string", "null"]}
PUBLICATION: Schema = _closed({}, {"reason": _SAID, "at": _NULLABLE_TIME, "until": _NULLABLE_TIME})
ROLLBACK: Schema = _closed({"to_version": _COUNT}, {"reason": _SAID})
_MATCHED = {"type": "string", "pattern": "^[!-~]{1,80}$"}
IF_MATCH = {"name": "If-Match", "in": "header", "required": False, "schema": _MATCHED}
PATH: Mapping[str, Schema] = {
    "name": {"type": "string", "pattern": NAME},
    **{name: {"type": "string", "pattern": _NUMBER} for name in ("version", "a", "b", "schedule")},
}

_VERSION = {
    "name": TEXT,
    "version": {"type": "integer"},
    "state": {"enum": list(STATES)},
    "in_force": {"type": "boolean"},
    "sha256": TEXT,
    "parent": _NULLABLE_NUMBER,
    "authors": listing(TEXT),
    "comment": TEXT,
    "created_at": TEXT,
}
_APPROVAL = record(
    {
        "seq": {"type": "integer"},
        "reviewer": TEXT,
        "verdict": {"enum": ["approve", "reject", "waive"]},
        "sha256": TEXT,
        "comment": TEXT,
        "at": TEXT,
    }
)
VERSION = record(_VERSION)
WHOLE_VERSION = record({**_VERSION, "policy": {"type": "object"}, "approvals": listing(_APPROVAL)})
IN_FORCE = record({"generation": {"type": "integer"}, "policy": TEXT}, {"schedule": _NULLABLE_NUMBER})
LISTED = record({"generation": {"type": "integer"}, "in_force": NULLABLE_TEXT, "policies": listing(VERSION)})
FAULTS = record(
    {
        "valid": {"type": "boolean"},
        "faults": listing(record({"path": TEXT, "line": _NULLABLE_NUMBER, "detail": TEXT})),
    }
)
DIFFERENCES = record(
    {"from": TEXT, "to": TEXT, "differences": listing(record({"path": TEXT, "from": {}, "to": {}}))},
)
HISTORY = record(
    {
        "activations": listing(
            record({"generation": {"type": "integer"}, "kind": TEXT, "version": {"type": "integer"}})
        ),
        "approvals": listing(_APPROVAL),
        "schedules": listing(record({"seq": {"type": "integer"}, "starts_at": TEXT, "steps": listing({})})),
    }
)
KILLED = record(
    {
        "generation": {"type": "integer"},
        "schedules": listing({}),
        "shadows": listing({}),
        "stayed": listing(TEXT),
        "experiments": listing(TEXT),
    }
)
