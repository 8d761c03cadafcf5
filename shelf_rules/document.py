"""Strict reading of a nested document: every key is read exactly as typed, and none is left over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

T = TypeVar("T")


class Section:
    """One table of a document; each reader raises ValueError with the path of what is missing or of another kind.

    A table inside it is one object however often it is asked for, so that `done` knows what has been read at any depth.
    """

    def __init__(self, content: object, path: str = "") -> None:
        if not isinstance(content, Mapping):
            raise ValueError(f"{path or 'document'}: a table is expected")
        self._content: Mapping[str, object] = content
        self._path = path
        self._unread = set(content)
        self._inside: dict[str, tuple[Section, ...]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The keys in the order of the document."""
        return tuple(self._content)

    def path(self, key: str) -> str:
        """The dotted path of a key."""
        return f"{self._path}.{key}" if self._path else key

    def text(self, key: str, among: Collection[str] = ()) -> str:
        """A text, one of `among` where that is given."""
        value = self._get(key, str)
        if among and value not in among:
            raise ValueError(f"{self.path(key)}: {value!r} is none of {', '.join(among)}")
        return value

    def whole(self, key: str) -> int:
        """A whole number of at least 0."""
        value = self._get(key, int)
        if isinstance(value, bool) or value < 0:
            raise ValueError(f"{self.path(key)}: a whole number of at least 0 is expected, not {value!r}")
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        return self._get(key, bool)

    def texts(self, key: str, among: Collection[str] = ()) -> tuple[str, ...]:
        """A list of different texts, each one of `among` where that is given."""
        listed: list[object] = self._get(key, list)
        values = tuple(value for value in listed if isinstance(value, str) and (not among or value in among))
        if len(values) < len(listed):
            raise ValueError(f"{self.path(key)}: {listed!r} holds what is not expected here")
        if len(set(values)) < len(values):
            raise ValueError(f"{self.path(key)}: a value stands twice")
        return values

    def section(self, key: str) -> Section:
        """A table inside this one."""
        if key not in self._inside:
            self._inside[key] = (Section(self._get(key, object), self.path(key)),)
        return self._inside[key][0]

    def sections(self, key: str) -> tuple[Section, ...]:
        """A list of tables."""
        if key not in self._inside:
            rows: list[object] = self._get(key, list)
            self._inside[key] = tuple(Section(row, f"{self.path(key)}[{index}]") for index, row in enumerate(rows))
        return self._inside[key]

    def says(self, key: str, value: str | bool) -> None:
        """Checks a statement that the code keeps in one way only: another value promises what it does not do."""
        stated = self._get(key, object)
        if stated != value:
            raise ValueError(f"{self.path(key)}: {stated!r} is not supported, only {value!r}")

    def done(self) -> None:
        """Raises ValueError where a key was not read, at any depth: it would have no effect."""
        if self._unread:
            raise ValueError(f"{self.path(min(self._unread))}: unknown key")
        for tables in self._inside.values():
            for table in tables:
                table.done()

    def _get(self, key: str, kind: type[T]) -> T:
        if key not in self._content:
            raise ValueError(f"{self.path(key)}: missing")
        value = self._content[key]
        if not isinstance(value, kind):
            raise ValueError(f"{self.path(key)}: {value!r} is of another kind than expected")
        self._unread.discard(key)
        return value
