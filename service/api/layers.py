"""Layers and their hold-outs over HTTP: made and ended, never edited."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from service.api.answers import json_answer
from service.api.experiment_shapes import HELD_OUT, HOLDOUTS, LAYER, LAYERS, document_of, key_of
from service.api.policy_shapes import IF_MATCH, REASON, Reason, body_as, expected_generation
from service.api.routing import Route
from service.auth import Caller
from service.experiments.documents import read_holdout, read_layer
from service.experiments.governed import layering_of
from service.experiments.layering import HeldOut
from service.runtime import Runtime
from service.stores._policies import Act


async def get_layers(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Every layer and the parameters that it owns."""
    found = await runtime.calls.look(runtime.store.layers)
    return json_answer({"layers": [msgspec.to_builtins(layer) for layer in found]})


async def post_layer(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Keep a new layer; its salt is drawn here."""
    layer = read_layer(await document_of(request, runtime))
    act = Act(caller.owner, runtime.clock.now_us())
    made = await runtime.calls.change((), layering_of(runtime).make, act, layer)
    answer = json_answer(msgspec.to_builtins(made))
    answer.status_code = 201
    return answer


async def get_holdouts(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Every hold-out of layers, ended ones too."""
    found = await runtime.calls.look(runtime.store.holdouts)
    generation, _ = await runtime.calls.look(runtime.store.active_policy)
    return json_answer({"generation": generation, "holdouts": [msgspec.to_builtins(one) for one in found]})


async def post_holdout(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Hold a share of the customers out of a layer, or of all of them."""
    holdout, act = read_holdout(await document_of(request, runtime)), Act(caller.owner, runtime.clock.now_us())
    expected = expected_generation(request)
    done = await runtime.calls.change((), layering_of(runtime).hold_out, act, holdout, expected)
    return await _held_out(runtime, done, 201)


async def end_holdout(request: Request, runtime: Runtime, caller: Caller) -> Response:
    """Let nobody be held out by it any more."""
    key, body = key_of(request), await body_as(request, runtime, Reason)
    expected = expected_generation(request)
    act = Act(caller.owner, runtime.clock.now_us(), body.reason)
    return await _held_out(
        runtime, await runtime.calls.change((), layering_of(runtime).end_holdout, act, key, expected)
    )


async def _held_out(runtime: Runtime, done: HeldOut, status: int = 200) -> Response:
    await runtime.calls.follow_policy(runtime.worlds)
    answer = json_answer({"generation": done.generation, "holdout": msgspec.to_builtins(done.holdout)})
    answer.status_code = status
    return answer


_READ, _WRITE = "experiments:read", "experiments:write"
ROUTES = [
    Route("GET", "/v1/layers", _READ, "Layers of experiments", get_layers, answer=LAYERS),
    Route(
        "POST",
        "/v1/layers",
        _WRITE,
        "Keep a new layer",
        post_layer,
        status=201,
        answer=LAYER,
        body={"type": "object"},
        errors=("409",),
    ),
    Route("GET", "/v1/holdouts", _READ, "Hold-outs of layers", get_holdouts, answer=HOLDOUTS),
    Route(
        "POST",
        "/v1/holdouts",
        _WRITE,
        "Hold a share of the customers out",
        post_holdout,
        status=201,
        answer=HELD_OUT,
        body={"type": "object"},
        query=(IF_MATCH,),
        errors=("404", "409", "412", "428"),
    ),
    Route(
        "POST",
        "/v1/holdouts/{key}/end",
        _WRITE,
        "End a hold-out",
        end_holdout,
        answer=HELD_OUT,
        body=REASON,
        body_required=False,
        query=(IF_MATCH,),
        errors=("404", "409", "412", "428"),
    ),
]
