from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.stores._turn import Turn


@pytest.fixture
def turn(tmp_path: Path) -> Iterator[Turn]:
    made = Turn(tmp_path / "turn")
    yield made
    made.close()


def test_threads_write_in_the_order_in_which_they_asked(turn: Turn) -> None:
    told: list[int] = []

    def take(number: int) -> None:
        with turn.queued():
            told.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    with turn.queued():
        for asked, thread in enumerate(threads, 2):
            thread.start()
            while len(turn._queue) < asked:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert told == list(range(8))


def test_a_turn_that_failed_is_the_next_ones(turn: Turn) -> None:
    with pytest.raises(ZeroDivisionError), turn.queued():
        raise ZeroDivisionError
    with turn.queued():
        pass


def test_nobody_passes_by_who_stands_in_the_gate(turn: Turn, tmp_path: Path) -> None:
    other = Turn(tmp_path / "turn")
    with turn.gate(time.monotonic()) as first, other.gate(time.monotonic() + 0.01) as second:
        assert (first, second) == (True, False)
    with other.gate(time.monotonic()) as free:
        assert free
    other.close()


def test_who_is_gone_stands_in_the_gate_no_more(turn: Turn, tmp_path: Path) -> None:
    gone = Turn(tmp_path / "turn")
    assert gone._enter()
    gone.close()
    with turn.gate(time.monotonic()) as free:
        assert free
