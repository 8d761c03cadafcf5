"""How policies, files and people are named on the command line."""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from service.clock import Clock
from service.errors import Missing, Refused
from service.policies.document import ReadDocument, read_text, with_lines
from service.settings import Settings
from service.stores._policies import Act
from service.stores.protocols import PolicyVersion, Store
from shelf_rules.policy_load import PolicyError

_LABEL = re.compile(r"(?:(?P<name>[a-z][a-z0-9_.-]{0,63})@)?(?P<version>[1-9][0-9]{0,8})")


def act_of(settings: Settings, actor: str, comment: str = "") -> Act:
    """An act of now, of somebody or of whoever is logged in; raises Refused where nobody is."""
    try:
        return Act(actor or getpass.getuser(), Clock(settings.start).now_us(), comment)
    except (OSError, KeyError):
        raise Refused("--as: say who acts, this login has no name") from None


def is_label(text: str) -> bool:
    """Whether a text names a version, NAME@VERSION or VERSION."""
    return _LABEL.fullmatch(text) is not None


def labelled(store: Store, text: str) -> tuple[str, int]:
    """Name and version of NAME@VERSION, or of VERSION of the policy in force; raises Refused for another text."""
    match = _LABEL.fullmatch(text)
    if match is None:
        raise Refused(f"{text}: a version is named as default@3, or 3 for one of the policy in force")
    return match["name"] or store.active_policy()[1].name, int(match["version"])


def version_of(store: Store, text: str) -> PolicyVersion:
    """The version that is named so; raises Missing."""
    name, version = labelled(store, text)
    found = store.policy(name, version)
    if found is None:
        raise Missing("unknown_policy", f"{name}@{version}: no such version")
    return found


def read_file(path: Path) -> ReadDocument:
    """A policy file; raises Refused where it cannot be read."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: {error}") from None
    with explained(path, {}):
        return read_text(text)


@contextmanager
def explained(path: Path, lines: Mapping[str, int]) -> Iterator[None]:
    """Say of every fault of a policy file where in it it stands: one line each."""
    try:
        yield
    except PolicyError as error:
        raise Refused("\n".join(_line(path, fault) for fault in with_lines(error.faults, lines))) from None


def _line(path: Path, fault: Mapping[str, object]) -> str:
    where = str(path) if fault["line"] is None else f"{path}:{fault['line']}"
    return ": ".join(str(part) for part in (where, fault["path"], fault["detail"]) if part)
