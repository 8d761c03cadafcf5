"""Commands of `huojia` run in this process, as tests see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left: exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON."""
        return orjson.loads(self.out)


Run = Callable[..., Done]


def put(folder: Path, name: str, content: bytes) -> str:
    """Write a file into a folder; its path."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return str(folder / name)
