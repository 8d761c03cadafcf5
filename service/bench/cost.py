"""What a child process takes: seconds, processor seconds, and the most memory it held."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.errors import Refused


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: wall and processor seconds, and the most memory it held at once."""

    wall_s: float
    cpu_s: float
    peak_gib: float


def cost_of(command: Sequence[str], environment: Mapping[str, str], told: Path | None = None) -> Cost:
    """A process to its end, its standard output written to a file or thrown away; memory as the kernel saw it at most.

    Raises Refused where it fails.
    """
    began = time.perf_counter()
    with (told or Path(os.devnull)).open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out)  # noqa: S603 - our own
        _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Refused(f"scale: {' '.join(command[2:5])} ended with exit code {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 2**30)
