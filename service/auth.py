"""Who calls: a customer by a signed token, a service by a key with scopes; everything else is refused."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jwt
from starlette.requests import Request

from service.errors import Forbidden, Unauthorised
from service.ids import is_id
from service.settings import Settings
from service.store_calls import StoreCalls
from service.stores._errors import STORE_ERRORS
from service.stores.protocols import KeyRecord, KeyStore

SCOPES = (
    "shelf:read",
    "events:write",
    "catalogue:read",
    "catalogue:write",
    "customers:write",
    "customers:erase",
    "policies:read",
    "policies:write",
    "policies:approve",
    "policies:publish",
    "experiments:read",
    "experiments:write",
    "tags:read",
    "tags:write",
    "reports:read",
    "tasks:admin",
    "model:admin",
    "audit:read",
)
"""All the scopes there are; `x:*` stands for each of x."""

_SKEW_S = 30
_TOKENS = 50_000
_TOKEN_S = 60.0
_KEY_S = 5.0
_KEY_UNSEEN_S = 86_400.0  # a key that was good when the store last answered; then it fails closed


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: a customer (`customer_id`) or a service key (`scopes`)."""

    customer_id: str | None
    key_id: str | None
    scopes: frozenset[str] = frozenset()
    owner: str = ""  # who acts with the key


class _Known(NamedTuple):
    until_s: float
    seen_s: float
    key: KeyRecord | None


def expand_scopes(wanted: list[str]) -> list[str]:
    """Scopes with `x:*` spelled out, in the canonical order; raises ValueError naming an unknown one."""
    chosen = set()
    for scope in wanted:
        matches = [
            known for known in SCOPES if known == scope or (scope.endswith(":*") and known.startswith(scope[:-1]))
        ]
        if not matches:
            raise ValueError(f"scope {scope!r}: unknown; there are {', '.join(SCOPES)}")
        chosen.update(matches)
    return [scope for scope in SCOPES if scope in chosen]


def new_key(store: KeyStore, scopes: list[str], now_us: int, key_id: str = "", owner: str = "") -> str:
    """Create a service key; only the SHA-256 of its secret is stored. With an id it replaces the key of that id.

    Two keys of one owner are one person where two are needed; without an owner a key is a person of its own.
    """
    key_id, secret = key_id or secrets.token_hex(6), secrets.token_urlsafe(32)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    store.put_key(key_id, KeyRecord(digest, tuple(expand_scopes(scopes)), owner or key_id), now_us)
    return f"hj_{key_id}.{secret}"


def key_id_of(key: str) -> str:
    """The public part of a key."""
    return key.removeprefix("hj_").partition(".")[0]


def new_token(settings: Settings, customer_id: str, now_s: int, lifetime_s: int = 86_400) -> str:
    """A customer's token signed with the development secret (HS256)."""
    claims = {
        "sub": customer_id,
        "iss": settings.jwt_issuer,
        "aud": settings.jwt_audience,
        "iat": now_s,
        "exp": now_s + lifetime_s,
    }
    return jwt.encode(claims, settings.jwt_key, algorithm="HS256")


class Authenticator:
    """Verifies tokens and keys; verified ones are remembered for a short while."""

    def __init__(self, settings: Settings, keys: KeyStore, calls: StoreCalls) -> None:
        self._settings = settings
        self._store, self._calls = keys, calls
        self._tokens: OrderedDict[bytes, tuple[float, str]] = OrderedDict()
        self._keys: OrderedDict[str, _Known] = OrderedDict()

    def customer(self, request: Request) -> Caller:
        """The customer of a bearer token; raises Unauthorised."""
        header = request.headers.get("authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorised("no_token", "Authorization: Bearer <token> is missing")
        return Caller(self._subject(token.strip()), None)

    async def service(self, request: Request, scope: str) -> Caller:
        """The service of an API key that has `scope`; raises Unauthorised or Forbidden.

        A key known from before is good for a day while the store does not answer; of another one it raises what the
        store does.
        """
        header = request.headers.get("x-api-key", "")
        key_id, _, secret = header.removeprefix("hj_").partition(".")
        if not secret:
            raise Unauthorised("no_key", "X-API-Key is missing or malformed")
        known = await self._known(key_id)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        if known is None or not hmac.compare_digest(known.secret_sha256, digest):
            raise Unauthorised("bad_key", "X-API-Key is not a key of this service")
        if scope not in known.scopes:
            raise Forbidden("missing_scope", f"this call needs the scope {scope}")
        return Caller(None, key_id, frozenset(known.scopes), known.owner)

    async def _known(self, key_id: str) -> KeyRecord | None:
        now = time.monotonic()
        cached = self._keys.get(key_id)
        if cached is not None and now < cached.until_s:
            return cached.key
        try:
            cached = _Known(now + _KEY_S, now, await self._calls.ask(partial(self._store.key, key_id)))
        except STORE_ERRORS:
            if cached is None or cached.key is None or now > cached.seen_s + _KEY_UNSEEN_S:
                raise
            cached = cached._replace(until_s=now + _KEY_S)
        self._keys.pop(key_id, None)
        self._keys[key_id] = cached
        if len(self._keys) > _TOKENS:
            self._keys.popitem(last=False)
        return cached.key

    def _subject(self, token: str) -> str:
        digest, now = hashlib.sha256(token.encode()).digest(), time.time()
        cached = self._tokens.get(digest)
        if cached is not None and cached[0] > now:
            return cached[1]
        claims = self._claims(token)
        self._tokens[digest] = (min(float(claims["exp"]), now + _TOKEN_S), claims["sub"])
        if len(self._tokens) > _TOKENS:
            self._tokens.popitem(last=False)
        return str(claims["sub"])

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._settings.jwt_key,
                algorithms=[self._settings.jwt_algorithm],
                issuer=self._settings.jwt_issuer,
                audience=self._settings.jwt_audience,
                leeway=_SKEW_S,
                options={"require": ["iss", "aud", "exp", "iat", "sub"]},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthorised("bad_token", f"the token is not valid: {type(error).__name__}") from None
        if not is_id(claims["sub"]):
            raise Unauthorised("bad_token", "the token's subject is not a customer id")
        return claims
