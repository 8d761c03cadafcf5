"""Connections to two workers behind one port: one kept open to each, and fresh ones to whichever takes them."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

from loadtest.bank import CannotRun
from loadtest.customers import token
from loadtest.plan import Plan

_SHELVES = re.compile(r"^huojia_shelves_total\{[^}]*\} (\S+)$", re.MULTILINE)
_TRIES = 400
_TIMEOUT_S = 60.0


class Workers:
    """Both workers of one service; a call may go to each of them, or to the one that a new connection falls to."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._address = plan, urllib.parse.urlsplit(plan.url).netloc
        self._orders = itertools.cycle((slice(None), slice(None, None, -1)))
        self._kept = self._one_to_each()

    def fresh(self, method: str, path: str, customer_id: str | None = None, body: object = None) -> Any:  # noqa: ANN401
        """A call on a connection of its own, as that customer or, without one, with the service key; the JSON."""
        connection = self._open()
        try:
            return self._call(connection, method, path, (customer_id, body))
        finally:
            connection.close()

    def each(self, path: str, customer_id: str | None = None) -> list[Any]:
        """What each of the two workers answers; which of them is asked first alternates."""
        order = next(self._orders)
        return [self._call(connection, "GET", path, (customer_id, None)) for connection in self._kept[order]]

    def shelves(self) -> list[int]:
        """How many shelves each of the workers has served, by its own count."""
        return [self._served(connection) for connection in self._kept]

    def close(self) -> None:
        """Close the connections."""
        for connection in self._kept:
            connection.close()

    def _one_to_each(self) -> list[http.client.HTTPConnection]:
        """Two connections that different processes hold: a shelf that one has served the other has not counted."""
        first = self._open()
        for _ in range(_TRIES):
            other = self._open()
            before = self._served(first)
            self._call(other, "GET", "/v1/customers/nobody/shelf", (None, None))
            if self._served(first) == before:
                return [first, other]
            other.close()
        raise CannotRun(f"all of {_TRIES} connections were taken by one worker")

    def _open(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._address, timeout=_TIMEOUT_S)

    def _served(self, connection: http.client.HTTPConnection) -> int:
        connection.request("GET", "/metrics")
        return int(sum(float(count) for count in _SHELVES.findall(connection.getresponse().read().decode())))

    def _call(
        self, connection: http.client.HTTPConnection, method: str, path: str, sent: tuple[str | None, object]
    ) -> Any:  # noqa: ANN401 - JSON
        customer_id, body = sent
        content = None if body is None else json.dumps(body).encode()
        connection.request(method, path, content, self._headers(customer_id, has_body=content is not None))
        answer = connection.getresponse()
        read = answer.read()
        if answer.status != 200:
            raise CannotRun(f"{method} {path}: status {answer.status} {read[:200].decode('utf-8', 'replace')}")
        return json.loads(read)

    def _headers(self, customer_id: str | None, *, has_body: bool) -> Mapping[str, str]:
        who = {"X-API-Key": self._plan.key}
        if customer_id is not None:
            who = {"Authorization": f"Bearer {token(self._plan, customer_id)}"}
        return who | ({"Content-Type": "application/json"} if has_body else {})
