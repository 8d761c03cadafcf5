"""The thread of the shadow, with a candidate and a store that do what a test wants."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from service.keyed import Secrets
from service.policies import shadow as module
from service.policies.comparison import Difference
from service.policies.shadow import Picked, Shadow, is_picked
from service.policies.shadow_record import ShadowRecord, ShadowResult
from service.stores.protocols import StoreError
from service.telemetry import Telemetry

EVERY_S = 0.01


def record(seq: int = 1, share: float = 1.0) -> ShadowRecord:
    return ShadowRecord(seq, "default", 2, b"{}", "0" * 64, share, "mei", 0)


class Kept:
    """A store of results that may be out of order."""

    def __init__(self) -> None:
        self.results: list[ShadowResult] = []
        self.error: Exception | None = None
        self.tries = 0

    def shadow(self, name: str = "", version: int = 0) -> ShadowRecord | None:
        raise NotImplementedError

    def shadow_results(self, seq: int) -> Iterator[ShadowResult]:
        raise NotImplementedError

    def put_shadow_results(self, results: Sequence[ShadowResult]) -> dict[int, int]:
        self.tries += 1
        if self.error is not None:
            raise self.error
        self.results += results
        return {result.shadow: len(self.results) for result in results}

    def outcomes(self) -> list[tuple[str, str]]:
        return [(result.decision_id, result.outcome) for result in self.results]


class World:
    policy_label = "default@1"


class Candidate:
    """A candidate whose answer depends on the decision's id."""

    def __init__(self, content: bytes, keyed: Secrets) -> None:
        assert content == b"{}"

    def why_not(self, asked: Any, live: Any) -> str | None:
        return "held_out" if asked == "held out" else None

    def difference(self, asked: Any, row: Any, live: Any, decision: Any) -> Difference:
        if callable(asked):
            asked()
        return Difference(changed=asked == "changed")


def picked(decision_id: str, asked: Any = "same") -> Picked:
    return Picked(decision_id, asked, None, World(), None)  # type: ignore[arg-type]


def until(holds: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 5
        time.sleep(0.002)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def shadow(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shadow]:
    monkeypatch.setattr(module, "CandidatePolicy", Candidate)
    running = Shadow(kept, Secrets("s" * 32, "u" * 32), Telemetry(), EVERY_S)
    yield running
    running.close()


def counted(shadow: Shadow) -> dict[str, float]:
    (family,) = shadow.counted.collect()
    return {each.labels["outcome"]: each.value for each in family.samples if each.name.endswith("_total")}


def test_nothing_is_compared_before_a_shadow_runs_and_after_it_has_stopped(shadow: Shadow, kept: Kept) -> None:
    shadow.offer(picked("D1"))
    shadow.follow(record())
    shadow.offer(picked("D2"))
    until(lambda: bool(kept.results))
    shadow.follow(None)
    shadow.offer(picked("D3"))
    shadow.close()
    assert kept.outcomes() == [("D2", "same")]


def test_each_decision_comes_to_its_outcome_and_is_counted(shadow: Shadow, kept: Kept) -> None:
    def breaks() -> None:
        raise ZeroDivisionError

    shadow.follow(record())
    for decision_id, asked in (("D1", "same"), ("D2", "changed"), ("D3", breaks), ("D4", "held out"), ("D5", "same")):
        shadow.offer(picked(decision_id, asked))
    until(lambda: len(kept.results) == 5)
    assert kept.outcomes() == [
        ("D1", "same"),
        ("D2", "changed"),
        ("D3", "failed"),
        ("D4", "skipped"),
        ("D5", "same"),
    ]
    assert kept.results[2].document == b'{"cause":"ZeroDivisionError"}'
    assert kept.results[3].document == b'{"cause":"held_out"}'
    assert counted(shadow) == {"same": 2, "changed": 1, "failed": 1, "skipped": 1}


def test_a_candidate_that_cannot_be_read_fails_every_decision_and_is_logged_once(
    shadow: Shadow, kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unreadable(*given: object) -> Candidate:
        raise ValueError("no policy")

    monkeypatch.setattr(module, "CandidatePolicy", unreadable)
    shadow.follow(record())
    for number in range(50):
        shadow.offer(picked(f"D{number}"))
    until(lambda: len(kept.results) == 50)
    assert {outcome for _, outcome in kept.outcomes()} == {"failed"}
    assert [line.message for line in caplog.records].count(
        "a decision could not be taken under the shadow's policy"
    ) == 1


def test_results_wait_for_a_store_that_fails_and_are_stored_once(shadow: Shadow, kept: Kept) -> None:
    kept.error = StoreError("down")
    shadow.follow(record())
    for number in range(5):
        shadow.offer(picked(f"D{number}"))
    until(lambda: kept.tries > 2)
    assert kept.results == []
    kept.error = None
    until(lambda: len(kept.results) == 5)
    assert len({result.decision_id for result in kept.results}) == 5


def test_results_that_find_no_room_are_lost_and_counted(
    shadow: Shadow, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_UNSTORED_MAX", 3)
    kept.error = StoreError("down")
    shadow.follow(record())
    for number in range(5):
        shadow.offer(picked(f"D{number}"))
    until(lambda: counted(shadow).get("lost") == 2)
    kept.error = None
    until(lambda: len(kept.results) == 3)


def test_a_decision_for_which_there_is_no_time_is_skipped_and_never_waited_for(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CandidatePolicy", Candidate)
    monkeypatch.setattr(module, "_WAITING_MAX", 2)
    shadow, goes_on = Shadow(kept, Secrets("s" * 32, "u" * 32), Telemetry(), EVERY_S), threading.Event()
    shadow.follow(record())
    shadow.offer(picked("D0", goes_on.wait))
    until(shadow._waiting.empty)
    began = time.monotonic()
    for number in range(1, 6):
        shadow.offer(picked(f"D{number}"))
    assert time.monotonic() - began < 1
    goes_on.set()
    until(lambda: len(kept.results) == 6)
    assert sorted(kept.outcomes()) == [
        ("D0", "same"),
        ("D1", "same"),
        ("D2", "same"),
        ("D3", "skipped"),
        ("D4", "skipped"),
        ("D5", "skipped"),
    ]
    shadow.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_replaced_when_the_shadow_is_next_looked_for(shadow: Shadow, kept: Kept) -> None:
    def dies() -> None:
        raise KeyboardInterrupt

    shadow.follow(record())
    shadow.offer(picked("D1", dies))
    until(lambda: shadow._thread is not None and not shadow._thread.is_alive())
    shadow.offer(picked("D2"))
    shadow.follow(record())
    until(lambda: kept.outcomes() == [("D2", "same")])
    assert counted(shadow) == {"failed": 1, "same": 1}


def test_no_more_is_compared_once_so_many_results_are_kept(
    shadow: Shadow, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_MAX", 3)
    shadow.follow(record())
    for number in range(3):
        shadow.offer(picked(f"D{number}"))
    until(lambda: shadow._full == 1)
    shadow.offer(picked("D4"))
    shadow.follow(record(seq=2))
    shadow.offer(picked("D5"))
    until(lambda: len(kept.results) == 4)
    assert kept.results[-1].decision_id == "D5"


def test_what_still_waits_at_the_end_is_skipped_and_what_was_found_is_stored(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CandidatePolicy", Candidate)
    shadow, goes_on = Shadow(kept, Secrets("s" * 32, "u" * 32), Telemetry(), 60.0), threading.Event()
    shadow.follow(record())
    shadow.offer(picked("D1", goes_on.wait))
    shadow.offer(picked("D2"))
    until(lambda: shadow._waiting.qsize() == 1)
    threading.Timer(0.05, goes_on.set).start()
    shadow.close()
    assert sorted(kept.outcomes()) == [("D1", "same"), ("D2", "skipped")]


def test_the_share_is_met_and_another_shadow_picks_others() -> None:
    ids = [f"01K{number:023d}" for number in range(4_000)]
    first = {one for one in ids if is_picked(record(1, 0.1), one)}
    second = {one for one in ids if is_picked(record(2, 0.1), one)}
    assert 320 < len(first) < 480  # 4,000 x 0.1, four standard deviations on either side
    assert len(first & second) < 80
    assert first < {one for one in ids if is_picked(record(1, 0.2), one)}
    assert all(is_picked(record(1, 1.0), one) for one in ids)
