"""The running service as the living bank sees it: its public HTTP interface over a few kept connections."""

from __future__ import annotations

import http.client
import time
import urllib.parse
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, NamedTuple

import orjson

from service.errors import Refused

PARALLEL = 3
TRIES = 60
"""How often a service that is busy is asked again."""
PATIENCE_S = 3_600.0
_LONGEST_PAUSE_S = 5.0


class Call(NamedTuple):
    """One request; `body` is sent as JSON, `match` as `If-Match`."""

    method: str
    path: str
    body: object = None
    match: str | None = None


class Answer(NamedTuple):
    """What came back: the status and the body as JSON (None where it is not JSON)."""

    status: int
    content: Any


class Client:
    """Calls of a service key; a busy service is asked again, a dropped connection is opened anew."""

    def __init__(self, url: str, key: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Refused(f"--url {url}: must be http://HOST:PORT or https://HOST:PORT")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._url, self._base = url, parts.path.rstrip("/")
        self._headers = {"X-API-Key": key, "Content-Type": "application/json", "Accept-Encoding": "identity"}
        self._free: SimpleQueue[http.client.HTTPConnection] = SimpleQueue()
        for _ in range(PARALLEL):
            self._free.put(kind(parts.hostname, parts.port, timeout=PATIENCE_S))
        self._pool = ThreadPoolExecutor(PARALLEL)

    def close(self) -> None:
        """Close every connection."""
        self._pool.shutdown()
        while not self._free.empty():
            self._free.get().close()

    def ask(self, call: Call) -> Answer:
        """The answer, whatever its status; 503 is asked again for a while. Raises Refused when nobody answers."""
        connection = self._free.get()
        try:
            for left in reversed(range(TRIES)):
                answer, pause = self._send(connection, call, last=left == 0)
                if answer is not None:
                    return answer
                time.sleep(pause)
        finally:
            self._free.put(connection)
        raise AssertionError  # the last try returns or raises

    def tell(self, call: Call) -> Any:  # noqa: ANN401 - JSON
        """The body of a 2xx answer; raises Refused with the service's own words for any other."""
        answer = self.ask(call)
        if answer.status // 100 != 2:
            content = answer.content if isinstance(answer.content, dict) else {}
            said = content.get("detail", "no reason given")
            raise Refused(f"{call.method} {call.path}: the service answers {answer.status}: {said}")
        return answer.content

    def tell_all(self, calls: Sequence[Call]) -> list[Any]:
        """The bodies of many calls, some at a time, in the order of the calls."""
        return list(self._pool.map(self.tell, calls))

    def begin(self, calls: Sequence[Call]) -> Future[list[Any]]:
        """The bodies to come of calls that are made one after the other while the caller goes on."""
        return self._pool.submit(self._tell_in_turn, calls)

    def _tell_in_turn(self, calls: Sequence[Call]) -> list[Any]:
        return [self.tell(call) for call in calls]

    def _send(self, connection: http.client.HTTPConnection, call: Call, *, last: bool) -> tuple[Answer | None, float]:
        body = None if call.body is None else orjson.dumps(call.body)
        try:
            matched = {} if call.match is None else {"If-Match": f'"{call.match}"'}
            connection.request(call.method, self._base + call.path, body, {**self._headers, **matched})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            if last:
                raise Refused(f"{self._url}: no answer ({type(error).__name__}: {error})") from None
            return None, 0.2
        if response.status == 503 and not last:
            asked = response.headers.get("Retry-After", "")
            return None, min(float(asked) if asked.isdecimal() else 1.0, _LONGEST_PAUSE_S)
        return Answer(response.status, _json(content)), 0.0


def _json(content: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
