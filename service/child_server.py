"""A server in a child process on loopback: a free port for it, and waiting until it answers."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request

from service.errors import Refused


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float, *, refusing: bool = False) -> None:
    """Wait until `url` answers 200, or with `refusing` anything at all; raises Refused when it ends or takes longer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - loopback
        except urllib.error.HTTPError:
            if refusing:
                return
            time.sleep(0.1)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Refused(f"a server did not start: {url} does not answer")
