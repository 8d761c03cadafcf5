"""The errors of the service and their status codes.

HuojiaError
├── SettingsError          a setting is missing, malformed or unsafe (exit code 1)
├── Refused                a command could not be done, one clear line (exit code 1)
│   ├── ModelStays         a training ran to its end, but its model is not to go into force
│   └── JobRunning         another process of the bank is running a daily job
└── ApiError               answered as application/problem+json
    ├── Invalid        422 the request breaks a rule; `errors` name the fields
    ├── PreconditionRequired  428 `If-Match` is missing
    ├── Malformed      400 the body is not JSON
    ├── Unauthorised   401 no or bad credentials
    ├── Forbidden      403 the key lacks the scope
    ├── Missing        404 no such thing
    ├── Conflict       409 the state does not allow it
    ├── PreconditionFailed    412 `If-Match` names what is no more
    ├── TooLarge       413 the body is over the limit
    ├── WrongMedia     415 the body is not declared as JSON
    └── Unavailable    503 try again later (`Retry-After`)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar


def no_such_field(known: Iterable[str]) -> str:
    """What to say of a field that is none of the known ones: which there are."""
    return f"no such field; there are {', '.join(known)}"


class HuojiaError(Exception):
    """Root of everything the service raises on purpose."""


class SettingsError(HuojiaError):
    """A setting is missing, malformed or unsafe."""


class Refused(HuojiaError):
    """A command could not be done; the message is one clear line."""


class ModelStays(Refused):
    """A training ran to its end, but its model is not to go into force."""


class JobRunning(Refused):
    """Another process of the bank is running a daily job."""


class ApiError(HuojiaError):
    """An error with a status code and a stable `code`; `errors` are {loc, code, detail} of a body's fields."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, code: str, detail: str, errors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = list(errors)


class Malformed(ApiError):
    """The body is not JSON."""

    status, title = 400, "Malformed request"


class Unauthorised(ApiError):
    """No or bad credentials."""

    status, title = 401, "Unauthorised"


class Forbidden(ApiError):
    """The credentials do not cover this call."""

    status, title = 403, "Forbidden"


class Missing(ApiError):
    """There is no such thing."""

    status, title = 404, "Not found"


class Conflict(ApiError):
    """The present state does not allow it."""

    status, title = 409, "Conflict"


class PreconditionFailed(ApiError):
    """What `If-Match` names is no more."""

    status, title = 412, "Precondition failed"


class PreconditionRequired(ApiError):
    """`If-Match` is missing."""

    status, title = 428, "Precondition required"


class TooLarge(ApiError):
    """The body is over the limit."""

    status, title = 413, "Content too large"


class WrongMedia(ApiError):
    """The body is declared as something else than JSON."""

    status, title = 415, "Unsupported media type"


class Invalid(ApiError):
    """The request breaks a rule."""

    status, title = 422, "Invalid request"


class Unavailable(ApiError):
    """Try again later."""

    status, title = 503, "Service unavailable"
