"""Keyed hashes: pseudonyms for logs, units for hold-outs and exploration, signed tracking tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import NamedTuple

import msgspec

_SIGNATURE = 16


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


class Secrets:
    """The keyed hashes of one deployment."""

    def __init__(self, secret_key: str, unit_key: str) -> None:
        self._tracking = _derive(secret_key, b"tracking")
        self._reference = _derive(secret_key, b"customer-ref")
        self._device = _derive(secret_key, b"device")
        self._unit = _derive(unit_key, b"unit")
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Tracking).decode

    def customer_ref(self, customer_id: str) -> str:
        """The pseudonym that logs carry: 16 hexadecimal digits."""
        return hmac.digest(self._reference, customer_id.encode(), "sha256")[:8].hex()

    def device_ref(self, device: str) -> str:
        """The stored form of a device id."""
        return hmac.digest(self._device, device.encode(), "sha256")[:16].hex()

    def unit(self, purpose: str, customer_id: str) -> int:
        """64 uniform bits of a customer for one purpose; they never change."""
        message = f"{purpose}\x00{customer_id}".encode()
        return int.from_bytes(hmac.digest(self._unit, message, "sha256")[:8], "big")

    def sign(self, tracking: Tracking) -> str:
        """An opaque token of a card."""
        body = self._encode(tracking)
        signature = hmac.digest(self._tracking, body, "sha256")[:_SIGNATURE]
        return base64.urlsafe_b64encode(signature + body).rstrip(b"=").decode()

    def verify(self, token: str) -> Tracking | None:
        """The content of a token, None where it was not signed here."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            body = raw[_SIGNATURE:]
            expected = hmac.digest(self._tracking, body, "sha256")[:_SIGNATURE]
            return self._decode(body) if hmac.compare_digest(raw[:_SIGNATURE], expected) else None
        except (ValueError, msgspec.MsgspecError):
            return None


def _derive(key: str, purpose: bytes) -> bytes:
    return hmac.digest(hashlib.sha256(key.encode()).digest(), purpose, "sha256")
