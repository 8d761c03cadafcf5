from __future__ import annotations

import asyncio
import threading

import pytest

from service.threads import Abandoned, Threads, refuse_abandoned


def test_a_call_gives_what_it_returns_and_raises_what_it_raises() -> None:
    async def main() -> None:
        threads = Threads("test", 2)
        assert await threads.run(lambda: threading.current_thread().name, 20) == "test-1"
        with pytest.raises(KeyError):
            await threads.run(lambda: {}["nothing"], 20)

    asyncio.run(main())


def test_a_call_that_hangs_costs_the_deadline_and_its_thread_until_it_comes_back() -> None:
    released = threading.Event()

    async def main() -> None:
        threads = Threads("test", 2)
        hung = [asyncio.create_task(threads.run(lambda: released.wait(20), 0.05)) for _ in range(2)]
        for one in hung:
            with pytest.raises(TimeoutError):
                await one
        ran: list[int] = []
        with pytest.raises(TimeoutError):
            await threads.run(lambda: ran.append(1), 0.05)
        released.set()
        assert await threads.run(lambda: "again", 20) == "again"
        assert ran == []  # what was given up before a thread took it never runs

    asyncio.run(main())


def test_there_are_never_more_threads_than_said() -> None:
    async def main() -> None:
        threads = Threads("bounded", 3)
        names = await asyncio.gather(*(threads.run(lambda: threading.current_thread().name, 20) for _ in range(50)))
        assert set(names) <= {"bounded-1", "bounded-2", "bounded-3"}

    asyncio.run(main())


def test_a_write_whose_caller_has_gone_is_told_so_before_it_commits() -> None:
    released, told = threading.Event(), threading.Event()

    def write() -> None:
        refuse_abandoned()
        released.wait(20)
        try:
            refuse_abandoned()
        except Abandoned:
            told.set()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await Threads("test", 1).run(write, 0.05)
        released.set()

    asyncio.run(main())
    assert told.wait(20)


def test_code_that_no_such_thread_runs_is_never_refused() -> None:
    refuse_abandoned()
