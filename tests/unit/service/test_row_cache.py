from __future__ import annotations

from typing import Any

import pytest

from service.row_cache import RowCache
from service.stores.protocols import CustomerRow
from service.telemetry import Telemetry


class Times:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.monotonic_s, self.now_us = 1_000.0, 5_000_000_000

    def pass_s(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.now_us += round(seconds * 1e6)


@pytest.fixture
def times() -> Times:
    return Times()


def make(times: Times, **limits: Any) -> RowCache:
    given = {"rows_max": 10, "bytes_max": 1 << 20, "limit_s": 900.0, **limits}
    return RowCache(Telemetry(), lambda: times.now_us, monotonic=lambda: times.monotonic_s, **given)


def make_row(version: int = 1, *, state: bytes | None = b"state", gate: bytes = b"gate") -> CustomerRow:
    return CustomerRow(version, True, gate, state, b"derived" if state else None)


def keep(cache: RowCache, name: str, row: CustomerRow | None) -> None:
    cache.keep(name, row, cache.monotonic())


def versions(cache: RowCache, *names: str) -> list[int | None]:
    copies = [cache.copy(name, personal=True) for name in names]
    return [None if copy is None else copy.row.version for copy in copies]


def test_a_copy_tells_its_age(times: Times) -> None:
    cache = make(times)
    keep(cache, "a", make_row())
    times.pass_s(60)
    copy = cache.copy("a", personal=True)
    assert copy == (make_row(), 60.0)


@pytest.mark.parametrize(("monotonic_s", "clock_s"), [(901, 0), (0, 901), (0, -901), (901, 901)])
def test_a_copy_is_too_old_by_either_clock(times: Times, monotonic_s: float, clock_s: float) -> None:
    cache = make(times)
    keep(cache, "a", make_row())
    times.monotonic_s += monotonic_s
    times.now_us += round(clock_s * 1e6)
    assert cache.copy("a", personal=True) is None


def test_a_newer_read_replaces_the_copy_and_one_without_a_row_ends_it(times: Times) -> None:
    cache = make(times)
    keep(cache, "a", make_row(1))
    keep(cache, "a", make_row(2))
    assert versions(cache, "a") == [2]
    keep(cache, "a", None)
    assert versions(cache, "a") == [None]


def test_a_read_that_began_before_a_write_does_not_bring_the_old_row_back(times: Times) -> None:
    cache = make(times)
    keep(cache, "a", make_row(1))
    began_s = times.monotonic_s
    times.pass_s(0.01)
    assert cache.drop(["a", "b"]) == {"a": True}
    cache.keep("a", make_row(1), began_s)
    assert versions(cache, "a") == [None]
    times.pass_s(0.01)
    keep(cache, "a", make_row(2))
    assert versions(cache, "a") == [2]


def test_it_knows_of_writes_as_long_as_any_read_may_take(times: Times) -> None:
    cache = make(times)
    began_s = times.monotonic_s
    times.pass_s(1)
    cache.drop(["a"])
    times.pass_s(30)
    cache.drop(["b"])
    cache.keep("a", make_row(), began_s)
    assert versions(cache, "a") == [None]
    times.pass_s(40)
    cache.drop(["c"])
    assert list(cache._written) == ["b", "c"]


def test_the_longest_unread_row_leaves_first(times: Times) -> None:
    cache = make(times, rows_max=2)
    for name in ("a", "b", "a", "c"):
        keep(cache, name, make_row())
    assert versions(cache, "a", "b", "c") == [1, None, 1]


def test_it_stays_within_its_bytes(times: Times) -> None:
    cache = make(times, bytes_max=10_000, rows_max=1_000)
    for number in range(100):
        keep(cache, f"c{number}", make_row(gate=b"x" * 600))
        assert cache._bytes <= 10_000
    assert cache._bytes == sum(entry.size for entry in cache._entries.values()) > 5_000
    cache.drop(list(cache._entries))
    assert cache._bytes == 0


def test_without_room_it_keeps_nothing(times: Times) -> None:
    cache = make(times, rows_max=0)
    keep(cache, "a", make_row())
    assert versions(cache, "a") == [None]


def test_who_is_held_out_has_no_profile_even_where_the_copy_has_one(times: Times) -> None:
    cache = make(times)
    keep(cache, "a", make_row())
    copy = cache.copy("a", personal=False)
    assert copy is not None
    assert (copy.row.state, copy.row.derived, copy.row.gate) == (None, None, b"gate")


def test_a_row_read_without_its_profile_is_no_personal_copy(times: Times) -> None:
    cache = make(times)
    keep(cache, "a", make_row(state=None))
    assert cache.copy("a", personal=True) is None
    assert cache.copy("a", personal=False) is not None
    assert cache.drop(["a"]) == {"a": False}


def test_a_row_too_old_to_answer_is_not_worth_reading_again(times: Times) -> None:
    cache = make(times)
    keep(cache, "a", make_row())
    times.pass_s(901)
    assert cache.drop(["a"]) == {}
