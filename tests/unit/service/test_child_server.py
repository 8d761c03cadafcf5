from __future__ import annotations

import subprocess
import sys

import pytest

from service.child_server import free_port, wait_for
from service.errors import Refused

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503); self.end_headers()
    def log_message(self, *arguments): ...
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_a_server_that_refuses_is_up_but_not_ready() -> None:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SERVER, str(port)]) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/", process, 30, refusing=True)
            with pytest.raises(Refused, match="did not start"):
                wait_for(f"http://127.0.0.1:{port}/", process, 0.3)
        finally:
            process.terminate()


def test_a_server_that_ends_is_not_waited_for() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        with pytest.raises(Refused, match="did not start"):
            wait_for("http://127.0.0.1:9/", process, 3_600)
