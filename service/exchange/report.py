"""What an import or an export did, as data, as JSON and as lines for a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from service.clock import iso


@dataclass(slots=True)
class FileCounts:
    """The rows of one file: `read` is the sum of all others.

    `tombstoned` tags the customer has deleted, `superseded` holdings are older than the statement that is stored.
    `ended` counts spells outside the file: those that the new statements no longer name. `not_kept` are rows without a
    fault of an import that was refused. `rejected_file` holds what was rejected; `warnings` tell of rows that count.
    """

    read: int = 0
    inserted: int = 0
    replaced: int = 0
    unchanged: int = 0
    duplicate: int = 0
    tombstoned: int = 0
    superseded: int = 0
    ended: int = 0
    not_kept: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    missing_columns: tuple[str, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    rejected_file: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> int:
        """Rows that changed the database."""
        return self.inserted + self.replaced

    @property
    def rejects(self) -> int:
        """Rows that were not loaded."""
        return sum(self.rejected.values())

    def withdraw(self) -> None:
        """Nothing is kept after all."""
        self.not_kept, self.inserted, self.replaced, self.ended = self.changed, 0, 0, 0


@dataclass(slots=True)
class ImportReport:
    """An import: `kept` says whether the database has changed, `unread` names what the folder holds besides.

    `quarantined` counts the assignments of tags that it put into quarantine, by reason, and those that it `released`.
    """

    folder: str
    report_folder: str = ""
    files: dict[str, FileCounts] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    kept: bool = False
    max_rejects: int = 0
    as_of_us: int | None = None
    customers: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def rejects(self) -> int:
        """Rows of all files that were not loaded."""
        return sum(counts.rejects for counts in self.files.values())

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can carry it."""
        as_of = None if self.as_of_us is None else iso(self.as_of_us)
        return {**asdict(self), "rejects": self.rejects, "as_of": as_of}

    def refuse(self) -> None:
        """Nothing was kept, of no file."""
        self.kept = False
        for counts in self.files.values():
            counts.withdraw()

    def write(self) -> None:
        """Write `report.json` into the report's folder."""
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=2)
        (Path(self.report_folder) / "report.json").write_text(text + "\n", encoding="utf-8")

    def rows(self) -> Iterator[tuple[str, int, int, int, int, int, int, str]]:
        """A line a file: read, inserted, replaced, unchanged, duplicate, rejected, and the reasons for that."""
        for name, counts in self.files.items():
            reasons = ", ".join(f"{code} {number}" for code, number in sorted(counts.rejected.items()))
            told = (counts.read, counts.inserted, counts.replaced, counts.unchanged, counts.duplicate, counts.rejects)
            yield (name, *told, reasons)

    def notes(self) -> Iterator[str]:
        """What the table does not say: columns and files that were not read, rows held back, where rejects are."""
        for name, counts in self.files.items():
            yield from (f"{name}: {note}" for note in _notes(counts))
        if self.quarantined:
            reasons = (f"{why} {count}" for why, count in sorted(self.quarantined.items()))
            yield f"tags in quarantine: {', '.join(reasons)}"
        if self.unread:
            yield f"not read: {', '.join(self.unread)}"
        yield f"{self.customers} customers changed in {self.seconds:.1f} s; report: {self.report_folder}"

    def summary(self) -> str:
        """One line: whether the import was kept."""
        fate = "kept" if self.kept else "nothing was kept"
        where = f"; see {self.report_folder}/rejected" if self.rejects else ""
        rows = "1 row" if self.rejects == 1 else f"{self.rejects} rows"
        return f"{self.folder}: {fate}, {rows} rejected, {self.max_rejects} allowed{where}"


def _notes(counts: FileCounts) -> Iterator[str]:
    """What is to be said of one file."""
    for what, columns in (("missing", counts.missing_columns), ("not read", counts.ignored_columns)):
        if columns:
            yield f"columns {what}: {', '.join(columns)}"
    yield from (f"{number} {what}" for what, number in _aside(counts) if number)
    yield from counts.warnings
    if counts.rejected_file:
        yield f"rejected rows, each with its number, code and column: {counts.rejected_file}"


def _aside(counts: FileCounts) -> tuple[tuple[str, int], ...]:
    return (
        ("under a deletion by the customer", counts.tombstoned),
        ("older than the stored statement", counts.superseded),
        ("of before ended, no longer stated", counts.ended),
        ("without a fault, not kept either", counts.not_kept),
    )


@dataclass(slots=True)
class ExportReport:
    """An export: rows by file."""

    folder: str
    files: dict[str, int] = field(default_factory=dict)
    as_of_us: int | None = None
    seconds: float = 0.0

    def rows(self) -> Iterator[tuple[str, int]]:
        """A line a file."""
        yield from self.files.items()

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can carry it."""
        return {**asdict(self), "as_of": None if self.as_of_us is None else iso(self.as_of_us)}
