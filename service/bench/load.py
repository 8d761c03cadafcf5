"""A closed-loop HTTP/1.1 client: every connection sends its next request when the last answer is whole."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import orjson
import uvloop

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(slots=True)
class Tally:
    """What the connections of one window counted; latencies in nanoseconds."""

    latencies: list[int] = field(default_factory=list)
    errors: int = 0


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], tally: Tally, until: float) -> None:
        self._requests, self._tally, self._until = requests, tally, until
        self._buffer = bytearray()
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's, though they do the same.
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(_END)
        if head < 0:
            return
        start = self._buffer[:head].lower().find(_LENGTH)
        size = int(self._buffer[start + len(_LENGTH) : head].split(b"\r", 1)[0])
        if len(self._buffer) < head + len(_END) + size:
            return
        self._tally.latencies.append(time.perf_counter_ns() - self._sent)
        self._tally.errors += self._buffer[9:12] != b"200"
        self._buffer.clear()
        if time.monotonic() < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if time.monotonic() < self._until:
            self._tally.errors += 1
        if not self.closed.done():
            self.closed.set_result(exc)

    def _send(self) -> None:
        self._sent = time.perf_counter_ns()
        self._transport.write(next(self._requests))


async def run(port: int, requests: list[bytes], seconds: float, connections: int) -> Tally:
    """Load `port` on loopback for some seconds; the requests are used in turn."""
    tally, turn, until = Tally(), itertools.cycle(requests), time.monotonic() + seconds
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: _Connection(turn, tally, until), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.closed for _, protocol in opened))
    return tally


def main() -> None:
    """Read the requests of a file (a JSON list of texts), load, print the tally as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--requests", type=Path, required=True)
    given = parser.parse_args()
    requests = [text.encode() for text in orjson.loads(given.requests.read_bytes())]
    tally = uvloop.run(run(given.port, requests, given.seconds, given.connections))
    ordered = sorted(tally.latencies)
    quantiles = {
        name: ordered[int(share * (len(ordered) - 1))] / 1000 if ordered else None
        for name, share in (("p50_us", 0.5), ("p95_us", 0.95), ("p99_us", 0.99))
    }
    sys.stdout.buffer.write(orjson.dumps({"requests": len(ordered), "errors": tally.errors, **quantiles}))


if __name__ == "__main__":
    main()
