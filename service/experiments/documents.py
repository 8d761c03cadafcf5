"""Experiments, layers and hold-outs as they are written: read strictly, every fault with its path and rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import orjson

from service.errors import Invalid, no_such_field
from service.experiments.conditions import condition_faults
from service.experiments.document_numbers import number_faults
from service.experiments.growthbook_document import growthbook_faults
from service.experiments.measures import MEASURES
from service.experiments.parameters import overlap, ownable
from service.experiments.spec import Layer, LayerHoldout, Metric, Spec

Fault = tuple[str, str]
Document = Mapping[str, Any]
T = TypeVar("T", Layer, LayerHoldout, Spec)

EVERY_LAYER = "*"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LABEL = re.compile(r"[a-z][a-z0-9_.-]{0,63}@[1-9][0-9]{0,8}")
_KEY_RULE = "1 to 64 characters of a-z 0-9 _, the first one a letter"
_LONGEST_TEXT, _LONGEST_WINDOW, _LONGEST_RUN = 2_000, 120, 365
_UNITS = (100, 10**9)
_DIRECTION = "missing: write true where more is good, false where more is harm"
_DRAWN = "is drawn by the service: leave it out"
_MOST: Mapping[str, tuple[int, int]] = {
    "arms": (2, 10),
    "primary": (1, 5),
    "secondary": (0, 20),
    "guardrails": (0, 10),
    "ranges": (1, 20),
    "ramp": (0, 20),
}


def read_layer(document: Document) -> Layer:
    """A layer without its salt; raises Invalid with all faults."""
    return _read(document, Layer, "bad_layer", _layer_faults)


def read_holdout(document: Document) -> LayerHoldout:
    """A hold-out without its salt; raises Invalid with all faults."""
    return _read(document, LayerHoldout, "bad_holdout", _holdout_faults)


def read_spec(document: Document) -> Spec:
    """An experiment; what the bank has is not looked at. Raises Invalid with all faults."""
    refuse("bad_experiment", [*number_faults(document), *growthbook_faults(document), *_direction_faults(document)])
    return _read(document, Spec, "bad_experiment", _spec_faults)


def changed_spec(spec: Spec, changes: Document) -> Spec:
    """The experiment with some fields written anew, each whole; raises Invalid."""
    fixed = [(name, "stays as it is: draft another experiment") for name in ("key", "layer") if name in changes]
    refuse("bad_experiment", fixed)
    return read_spec({**spec_document(spec), **changes})


def spec_document(spec: Spec) -> dict[str, Any]:
    """An experiment as plain data, every field."""
    document: dict[str, Any] = orjson.loads(msgspec.json.encode(spec))
    return document


def refuse(code: str, faults: Sequence[Fault]) -> None:
    """Raises Invalid for faults: the first in the message, all of them in `errors`."""
    if faults:
        raise _invalid(code, faults)


def _invalid(code: str, faults: Sequence[Fault]) -> Invalid:
    told = [{"loc": path, "code": code, "detail": message} for path, message in faults]
    return Invalid(code, ": ".join(filter(None, faults[0])), told)


def _read(document: Document, shape: type[T], code: str, faults_of: Callable[[T], Iterator[Fault]]) -> T:
    refuse(code, list(number_faults(document)))
    strange = sorted(set(document) - set(shape.__struct_fields__))
    refuse(code, [(name[:64], no_such_field(shape.__struct_fields__)) for name in strange])
    try:
        found = msgspec.convert(document, shape, strict=True)
    except msgspec.ValidationError as error:
        detail, _, place = str(error).partition(" - at `")
        raise _invalid(code, [(place.rstrip("`").removeprefix("$").lstrip("."), detail)]) from None
    refuse(code, list(faults_of(found)))
    return found


def _layer_faults(layer: Layer) -> Iterator[Fault]:
    yield from _key_faults("key", layer.key)
    yield from _text_faults("description", layer.description)
    if layer.salt:
        yield "salt", _DRAWN
    if not 1 <= len(layer.parameters) <= 50:
        yield "parameters", "1 to 50 paths"
    for at, path in enumerate(layer.parameters):
        said = ownable(path)
        if said is not None:
            yield f"parameters[{at}]", said
    yield from _apart_faults("parameters", layer.parameters)


def _holdout_faults(holdout: LayerHoldout) -> Iterator[Fault]:
    yield from _key_faults("key", holdout.key)
    if holdout.layer != EVERY_LAYER:
        yield from _key_faults("layer", holdout.layer)
    if not 0 < holdout.share <= 0.5:
        yield "share", "above 0, up to 0.5: the next slice of the same size is what it is compared with"
    if holdout.salt:
        yield "salt", _DRAWN
    if holdout.ended:
        yield "ended", "a hold-out is ended by a call of its own"


def _spec_faults(spec: Spec) -> Iterator[Fault]:
    yield from _key_faults("key", spec.key)
    yield from _key_faults("layer", spec.layer)
    yield from _text_faults("hypothesis", spec.hypothesis)
    if not spec.hypothesis.strip():
        yield "hypothesis", "say what is expected, and why"
    for name, (least, most) in _MOST.items():
        if not least <= len(getattr(spec, name)) <= most:
            yield name, f"{least} to {most} of them"
    yield from _arm_faults(spec)
    yield from _range_faults(spec)
    yield from _ramp_faults(spec)
    yield from _condition_faults(spec)
    yield from _metrics_faults(spec)
    yield from _plan_faults(spec)


def _arm_faults(spec: Spec) -> Iterator[Fault]:
    for at, arm in enumerate(spec.arms):
        yield from _key_faults(f"arms[{at}].key", arm.key)
        if not arm.weight > 0:
            yield f"arms[{at}].weight", "above 0"
        if arm.policy is not None and not _LABEL.fullmatch(arm.policy):
            yield f"arms[{at}].policy", "a version is named as default@3"
        if arm.policy is not None and arm.parameters:
            yield f"arms[{at}]", "give either parameters or policy"
        yield from _apart_faults(f"arms[{at}].parameters", tuple(arm.parameters))
    yield from _twice_faults("arms", [arm.key for arm in spec.arms])
    total = sum(arm.weight for arm in spec.arms)
    if abs(total - 1) > 1e-9:
        yield "arms", f"their weights sum to 1, not to {total:.10g}"


def _range_faults(spec: Spec) -> Iterator[Fault]:
    if not 0 < spec.coverage <= 1:
        yield "coverage", "above 0, up to 1"
    last = 0.0
    for at, (start, end) in enumerate(spec.ranges):
        if not 0 <= start < end <= 1:
            yield f"ranges[{at}]", "a start and a later end, between 0 and 1"
        elif start < last:
            yield f"ranges[{at}]", "ranges increase and do not overlap"
        last = max(last, end)


def _ramp_faults(spec: Spec) -> Iterator[Fault]:
    after, coverage = 0.0, spec.coverage if not spec.sticky else 0.0
    for at, step in enumerate(spec.ramp):
        if not after < step.after_days <= _LONGEST_RUN:
            yield f"ramp[{at}].after_days", f"later than the step before, at most {_LONGEST_RUN}"
        if not coverage < step.coverage <= 1:
            yield f"ramp[{at}].coverage", "above the one before, up to 1"
        after, coverage = step.after_days, step.coverage


def _condition_faults(spec: Spec) -> Iterator[Fault]:
    for path, message in condition_faults(spec.condition) if spec.condition else ():
        yield path if path.startswith("condition") else ".".join(filter(None, ("condition", path))), message


def _metrics_faults(spec: Spec) -> Iterator[Fault]:
    for name in ("primary", "secondary"):
        for at, metric in enumerate(getattr(spec, name)):
            yield from _metric_faults(f"{name}[{at}]", metric)
    for at, guardrail in enumerate(spec.guardrails):
        yield from _metric_faults(f"guardrails[{at}].metric", guardrail.metric)
        if not guardrail.margin >= 0:
            yield f"guardrails[{at}].margin", "0 or above"
    yield from _twice_faults("secondary", [metric.key for metric in (*spec.primary, *spec.secondary)])
    yield from _twice_faults("guardrails", [guardrail.metric.key for guardrail in spec.guardrails])


def _direction_faults(document: Document) -> Iterator[Fault]:
    """Metrics that leave out which way is good: of all guardrails, and of what is bad to have more of."""
    for name in ("primary", "secondary", "guardrails"):
        listed = document.get(name)
        for at, one in enumerate(listed if isinstance(listed, list | tuple) else ()):
            is_guardrail = name == "guardrails" and isinstance(one, Mapping)
            metric = one.get("metric") if is_guardrail else one
            if isinstance(metric, Mapping) and "is_good_up" not in metric and (is_guardrail or _is_of_harm(metric)):
                where = f"{name}[{at}].metric" if is_guardrail else f"{name}[{at}]"
                yield f"{where}.is_good_up", _DIRECTION


def _is_of_harm(metric: Document) -> bool:
    return any(name == metric.get("num") and not measure.is_good_up for name, measure in MEASURES.items())


def _metric_faults(where: str, metric: Metric) -> Iterator[Fault]:
    yield from _key_faults(f"{where}.key", metric.key)
    for name in ("num", "den"):
        measure = getattr(metric, name)
        if measure is not None and measure not in MEASURES:
            yield f"{where}.{name}", f"no such measure; there are {', '.join(sorted(MEASURES))}"
    if (metric.kind == "ratio") != (metric.den is not None):
        yield f"{where}.den", "a ratio has one, nothing else has"
    if not 1 <= metric.window_days <= _LONGEST_WINDOW:
        yield f"{where}.window_days", f"1 to {_LONGEST_WINDOW}"
    if metric.winsor is not None and not (metric.kind == "mean" and 0.5 < metric.winsor < 1):
        yield f"{where}.winsor", "a quantile above 0.5 and below 1, of a mean"


def _plan_faults(spec: Spec) -> Iterator[Fault]:
    if not 0 < spec.alpha <= 0.2:
        yield "alpha", "above 0, up to 0.2"
    if not _UNITS[0] <= spec.n_star <= _UNITS[1]:
        yield "n_star", f"{_UNITS[0]} to {_UNITS[1]}"
    if spec.mde is not None and not spec.mde > 0:
        yield "mde", "above 0"
    if not 1 <= spec.min_days <= _LONGEST_RUN:
        yield "min_days", f"1 to {_LONGEST_RUN}"


def _key_faults(where: str, key: str) -> Iterator[Fault]:
    if not _KEY.fullmatch(key):
        yield where, _KEY_RULE


def _text_faults(where: str, text: str) -> Iterator[Fault]:
    if len(text) > _LONGEST_TEXT or "\x00" in text:
        yield where, f"at most {_LONGEST_TEXT} characters, none of them NUL"


def _twice_faults(where: str, keys: Sequence[str]) -> Iterator[Fault]:
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield where, f"{key} is there twice"


def _apart_faults(where: str, paths: Sequence[str]) -> Iterator[Fault]:
    for at, path in enumerate(paths):
        for other in paths[:at]:
            if overlap(path, other):
                yield where, f"{other} and {path} name the same parameter, or one what is inside the other"
