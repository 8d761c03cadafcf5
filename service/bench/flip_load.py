"""An open-loop client in a process of its own: every request when it is due, on a connection of its own."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import random
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import uvloop

TIMEOUT_S = 30.0
_MANY, _EVERY = 10, 20
"""One request in twenty asks for ten shelves in one call."""


class Seen(NamedTuple):
    """One answer: monotonic nanoseconds at which it was due, asked for and complete, its status and its shelves.

    A shelf is (customer, generation, policy, what stands on it as a digest).
    """

    due_ns: int
    start_ns: int
    end_ns: int
    status: int
    shelves: Sequence[tuple[str, int, str, str]]


class Target(NamedTuple):
    """Where to, as whom, for whom."""

    port: int
    key: str
    customers: Sequence[str]


def content_of(shelf: Mapping[str, Any]) -> str:
    """What stands on a shelf, as a digest: mode, stage, and of every card its product, slot, tier, reason and task."""
    groups = [*shelf["tiers"], {"tier": "public", "zones": shelf["public"]}]
    cards = [
        (card["slot"], card["product_id"], group["tier"], card["reason"]["code"], card["task"] and card["task"]["type"])
        for group in groups
        for zone in group["zones"]
        for card in zone["cards"]
    ]
    told = orjson.dumps([shelf["mode"], shelf["lifecycle"], sorted(cards, key=lambda card: card[:2])])
    return hashlib.sha256(told).hexdigest()[:16]


def shelves_of(body: bytes) -> list[tuple[str, int, str, str]]:
    """The shelves of an answer, the customers left open."""
    document = orjson.loads(body)
    versions = [(shelf, shelf["versions"]) for shelf in document.get("shelves", [document])]
    return [("", told["generation"], told["policy"], content_of(shelf)) for shelf, told in versions]


async def asked(target: Target, customers: Sequence[str], due_ns: int) -> Seen:
    """Ask for one shelf, or for many in one call; status 0 where there was no whole answer."""
    start_ns = time.monotonic_ns()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
            writer.write(_request(target, customers))
            answer = await reader.read()
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        status, shelves = int(head.split(b" ", 2)[1]), shelves_of(body) if head[9:12] == b"200" else []
    except (OSError, ValueError, IndexError, KeyError):
        return Seen(due_ns, start_ns, time.monotonic_ns(), 0, [])
    named = [(who, *shelf[1:]) for who, shelf in zip(customers, shelves, strict=bool(shelves))]
    return Seen(due_ns, start_ns, time.monotonic_ns(), status, named)


def _request(target: Target, customers: Sequence[str]) -> bytes:
    head = f"Host: 127.0.0.1\r\nX-API-Key: {target.key}\r\nConnection: close\r\n"
    if len(customers) == 1:
        return f"GET /v1/customers/{customers[0]}/shelf HTTP/1.1\r\n{head}\r\n".encode()
    body = orjson.dumps({"customers": customers})
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"POST /v1/shelves HTTP/1.1\r\n{head}\r\n".encode() + body


async def load(target: Target, rate: float) -> list[Seen]:
    """Requests at `rate` a second until SIGTERM; a slow answer holds no later request back."""
    running: set[asyncio.Task[Seen]] = set()
    seen: list[Seen] = []

    def ended(task: asyncio.Task[Seen]) -> None:
        running.discard(task)
        seen.append(task.result())

    told_to_end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_end.set)
    began_ns = time.monotonic_ns()
    for number, customers in enumerate(_turns(target.customers)):
        due_ns = began_ns + int(number * 1e9 / rate)
        await asyncio.sleep(max(0.0, (due_ns - time.monotonic_ns()) / 1e9))
        if told_to_end.is_set():
            break
        task = asyncio.create_task(asked(target, customers, due_ns))
        running.add(task)
        task.add_done_callback(ended)
    while running:
        await asyncio.wait(running)
    return seen


def _turns(customers: Sequence[str]) -> Iterator[Sequence[str]]:
    chance = random.Random(0)  # noqa: S311 - whose turn it is
    for number in itertools.count(1):
        yield chance.sample(customers, _MANY if number % _EVERY == 0 else 1)


def main() -> None:
    """Load as told on the command line; the answers seen are written as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    target = Target(**orjson.loads(given.target.read_bytes()))
    seen = uvloop.run(load(target, given.rate))
    given.out.write_bytes(orjson.dumps([tuple(one) for one in seen]))


if __name__ == "__main__":
    main()
