"""Four eyes for what arms show: who wrote parameters of an arm does not let them run."""

from __future__ import annotations

from typing import Any

import orjson

from service.errors import Forbidden, PreconditionFailed
from service.stores import tables
from service.stores._policies import Writing, rows_of

_LETS_RUN = frozenset({"start", "resume"})


def expect_other(writing: Writing, key: str, sha256: str | None = None) -> None:
    """Raises Forbidden where the actor wrote what the arms show, and nobody else has let exactly that run.

    Arms that name published versions, or change nothing, have been judged: they need nobody else. `sha256` is of the
    experiment that the actor read; raises PreconditionFailed where another one stands there by now.
    """
    rows = rows_of(writing.connection, tables.ExperimentActs, key=key)
    if rows and sha256 not in {None, rows[-1]["sha256"]}:
        raise PreconditionFailed("stale_content", f"{key} is another by now: SHA-256 {rows[-1]['sha256']}")
    authors: set[str] = set()
    shown: list[Any] = []
    is_judged = True
    for row in rows:
        before, shown = shown, shown_by(orjson.loads(row["spec"]))
        if shown != before:
            authors.add(row["actor"])
            is_judged = not shown
        is_judged = is_judged or (row["act"] in _LETS_RUN and row["actor"] not in authors)
    actor = writing.act.actor
    if not is_judged and actor in authors:
        raise Forbidden("self_approval", f"{actor} wrote parameters of {key}: somebody else has to let them run")


def shown_by(document: dict[str, Any]) -> list[Any]:
    """What arms show that nobody has judged: their own parameters, arm by arm; nothing where no arm has any."""
    return [[arm["key"], arm["parameters"]] for arm in document["arms"] if arm.get("parameters")]
