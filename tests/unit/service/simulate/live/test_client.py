"""The calls of the living bank: patient with a busy service, clear about one that refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from service.errors import Refused
from service.simulate.live import client as calling
from service.simulate.live.client import Call, Client


class _Busy(BaseHTTPRequestHandler):
    """Busy every second time; a path names the status of the answer."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).asked += 1
        status = 503 if type(self).asked % 2 else int(self.path.split("/")[1])
        body = json.dumps({"detail": "because", "key": self.headers["X-API-Key"]}).encode()
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def client() -> Iterator[Client]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Busy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made = Client(f"http://127.0.0.1:{server.server_address[1]}", "secret")
    yield made
    made.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_busy_service_is_asked_again(client: Client) -> None:
    assert client.tell(Call("POST", "/202", {"events": []})) == {"detail": "because", "key": "secret"}


def test_many_calls_are_answered_in_their_order(client: Client) -> None:
    answers = client.tell_all([Call("POST", "/200", {}) for _ in range(6)])
    assert len(answers) == 6


def test_calls_are_made_while_the_caller_goes_on_and_refused_when_asked_for(client: Client) -> None:
    done = client.begin([Call("POST", "/200", {}) for _ in range(3)])
    refused = client.begin([Call("POST", "/403", {})])
    assert len(done.result()) == 3
    with pytest.raises(Refused, match="POST /403"):
        refused.result()


def test_a_refusal_is_told_in_the_services_words(client: Client) -> None:
    with pytest.raises(Refused, match="POST /403: the service answers 403: because"):
        client.tell(Call("POST", "/403", {}))


def test_a_service_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "TRIES", 1)
    client = Client("http://127.0.0.1:9", "secret")
    with pytest.raises(Refused, match=r"http://127\.0\.0\.1:9: no answer"):
        client.tell(Call("GET", "/readyz"))
    client.close()


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://bank", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="--url"):
        Client(url, "secret")
