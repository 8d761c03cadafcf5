"""What the calls about experiments take and answer: bodies, `If-Match`, paths, and their JSON schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from starlette.requests import Request

from service.api.answers import read_json
from service.api.policy_shapes import CONTENT, Reason, Said, Sha256, expected_generation, named_content
from service.api.routing import path_value
from service.api.schemas import TEXT, TIME, Schema, listing, record
from service.clock import parse_us
from service.errors import Invalid
from service.experiments.acting import LIVE
from service.experiments.governed import experiment_of
from service.experiments.layering import Put
from service.experiments.spec import Experiment
from service.runtime import Runtime


class Letting(Reason, forbid_unknown_fields=True):
    """Why it is let run, and the SHA-256 of the experiment that was read."""

    sha256: Sha256 | None = None


class Ramp(Reason, forbid_unknown_fields=True, kw_only=True):
    """The coverage to take, and why."""

    coverage: Annotated[float, msgspec.Meta(gt=0, le=1)]


class NewPhase(Reason, forbid_unknown_fields=True):
    """The fields that are written anew, each whole, and why."""

    changes: dict[str, Any] = msgspec.field(default_factory=dict)


class Overriding(msgspec.Struct, forbid_unknown_fields=True):
    """The arm that a customer is put into, why, and until when."""

    arm: str
    reason: Said
    expires_at: str

    def put(self, customer_id: str) -> Put:
        """The same for a customer; raises Invalid for what is no time."""
        expires_us = parse_us(self.expires_at)
        if expires_us is None:
            raise Invalid("bad_time", "expires_at: an ISO 8601 time of the years 1970 to 2199")
        return Put(customer_id, self.arm, expires_us)


async def document_of(request: Request, runtime: Runtime) -> dict[str, Any]:
    """The body as plain data; raises Invalid for what is no object."""
    content = await read_json(request, int(runtime.settings.max_body_bytes))
    if not isinstance(content, dict):
        raise Invalid("bad_field", "body: an object")
    return content


def key_of(request: Request) -> str:
    """The key in the path; raises Invalid."""
    return path_value(request, "key")


async def found_and_expected(request: Request, runtime: Runtime) -> tuple[Experiment, int | None]:
    """The experiment in the path, and the generation that `If-Match` names, which must do so where it is in force."""
    found = await runtime.calls.look(experiment_of, runtime.store, key_of(request))
    needed = found.state in LIVE or named_content(request) is not None
    return found, expected_generation(request) if needed else None


_SAID: Schema = {"type": "string", "maxLength": 2_000}
_SHARE: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
_COUNT: Schema = {"type": "integer"}


def _closed(required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> Schema:
    return {**record(required, optional), "additionalProperties": False}


LETTING = _closed({}, {"reason": _SAID, "sha256": CONTENT})
RAMP = _closed({"coverage": _SHARE}, {"reason": _SAID})
NEW_PHASE = _closed({}, {"changes": {"type": "object"}, "reason": _SAID})
OVERRIDING = _closed({"arm": TEXT, "reason": _SAID, "expires_at": TIME}, {})
SPEC: Schema = {"type": "object", "description": "an experiment as docs/reference/experiment.md describes it"}
LAYER = record({"key": TEXT, "parameters": listing(TEXT), "salt": TEXT, "description": TEXT})
HOLDOUT = record(
    {"key": TEXT, "layer": TEXT, "share": {"type": "number"}, "salt": TEXT, "ended": {"type": "boolean"}},
)
EXPERIMENT = record(
    {
        "key": TEXT,
        "phase": _COUNT,
        "state": {"enum": ["draft", "running", "paused", "stopped", "archived"]},
        "sha256": TEXT,
        "generation": _COUNT,
        "since": TEXT,
        "spec": {"type": "object"},
    }
)
DONE = record({"generation": _COUNT, "experiment": EXPERIMENT})
HELD_OUT = record({"generation": _COUNT, "holdout": HOLDOUT})
GENERATION = record({"generation": _COUNT})
EXPERIMENTS = record({"generation": _COUNT, "experiments": listing(EXPERIMENT)})
LAYERS = record({"layers": listing(LAYER)})
HOLDOUTS = record({"generation": _COUNT, "holdouts": listing(HOLDOUT)})
OVERRIDES = record({"overrides": listing(record({"customer_id": TEXT, "arm": TEXT, "expires_at": TEXT}))})
ACTS = record({"acts": listing(record({"seq": _COUNT, "act": TEXT, "phase": _COUNT, "state": TEXT, "at": TEXT}))})
