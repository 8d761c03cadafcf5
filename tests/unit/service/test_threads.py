from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from service.bootstrap import runtime_of
from service.settings import load_settings
from service.threads import Abandoned, Threads, refuse_abandoned


def threads_of_blas() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_a_process_starts_with_one_thread_of_blas_whatever_it_was_offered(tmp_path: Path) -> None:
    settings = load_settings({}, {"data_dir": str(tmp_path), "log_level": "error"})
    with threadpool_limits(2, "blas"):
        assert threads_of_blas() == {2}
        with runtime_of(settings):
            assert threads_of_blas() == {1}


def test_the_environment_offers_blas_no_more_than_one_thread() -> None:
    program = (
        "import service, numpy, scipy.linalg; from threadpoolctl import threadpool_info as pools; "
        "print({pool['num_threads'] for pool in pools()})"
    )
    many = os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "2")
    done = subprocess.run([sys.executable, "-c", program], env=many, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{1}"


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


def test_a_cancellation_that_comes_with_the_answer_is_not_swallowed() -> None:
    released = threading.Event()

    async def main() -> None:
        task = asyncio.create_task(Threads("test", 1).run(lambda: released.wait(20), 20))
        await asyncio.sleep(0.01)
        released.set()
        time.sleep(0.2)  # noqa: ASYNC251 - the answer comes while the loop stands
        asyncio.get_running_loop().call_soon(task.cancel)
        await asyncio.wait({task})
        assert task.cancelled()

    asyncio.run(main())
