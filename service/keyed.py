"""Keyed hashes: pseudonyms for logs, units for hold-outs and exploration, signed tracking tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import NamedTuple

import msgspec

_SIGNATURE = 16
_FRACTION = 1 << 64
_KEPT = 16_384  # pseudonyms of those who were here last


class Tracking(NamedTuple):
    """What a card's token carries: enough to attribute an event without the decision log."""

    decision_id: str
    customer_ref: str
    product_no: int
    tier: str
    slot: int
    propensity: float
    policy: str
    arms: tuple[str, ...] = ()


class _Hash:
    """HMAC-SHA-256 under one key, which is hashed once instead of with every message."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod="sha256")

    def __call__(self, message: bytes) -> bytes:
        own = self._keyed.copy()
        own.update(message)
        return own.digest()


class Secrets:
    """The keyed hashes of one deployment."""

    def __init__(self, secret_key: str, unit_key: str) -> None:
        self._tracking = _derive(secret_key, b"tracking")
        self._reference = _derive(secret_key, b"customer-ref")
        self._device = _derive(secret_key, b"device")
        self._unit = _derive(unit_key, b"unit")
        self.unit_ref = lru_cache(_KEPT)(self._unit_ref)
        """The pseudonym by which experiments draw a customer's arms: 32 hexadecimal digits, for ever the same."""
        self.customer_ref = lru_cache(_KEPT)(self._customer_ref)
        """The pseudonym of a customer that logs carry: 16 hexadecimal digits."""
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Tracking).decode

    def device_ref(self, device: str) -> str:
        """The stored form of a device id."""
        return self._device(device.encode())[:16].hex()

    def unit(self, purpose: str, customer_id: str) -> int:
        """64 uniform bits of a customer for one purpose; they never change."""
        message = f"{purpose}\x00{customer_id}".encode()
        return int.from_bytes(self._unit(message)[:8], "big")

    def is_held_out(self, customer_id: str, share: float) -> bool:
        """Whether a customer belongs to a global hold-out of this share: for ever the same, a larger one has it too."""
        return self.unit("holdout", customer_id) < share * _FRACTION

    def sign(self, tracking: Tracking) -> str:
        """An opaque token of a card."""
        body = self._encode(tracking)
        signature = self._tracking(body)[:_SIGNATURE]
        return base64.urlsafe_b64encode(signature + body).rstrip(b"=").decode()

    def verify(self, token: str) -> Tracking | None:
        """The content of a token, None where it was not signed here."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            body = raw[_SIGNATURE:]
            expected = self._tracking(body)[:_SIGNATURE]
            return self._decode(body) if hmac.compare_digest(raw[:_SIGNATURE], expected) else None
        except (ValueError, msgspec.MsgspecError):
            return None

    def _unit_ref(self, customer_id: str) -> str:
        return self._unit(f"experiment\x00{customer_id}".encode())[:16].hex()

    def _customer_ref(self, customer_id: str) -> str:
        return self._reference(customer_id.encode())[:8].hex()


def _derive(key: str, purpose: bytes) -> _Hash:
    return _Hash(hmac.digest(hashlib.sha256(key.encode()).digest(), purpose, "sha256"))
