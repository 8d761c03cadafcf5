"""Experiments over HTTP: written, started, ramped, paused, stopped; customers put into an arm for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.experiment_shapes import (
    ACTS,
    DONE,
    EXPERIMENT,
    EXPERIMENTS,
    GENERATION,
    LETTING,
    NEW_PHASE,
    OVERRIDES,
    OVERRIDING,
    RAMP,
    SPEC,
    Letting,
    NewPhase,
    Overriding,
    Ramp,
    document_of,
    found_and_expected,
    key_of,
)
from service.api.policy_shapes import IF_MATCH, REASON, Reason, body_as, expected_generation
from service.api.routing import Handler, Route, path_value
from service.api.schemas import Schema
from service.auth import Caller
from service.errors import Invalid
from service.experiments.documents import read_spec
from service.experiments.governed import (
    acts_of,
    experiment_of,
    experiments_of,
    layering_of,
    shown_experiment,
    shown_override,
)
from service.experiments.life import Done
from service.runtime import Runtime
from service.stores._policies import Act


async def get_experiments(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Every experiment as it stands; archived ones only when asked for by key."""
    found = await runtime.calls.look(runtime.store.experiments)
    shown = [shown_experiment(one) for one in found if one.state != "archived"]
    generation, _ = await runtime.calls.look(runtime.store.active_policy)
    return json_answer({"generation": generation, "experiments": shown})


async def get_experiment(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """One experiment as it stands."""
    return json_answer(shown_experiment(await runtime.calls.look(experiment_of, runtime.store, key_of(request))))


async def get_history(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """All that was done to an experiment, by whom and why."""
    return json_answer({"acts": await runtime.calls.look(acts_of, runtime.store, key_of(request))})


async def get_overrides(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The overrides that have not expired."""
    found = await runtime.calls.look(experiment_of, runtime.store, key_of(request))
    live = await runtime.calls.look(runtime.store.overrides, found.key, runtime.clock.now_us())
    return json_answer({"overrides": [shown_override(one) for one in live]})


async def post_experiment(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Keep a new experiment, a draft."""
    spec = read_spec(await document_of(request, runtime))
    return await _done(runtime, 201, experiments_of(runtime).draft, _act(runtime, caller), spec)


async def put_experiment(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Replace a draft; of what runs or is paused only what moves nobody between arms."""
    spec = read_spec(await document_of(request, runtime))
    found, expected = await found_and_expected(request, runtime)
    if spec.key != found.key:
        raise Invalid("bad_field", "key: is not the one in the path")
    return await _done(runtime, 200, experiments_of(runtime).edit, _act(runtime, caller), spec, expected)


async def start(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Let a draft run."""
    return await _let(request, runtime, caller, experiments_of(runtime).start)


async def pause(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Let nobody be in it for now."""
    return await _step(request, runtime, caller, experiments_of(runtime).pause)


async def resume(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Let it run again, in the same phase."""
    return await _let(request, runtime, caller, experiments_of(runtime).resume)


async def stop(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Let it run no more, for good."""
    return await _step(request, runtime, caller, experiments_of(runtime).stop)


async def archive(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Hide what is stopped, or a draft."""
    body = await body_as(request, runtime, Reason)
    act = _act(runtime, caller, body.reason)
    return await _done(runtime, 200, experiments_of(runtime).archive, act, key_of(request))


async def ramp(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Another coverage: higher, or lower where the experiment is sticky."""
    key, body = key_of(request), await body_as(request, runtime, Ramp)
    expected = expected_generation(request)
    act = _act(runtime, caller, body.reason)
    return await _done(runtime, 200, experiments_of(runtime).ramp, act, key, body.coverage, expected)


async def new_phase(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """The next phase, some fields written anew: everybody is drawn and counted anew."""
    key, body = key_of(request), await body_as(request, runtime, NewPhase)
    expected = expected_generation(request)
    act = _act(runtime, caller, body.reason)
    return await _done(runtime, 200, experiments_of(runtime).new_phase, act, key, body.changes, expected)


async def put_override(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Put a customer into an arm for a while; such a customer is never counted."""
    body = await body_as(request, runtime, Overriding)
    found, expected = await found_and_expected(request, runtime)
    put, act = body.put(path_value(request, "customer_id")), _act(runtime, caller, body.reason)
    return await _overridden(runtime, layering_of(runtime).override, act, found.key, put, expected)


async def delete_override(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Let a customer's override count no more."""
    found, expected = await found_and_expected(request, runtime)
    customer_id, act = path_value(request, "customer_id"), _act(runtime, caller)
    return await _overridden(runtime, layering_of(runtime).take_back, act, found.key, customer_id, expected)


def _act(runtime: Runtime, caller: Caller, reason: str = "") -> Act:
    return Act(caller.owner, runtime.clock.now_us(), reason)


async def _step(request: Request, runtime: Runtime, caller: Caller, call: Callable[..., Done]) -> Response:
    key, body = key_of(request), await body_as(request, runtime, Reason)
    expected = expected_generation(request)
    return await _done(runtime, 200, call, _act(runtime, caller, body.reason), key, expected)


async def _let(request: Request, runtime: Runtime, caller: Caller, call: Callable[..., Done]) -> Response:
    key, body = key_of(request), await body_as(request, runtime, Letting)
    expected = expected_generation(request)
    return await _done(runtime, 200, call, _act(runtime, caller, body.reason), key, expected, body.sha256)


async def _done(runtime: Runtime, status: int, call: Callable[..., Done], *given: object) -> Response:
    """What the act made, in force here too before the answer."""
    done: Done = await runtime.calls.change((), call, *given)
    await runtime.calls.follow_policy(runtime.worlds)
    answer = json_answer({"generation": done.generation, "experiment": shown_experiment(done.experiment)})
    answer.status_code = status
    return answer


async def _overridden(runtime: Runtime, call: Callable[..., int], *given: Any) -> Response:  # noqa: ANN401 - passed on
    generation = await runtime.calls.change((), call, *given)
    await runtime.calls.follow_policy(runtime.worlds)
    return json_answer({"generation": generation})


_ALL, _ONE = "/v1/experiments", "/v1/experiments/{key}"
_READ, _WRITE = "experiments:read", "experiments:write"
_OVERRIDE = f"{_ONE}/overrides/{{customer_id}}"
_ERRORS = ("404", "409", "412", "428")


def _reading(path: str, summary: str, handler: Handler, answer: Schema) -> Route:
    return Route("GET", path, _READ, summary, handler, answer=answer, errors=("404",))


def _acting(what: str, summary: str, handler: Handler, body: Schema = REASON, *, needed: bool = False) -> Route:
    return Route(
        "POST",
        f"{_ONE}/{what}",
        _WRITE,
        summary,
        handler,
        answer=DONE,
        body=body,
        body_required=needed,
        query=(IF_MATCH,),
        errors=_ERRORS,
    )


def _putting(what: str, summary: str, handler: Handler, shapes: tuple[Schema, Schema | None]) -> Route:
    """`what` is method and path, `shapes` those of the answer and of the body."""
    method, _, path = what.partition(" ")
    answer, body = shapes
    return Route(method, path, _WRITE, summary, handler, answer=answer, body=body, query=(IF_MATCH,), errors=_ERRORS)


ROUTES = [
    _reading(_ALL, "Experiments as they stand", get_experiments, EXPERIMENTS),
    _reading(_ONE, "One experiment", get_experiment, EXPERIMENT),
    _reading(f"{_ONE}/history", "What was done to an experiment", get_history, ACTS),
    _reading(f"{_ONE}/overrides", "Customers put into an arm", get_overrides, OVERRIDES),
    Route(
        "POST",
        _ALL,
        _WRITE,
        "Keep a new experiment, a draft",
        post_experiment,
        status=201,
        answer=DONE,
        body=SPEC,
        errors=("404", "409"),
    ),
    _putting(f"PUT {_ONE}", "Write an experiment anew", put_experiment, (DONE, SPEC)),
    _acting("start", "Let a draft run", start, LETTING),
    _acting("ramp", "Another coverage", ramp, RAMP, needed=True),
    _acting("pause", "Let nobody be in it for now", pause),
    _acting("resume", "Let it run again", resume, LETTING),
    _acting("stop", "Let it run no more", stop),
    _acting("archive", "Hide what is stopped, or a draft", archive),
    _acting("new-phase", "Draw everybody anew", new_phase, NEW_PHASE),
    _putting(f"PUT {_OVERRIDE}", "Put a customer into an arm for a while", put_override, (GENERATION, OVERRIDING)),
    _putting(f"DELETE {_OVERRIDE}", "Take an override back", delete_override, (GENERATION, None)),
]
