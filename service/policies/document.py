"""Policies as somebody writes them: a text in YAML or JSON to a document, and its faults with the lines they stand on.

Of YAML only what JSON has is read: tables, lists, texts, numbers, true, false and null, as YAML 1.2 says them. A date
or a `no` is a text; anchors, aliases and tags are refused, as what they mean cannot be seen where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from shelf_rules.policy_bounds import Fault
from shelf_rules.policy_load import PolicyError

LONGEST = 500_000  # characters of a text
DEEPEST = 64  # levels; a policy has fewer
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: Mapping[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_CORE = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?(\.inf|infinity)|\.?nan", re.IGNORECASE)
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_WRONG: Sequence[tuple[str, str]] = (
    (
        "mapping values are not allowed",
        "a colon stands where none may: align the keys of one table, write texts with colons in quotes",
    ),
    ("quoted scalar", "a text in quotes does not end well: write the closing quote, and quotes inside it twice"),
    ("expected ':'", "a colon is missing: write key: value"),
    ("flow", "a list or table in brackets does not end well: write [a, b] or {a: 1, b: 2}"),
    ("block", "the indentation does not fit the lines above: write the keys of one table below each other"),
)


class ReadDocument(NamedTuple):
    """A policy as data, and the line of each of its paths, from 1."""

    document: dict[str, Any]
    lines: Mapping[str, int]


class TextFault(tuple[str, str]):  # noqa: SLOT001 - a tuple of any length cannot have slots
    """A fault of a text that is no document: a path, a message, and the line, which it knows itself."""

    line: int

    def __new__(cls, path: str, message: str, line: int) -> TextFault:
        """A pair as every other fault is."""
        fault = super().__new__(cls, (path, message))
        fault.line = line
        return fault


def read_text(text: str) -> ReadDocument:
    """A policy document out of YAML or JSON; raises PolicyError for what is none."""
    if len(text) > LONGEST:
        raise PolicyError([TextFault("", f"{len(text)} characters are too many: write at most {LONGEST}", 1)])
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        text = _PAIR.sub(_joined_pair, text.replace("\t", " "))  # JSON may be indented by tabs, YAML may not
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise PolicyError([_syntax(text, error)]) from None
    if not isinstance(builder.root, dict) and not builder.faults:
        builder.fault("", "a policy is a table of its parts: write key: value", 1)
    if builder.faults:
        raise PolicyError(builder.faults)
    return ReadDocument(builder.root, builder.lines)


def with_lines(faults: Sequence[Fault], lines: Mapping[str, int]) -> list[dict[str, Any]]:
    """The faults as plain data; `line` is that of the path or of what is around it, null where nobody knows it."""
    return [{"path": fault[0], "line": _line_of(fault, lines), "detail": fault[1]} for fault in faults]


def _line_of(fault: Fault, lines: Mapping[str, int]) -> int | None:
    if isinstance(fault, TextFault):
        return fault.line
    path = fault[0]
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path)


@dataclass(slots=True)
class _Open:
    """A table or list that is being read; `key` is that of the value to come."""

    value: dict[str, Any] | list[Any]
    path: str
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Takes the events of a YAML parser, one document of them, and remembers where each path stands."""

    root: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0

    def fault(self, path: str, message: str, line: int) -> None:
        """Note a fault."""
        self.faults.append(TextFault(path, message, line))

    def take(self, event: yaml.Event) -> None:
        """Take the next event; raises PolicyError where reading on would say nothing more."""
        line = 1 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop("", "a second document begins here: write one policy a text", line)
        elif isinstance(event, yaml.AliasEvent):
            self._stop(self._path(), f"*{event.anchor} is not read: write its value out here", line)
        elif isinstance(event, yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event, line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()

    def _begin(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        if event.anchor is not None:
            self._stop(self._path(), f"&{event.anchor} is not read: write values out where they are needed", line)
        if event.tag is not None:
            self._stop(
                self._path(),
                f"{event.tag.replace(_CORE, '!!')} is not read: write the value alone, a text in quotes",
                line,
            )
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
            return
        if self._awaits_key():
            self._stop(self._path(), "a list or table is no key: write key: value", line)
        if len(self.stack) >= DEEPEST:
            self._stop(self._path(), f"nested more than {DEEPEST} levels deep: write it flatter", line)
        path = self._path()
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(value, line)
        self.stack.append(_Open(value, path))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        value = _resolved(event.value) if event.implicit[0] else event.value
        if self._awaits_key():
            self._key(value, event.value, line)
        elif value is NotImplemented:
            self.fault(self._path(), f"{event.value} is no number to work with: write a finite one", line)
            self._put(0, line)
        else:
            self._put(value, line)

    def _key(self, value: object, text: str, line: int) -> None:
        top = self.stack[-1]
        top.key = text
        path = self._path()
        if not isinstance(value, str):
            self.fault(path, f"the key {text} is not a text: write it in quotes, '{text}'", line)
        elif text in top.value:
            self.fault(path, f"'{text}' stands twice, first on line {self.lines[path]}: write it once", line)
        else:
            self.lines[path] = line

    def _put(self, value: object, line: int) -> None:
        path = self._path()
        self.lines.setdefault(path, line)
        top = self.stack[-1] if self.stack else None
        if top is None:
            self.root = value
        elif isinstance(top.value, list):
            top.value.append(value)
        elif top.key is not None:
            top.value[top.key] = value
            top.key = None

    def _awaits_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _path(self) -> str:
        """Where the next value stands."""
        if not self.stack:
            return ""
        top = self.stack[-1]
        if isinstance(top.value, list):
            return f"{top.path}[{len(top.value)}]"
        if top.key is None:
            return top.path
        return f"{top.path}.{top.key}" if top.path else top.key

    def _stop(self, path: str, message: str, line: int) -> None:
        self.fault(path, message, line)
        raise PolicyError(self.faults)


def _resolved(text: str) -> object:
    """What a plain scalar is in the core schema of YAML 1.2; NotImplemented where it is no finite number."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) <= 32:
        return int(text)
    if _FLOAT.fullmatch(text):
        value = float(text)
        return value if abs(value) < float("inf") else NotImplemented
    return NotImplemented if _NO_NUMBER.fullmatch(text) else text


def _joined_pair(pair: re.Match[str]) -> str:
    r"""The character of two escaped surrogates, which JSON writes and YAML does not know."""
    return f"\\U{0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + int(pair[2], 16) - 0xDC00:08x}"


def _syntax(text: str, error: yaml.YAMLError) -> TextFault:
    """Where a text is no YAML, and what to write there."""
    rows = text.split("\n")
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        at = text[: getattr(error, "position", 0)].count("\n")
        return TextFault("", "a character that is no text stands here: write letters, digits and signs only", at + 1)
    line = min(mark.line, len(rows) - 1)
    said = f"{getattr(error, 'problem', '')} {getattr(error, 'context', '')}"
    if "cannot start any token" in said:
        letter = rows[line][mark.column : mark.column + 1]
        tab = letter == "\t"
        message = "a tab stands here: write spaces" if tab else f"{letter} begins no value: write the value in quotes"
        return TextFault("", message, line + 1)
    found = (message for sign, message in _WRONG if sign in said)
    return TextFault("", next(found, "this is no YAML: write key: value"), line + 1)
