"""What an import or an export did, as data, as JSON and as lines for a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from service.clock import iso


@dataclass(slots=True)
class FileCounts:
    """The rows of one file: `read` is the sum of all others."""

    read: int = 0
    inserted: int = 0
    replaced: int = 0
    unchanged: int = 0
    duplicate: int = 0
    tombstoned: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    missing_columns: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()

    @property
    def rejects(self) -> int:
        """Rows that were not loaded."""
        return self.rejected.total()


@dataclass(slots=True)
class ImportReport:
    """An import: `kept` says whether the database has changed, `unread` names what the folder holds besides."""

    folder: str
    files: dict[str, FileCounts] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    kept: bool = False
    max_rejects: int = 0
    as_of_us: int | None = None
    customers: int = 0
    seconds: float = 0.0

    @property
    def rejects(self) -> int:
        """Rows of all files that were not loaded."""
        return sum(counts.rejects for counts in self.files.values())

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can carry it."""
        as_of = None if self.as_of_us is None else iso(self.as_of_us)
        return {**asdict(self), "rejects": self.rejects, "as_of": as_of}

    def write(self, folder: Path) -> None:
        """Write `report.json` into a folder."""
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=2)
        (folder / "report.json").write_text(text + "\n", encoding="utf-8")

    def lines(self) -> Iterator[str]:
        """One line a file, then what was left out and what it came to."""
        for name, counts in self.files.items():
            yield f"{name}: {', '.join(_figures(counts)) or 'no rows'}"
            for what, columns in (("missing", counts.missing_columns), ("not read", counts.ignored_columns)):
                if columns:
                    yield f"{name}: columns {what}: {', '.join(columns)}"
        if self.unread:
            yield f"not read: {', '.join(self.unread)}"
        fate = "kept" if self.kept else f"nothing kept: {self.rejects} rejected, {self.max_rejects} allowed"
        yield f"{fate}; {self.customers} customers changed, {self.seconds:.1f} s"


def _figures(counts: FileCounts) -> Iterator[str]:
    for name in ("inserted", "replaced", "unchanged", "duplicate", "tombstoned"):
        number = getattr(counts, name)
        if number:
            yield f"{number} {name}"
    for code, number in sorted(counts.rejected.items()):
        yield f"{number} rejected as {code}"


@dataclass(slots=True)
class ExportReport:
    """An export: rows by file."""

    folder: str
    files: dict[str, int] = field(default_factory=dict)
    as_of_us: int | None = None
    seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        """One line a file."""
        for name, rows in self.files.items():
            yield f"{name}: {rows} rows"
        yield f"{sum(self.files.values())} rows in {self.seconds:.1f} s"
