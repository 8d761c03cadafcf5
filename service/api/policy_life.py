"""What is done with a policy version once it is written: submit, judge, publish, plan, roll back, retire, kill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.policy_shapes import (
    COMMENT,
    IF_MATCH,
    IN_FORCE,
    KILLED,
    PATH,
    PUBLICATION,
    REASON,
    ROLLBACK,
    VERDICT,
    VERSION,
    Comment,
    Publication,
    Reason,
    Rollback,
    Verdict,
    bad_policy,
    body_as,
    expected_generation,
    named_content,
    number,
    policy_name,
    shown_version,
)
from service.api.routing import Handler, Route
from service.api.schemas import Schema
from service.auth import Caller
from service.errors import PreconditionFailed
from service.policies.governed import life_of, schedules_of
from service.runtime import Runtime
from service.stores._policies import Act
from service.stores.protocols import PolicyVersion
from shelf_rules.policy_load import PolicyError


async def submit(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Ask for somebody else's verdict on a draft."""
    act, name, version = await _asked(request, runtime, caller)
    found = await _done(runtime, life_of(runtime).submit, act, name, version, named_content(request))
    return await _version(runtime, found)


async def approve(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Say that somebody else's version may come into force."""
    return await _judge(request, runtime, caller, "approve")


async def reject(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Send somebody else's version back."""
    return await _judge(request, runtime, caller, "reject")


async def publish(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Put a version in force, in this process before it answers, or plan when it is to be."""
    policy, body = (policy_name(request), number(request, "version")), await body_as(request, runtime, Publication)
    expected = expected_generation(request)
    act, times = Act(caller.owner, runtime.clock.now_us(), body.reason), body.times
    schedule = None
    if times == (None, None):
        generation = await _done(runtime, life_of(runtime).publish, act, *policy, expected)
    else:
        generation, schedule = await _done(runtime, schedules_of(runtime).plan, act, policy, times, expected)
    return await _in_force(runtime, generation, schedule, policy if times[0] is None else None)


async def roll_back(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Put a version in force again; nothing of the history is changed."""
    name, body = policy_name(request), await body_as(request, runtime, Rollback)
    expected = expected_generation(request)
    act = Act(caller.owner, runtime.clock.now_us(), body.reason)
    generation = await _done(runtime, life_of(runtime).rollback, act, name, body.to_version, expected)
    return await _in_force(runtime, generation, None, (name, body.to_version))


async def retire(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Let a version come into force no more."""
    act, name, version = await _asked(request, runtime, caller)
    return await _version(runtime, await _done(runtime, life_of(runtime).retire, act, name, version))


async def cancel_schedule(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Drop a plan; what it has put in force already stays."""
    name, schedule = policy_name(request), number(request, "schedule")
    act = Act(caller.owner, runtime.clock.now_us())
    generation = await _done(runtime, schedules_of(runtime).cancel, act, schedule, name)
    return await _in_force(runtime, generation, schedule)


async def kill(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Stop all shadows and plans; a policy planned for a while gives way to the one before it."""
    body = await body_as(request, runtime, Reason)
    act = Act(caller.owner, runtime.clock.now_us(), body.reason)
    killed = await _done(runtime, schedules_of(runtime).kill, act)
    await runtime.calls.follow_policy(runtime.worlds)
    return json_answer(killed._asdict())


async def _judge(request: Request, runtime: Runtime, caller: Caller, verdict: str) -> Response:
    """What was read is named by `If-Match` or in the body; whichever it was, the answer names what was judged."""
    name, version, named = policy_name(request), number(request, "version"), named_content(request)
    body = await body_as(request, runtime, Verdict)
    if None not in (named, body.sha256) and named != body.sha256:
        raise PreconditionFailed("stale_content", "sha256: If-Match names other content")
    act = Act(caller.owner, runtime.clock.now_us(), body.comment)
    found = await _done(runtime, life_of(runtime).judge, act, name, version, verdict, named or body.sha256)
    return await _version(runtime, found)


async def _asked(request: Request, runtime: Runtime, caller: Caller) -> tuple[Act, str, int]:
    name, version = policy_name(request), number(request, "version")
    body = await body_as(request, runtime, Comment)
    return Act(caller.owner, runtime.clock.now_us(), body.comment), name, version


async def _done(runtime: Runtime, call: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401 - what the act gives
    try:
        return await runtime.calls.change((), call, *given)
    except PolicyError as error:
        raise bad_policy(error, {}) from None


async def _in_force(
    runtime: Runtime, generation: int, schedule: int | None = None, policy: tuple[str, int] | None = None
) -> Response:
    """What is in force now, here too; `policy` is what has just been put in force, so that nothing has to be asked."""
    if policy is None:
        _, active = await runtime.calls.look(runtime.store.active_policy, generation)
        policy = active.name, active.version
    else:
        await runtime.calls.follow_policy(runtime.worlds)
    return json_answer({"generation": generation, "policy": f"{policy[0]}@{policy[1]}", "schedule": schedule})


async def _version(runtime: Runtime, found: PolicyVersion) -> Response:
    _, active = await runtime.calls.look(runtime.store.active_policy)
    answer = json_answer(shown_version(found, active.label))
    answer.headers["ETag"] = f'"{found.sha256}"'
    return answer


_ONE = "/v1/policies/{name}/versions/{version}"
_PUBLISH = "policies:publish"


def _step(what: str, scope: str, summary: str, handler: Handler, body: Schema = COMMENT) -> Route:
    return Route(
        "POST",
        f"{_ONE}/{what}",
        scope,
        summary,
        handler,
        answer=VERSION,
        body=body,
        body_required=False,
        query=(IF_MATCH,),
        errors=("404", "409", "412"),
        path_values=PATH,
    )


ROUTES = [
    _step("submit", "policies:write", "Ask for a verdict on a draft", submit),
    _step("approve", "policies:approve", "Approve a version that somebody else wrote", approve, VERDICT),
    _step("reject", "policies:approve", "Send a version that somebody else wrote back", reject, VERDICT),
    _step("retire", _PUBLISH, "Let a published version come into force no more", retire),
    Route(
        "POST",
        _ONE + "/publish",
        _PUBLISH,
        "Put a version in force, now or at a time",
        publish,
        answer=IN_FORCE,
        body=PUBLICATION,
        body_required=False,
        query=(IF_MATCH,),
        errors=("404", "409", "412", "428"),
        path_values=PATH,
    ),
    Route(
        "POST",
        "/v1/policies/{name}/rollback",
        _PUBLISH,
        "Put a version in force again",
        roll_back,
        answer=IN_FORCE,
        body=ROLLBACK,
        query=(IF_MATCH,),
        errors=("404", "409", "412", "428"),
        path_values=PATH,
    ),
    Route(
        "DELETE",
        "/v1/policies/{name}/schedules/{schedule}",
        _PUBLISH,
        "Drop the plan of a policy",
        cancel_schedule,
        answer=IN_FORCE,
        errors=("404", "409"),
        path_values=PATH,
    ),
    Route(
        "POST",
        "/v1/kill-switch",
        _PUBLISH,
        "Stop all shadows and plans",
        kill,
        answer=KILLED,
        body=REASON,
        body_required=False,
    ),
]
