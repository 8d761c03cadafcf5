"""The process of one daily job: the command of that name, which ends when the service does."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

STAYS = 3
"""Exit code of a training whose model does not go into force; the other codes are those of the command."""
_NICER = 10


def entry(job: str) -> None:
    """Run the command `huojia JOB`; raises SystemExit with its code."""
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    os.nice(_NICER)  # shelves go first
    sys.excepthook = _in_one_line
    from service.cli import main
    from service.errors import ModelStays
    from service.jobs.by_hand import ByHand

    ByHand.in_turn()
    sys.argv = ["huojia", job]
    try:
        main()
    except SystemExit as ended:
        # `main` has said what there was to say; its code is that of anything refused.
        if isinstance(ended.__context__, ModelStays):
            raise SystemExit(STAYS) from None
        raise


def _end_with_the_service() -> None:
    """Wait for the end of the pipe that the service holds open, then end this process and its children at once."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Where and what kind, never the message: it may quote an id or an amount."""
    frames = traceback.extract_tb(trace)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
    sys.stderr.write(f"huojia: unforeseen {kind.__name__}{where}\n")


if __name__ == "__main__":
    entry(sys.argv[1])
