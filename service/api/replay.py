"""The replay of a policy on logged decisions: what it would have changed, and what that would have been worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import orjson
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import read_as, read_json
from service.api.policy_shapes import NAME, Number, WrittenPolicy, bad_policy
from service.api.routing import Route
from service.api.schemas import NULLABLE_TEXT, TEXT, TIME, Schema, listing, record
from service.auth import Caller
from service.clock import parse_us
from service.errors import Forbidden, Invalid, Unavailable
from service.off_policy.replay_process import replayed_apart
from service.off_policy.request import ReplayRequest
from service.off_policy.rewards import Reward
from service.off_policy.window import Window
from service.policies.candidate import beside, stored, unsaved
from service.runtime import Runtime
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError

USUAL, MOST = 2_000, 10_000
"""So many decisions a call replays unless it asks for another number, and at the most."""

FEW = 100
"""Of fewer customers nothing is told to a key that may not read shelves."""


class Replayed(msgspec.Struct, forbid_unknown_fields=True):
    """A stored version by `name` and `version`, or a document that nobody keeps; and the decisions meant."""

    name: Annotated[str, msgspec.Meta(pattern=NAME)] | None = None
    version: Number | None = None
    policy: dict[str, Any] | UnsetType = UNSET
    text: str | UnsetType = UNSET
    base: Number | None = None
    without_rule: str = ""
    since: str | None = None
    until: str | None = None
    sample: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = USUAL
    reward: Reward = "click"

    @property
    def window(self) -> Window:
        """The decisions meant; raises Invalid."""
        window = Window(self.sample, _time("since", self.since), _time("until", self.until))
        if window.is_turned:
            raise _bad("until", "comes after since")
        return window


async def replay_policy(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The report; while another replay or preview is made in this process, 503."""
    body = read_as(await read_json(request, int(runtime.settings.max_body_bytes)), Replayed)
    window, written = body.window, None
    lines: Mapping[str, int] = {}
    try:
        if body.version is None:
            written, lines = WrittenPolicy(policy=body.policy, text=body.text).read()
        elif body.name is None or not (body.policy is UNSET and body.text is UNSET and body.base is None):
            raise _bad("version", "goes with name, and without policy, text and base")
        policy = await runtime.calls.look(lambda: _policy(runtime, body, written))
        beside(runtime.worlds.last(), policy)
    except PolicyError as error:
        raise bad_policy(error, lines) from None
    asked = ReplayRequest.of(policy, body.without_rule, window, body.reward)
    if runtime.previewing.locked():
        raise Unavailable("replay_running", "another replay or preview is being made; try again when it is done")
    async with runtime.previewing:
        answer = await replayed_apart(runtime.settings, asked, runtime.clock.now_us())
    if "shelf:read" not in caller.scopes and orjson.loads(answer)["customers"] < FEW:
        detail = f"a replay on decisions of fewer than {FEW} customers needs the scope shelf:read; ask for more days"
        raise Forbidden("missing_scope", detail)
    return Response(answer, media_type="application/json")


def _policy(runtime: Runtime, body: Replayed, written: dict[str, Any] | None) -> Policy:
    if written is None:
        assert body.name is not None and body.version is not None  # noqa: S101, PT018 - checked before
        return stored(runtime.store, body.name, body.version)
    return unsaved(runtime.store, written, body.name or "", body.base)


def _time(field: str, text: str | None) -> int | None:
    at_us = None if text is None else parse_us(text)
    if text is not None and at_us is None:
        raise _bad(field, "an ISO 8601 time of the years 1970 to 2199")
    return at_us


def _bad(field: str, rule: str) -> Invalid:
    return Invalid("bad_field", f"{field}: {rule}", [{"loc": field, "code": "bad_field", "detail": rule}])


_COUNT, _OBJECT = {"type": "integer", "minimum": 0}, {"type": "object"}
_WHEN: Schema = {**TIME, "type": ["string", "null"]}
_WINDOW: Mapping[str, Schema] = {
    "without_rule": {**TEXT, "description": "replay the policy less this rule"},
    "since": _WHEN,
    "until": _WHEN,
    "sample": {"type": "integer", "minimum": 1, "maximum": MOST},
    "reward": {"enum": ["click", "purchase"]},
}
_NAME: Schema = {"type": "string", "pattern": NAME}
_VERSION: Schema = {"type": "integer", "minimum": 1, "maximum": 10**9 - 1}
_BASED: Mapping[str, Schema] = {
    "name": {**_NAME, "type": ["string", "null"]},
    "base": {**_VERSION, "type": ["integer", "null"]},
}
_WRITTEN: Sequence[tuple[str, Schema]] = (("policy", _OBJECT), ("text", TEXT))
_BODY = {
    "oneOf": [
        {
            **record({"name": _NAME, "version": _VERSION}, _WINDOW),
            "additionalProperties": False,
        },
        *(
            {**record({written: kind}, {**_BASED, **_WINDOW}), "additionalProperties": False}
            for written, kind in _WRITTEN
        ),
    ]
}
_ANSWER = record(
    {
        **dict.fromkeys(("policy", "reward"), TEXT),
        **dict.fromkeys(("since", "until"), NULLABLE_TEXT),
        **dict.fromkeys(("sample", "decisions", "compared", "customers", "customers_changed"), _COUNT),
        **dict.fromkeys(("skipped", "differences"), _OBJECT),
        **dict.fromkeys(("rules", "value"), listing(_OBJECT)),
    }
)

ROUTES = [
    Route(
        "POST",
        "/v1/replay",
        "experiments:read",
        "What a policy would have changed on logged decisions, and what that would have been worth",
        replay_policy,
        answer=_ANSWER,
        body=_BODY,
        errors=("404",),
    )
]
