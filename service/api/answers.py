"""JSON answers, problem documents (RFC 9457) and strictly read bodies."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from service.errors import ApiError, Invalid, Malformed, TooLarge, WrongMedia, no_such_field

T = TypeVar("T")

PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "code", "detail"],
                "properties": {"loc": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def json_answer(content: object, status: int = 200) -> Response:
    """A JSON response of anything orjson can write."""
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")


def problem(error: ApiError) -> Response:
    """An error as application/problem+json."""
    document: dict[str, Any] = {
        "type": f"urn:huojia:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.errors:
        document["errors"] = error.errors
    headers = {"Retry-After": "1"} if error.status == 503 else None
    if error.status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return Response(orjson.dumps(document), error.status, headers, "application/problem+json")


async def read_json(request: Request, limit: int) -> Any:  # noqa: ANN401 - it is whatever JSON it is
    """The body as JSON, NaN and infinities included so that the field at fault can be named.

    Raises WrongMedia for another declared content type, TooLarge beyond `limit` bytes, Malformed for what is not JSON.
    """
    _expect_json(request.headers.get("content-type"))
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge("too_large", f"the body may have {limit} bytes")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge("too_large", f"the body may have {limit} bytes")
        chunks.append(chunk)
    raw = b"".join(chunks)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _lenient(raw)


def _expect_json(content_type: str | None) -> None:
    """Refuse a body that says it is something else; one that says nothing is read as JSON."""
    media = (content_type or "application/json").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise WrongMedia("not_json", "Content-Type must be application/json")


def _lenient(raw: bytes) -> Any:  # noqa: ANN401 - as read_json
    try:
        content = json.loads(raw.decode())
        # What is no Unicode text (a lone surrogate) can be neither stored nor answered.
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Malformed("not_json", "the body is not JSON (UTF-8)") from None
    return content


def read_as(content: object, shape: type[T]) -> T:
    """`content` as a msgspec type, strictly; raises Invalid naming the field and the rule."""
    try:
        where = non_finite(content)
    except RecursionError:
        raise Malformed("too_deep", "the body is nested too deeply") from None
    if where is not None:
        raise Invalid("non_finite", f"{where}: numbers must be finite", [_fault(where, "non_finite", "not finite")])
    try:
        return msgspec.convert(content, shape, strict=True)
    except msgspec.ValidationError as error:
        known = getattr(shape, "__struct_fields__", ())
        if known and isinstance(content, dict) and (strange := sorted(content.keys() - set(known))):
            loc, detail = strange[0][:64], no_such_field(known)
            raise Invalid("bad_field", f"{loc}: {detail}", [_fault(loc, "unknown_field", detail)]) from None
        detail, _, place = str(error).partition(" - at `")
        loc = place.rstrip("`").removeprefix("$").lstrip(".") or "body"
        raise Invalid("bad_field", f"{loc}: {detail}", [_fault(loc, "bad_field", detail)]) from None


def non_finite(content: object, path: str = "") -> str | None:
    """The path of the first NaN or infinity in a JSON value, None where all is finite."""
    if isinstance(content, float):
        return None if math.isfinite(content) else path or "body"
    if isinstance(content, dict):
        pairs = [(f"{path}.{key}".lstrip("."), value) for key, value in content.items()]
    elif isinstance(content, list):
        pairs = [(f"{path}[{index}]", value) for index, value in enumerate(content)]
    else:
        return None
    return next((where for name, value in pairs if (where := non_finite(value, name)) is not None), None)


def _fault(loc: str, code: str, detail: str) -> dict[str, str]:
    return {"loc": loc, "code": code, "detail": detail}
