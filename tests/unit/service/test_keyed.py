"""Keyed hashes: stable, separate by purpose, and tokens that cannot be forged."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from service.keyed import Secrets, Tracking, _derive

KEYED = Secrets("s" * 32, "u" * 32)
TRACKING = Tracking("d1", "ref", 7, "fixed", 1, 0.9, "default@1")


def test_a_signed_token_comes_back_whole() -> None:
    assert KEYED.verify(KEYED.sign(TRACKING)) == TRACKING


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_token_with_one_changed_byte_is_refused(place: int, change: int) -> None:
    raw = bytearray(KEYED.sign(TRACKING).encode())
    place %= len(raw) - 1  # the last character has bits that mean nothing
    raw[place] ^= change
    assert KEYED.verify(raw.decode("latin-1")) is None


@given(st.text(max_size=200))
def test_no_text_is_a_token(text: str) -> None:
    assert KEYED.verify(text) is None


@given(st.binary(max_size=300), st.text(min_size=1, max_size=80))
def test_the_hash_is_hmac_sha256(message: bytes, key: str) -> None:
    derived = hmac.digest(hashlib.sha256(key.encode()).digest(), b"tracking", "sha256")
    assert _derive(key, b"tracking")(message) == hmac.digest(derived, message, "sha256")


def test_another_deployments_token_is_refused() -> None:
    assert Secrets("x" * 32, "u" * 32).verify(KEYED.sign(TRACKING)) is None


def test_rotating_the_secret_leaves_units_as_they_are() -> None:
    rotated = Secrets("x" * 32, "u" * 32)
    assert rotated.unit("holdout", "C1") == KEYED.unit("holdout", "C1")
    assert rotated.customer_ref("C1") != KEYED.customer_ref("C1")


def test_units_of_different_purposes_are_independent() -> None:
    half = 1 << 63
    pairs = [(KEYED.unit("a", str(n)) < half, KEYED.unit("b", str(n)) < half) for n in range(4000)]
    both = sum(one and other for one, other in pairs) / len(pairs)
    assert abs(both - 0.25) < 0.03


def test_a_larger_hold_out_has_everybody_of_a_smaller_one() -> None:
    ids = [str(number) for number in range(4000)]
    few, many = ({one for one in ids if KEYED.is_held_out(one, share)} for share in (0.05, 0.2))
    assert few < many
    assert abs(len(few) / len(ids) - 0.05) < 0.02
    assert not any(KEYED.is_held_out(one, 0.0) for one in ids)
    assert all(KEYED.is_held_out(one, 1.0) for one in ids)
