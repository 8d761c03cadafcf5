"""Which customers cannot have seen a difference between two arms: each of their shelves is known to be the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import BindParameter, Connection, bindparam, select

from recommender.training_data import Bools
from service.experiments.spec import COUNTED
from service.stores import tables
from service.stores._upsert import table

_LOG, _DIFFERENCES = table(tables.Decisions), table(tables.ArmDifferences)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OF = (
    _LOG.c.customer_id.in_(_IDS),
    _LOG.c.decided_us >= bindparam("since_us", type_=_LOG.c.decided_us.type),
    _LOG.c.decided_us < bindparam("until_us", type_=_LOG.c.decided_us.type),
)
_KNOWN = (
    select(_LOG.c.customer_id, _LOG.c.decision_id, _DIFFERENCES.c.arm, _DIFFERENCES.c.differs)
    .join(_DIFFERENCES, _DIFFERENCES.c.decision_id == _LOG.c.decision_id)
    .where(*_OF, _DIFFERENCES.c.experiment == bindparam("experiment"))
)
_DECIDED = select(_LOG.c.customer_id, _LOG.c.decision_id, _LOG.c.document).where(*_OF)


class _Assigned(msgspec.Struct):
    assignments: list[dict[str, Any]] = []


_assigned = msgspec.json.Decoder(_Assigned).decode


def same(connection: Connection, bound: Mapping[str, Any], ids: Sequence[str], arms: Mapping[str, int]) -> Bools:
    """[n, arms]: all decisions of a customer that count were compared with that arm's shelf, and none was another.

    `bound` names the experiment, its phase and the span of time, `arms` the place of each. A customer of the control is
    compared with each arm, one of another arm with the control, in the column of the own arm. A decision that was not
    compared leaves a customer unknown, which is not the same.
    """
    alike: dict[tuple[str, int], set[str]] = {}
    other: set[tuple[str, int]] = set()
    for customer_id, decision_id, arm, differs in connection.execute(_KNOWN, {**bound, "ids": ids}):
        if arm in arms:
            pair = customer_id, arms[arm]
            alike.setdefault(pair, set()).add(decision_id)
            other |= {pair} if differs else set()
    candidates = alike.keys() - other
    counted = _counted(connection, bound, sorted({customer_id for customer_id, _ in candidates}))
    found = np.zeros((len(ids), len(arms)), dtype=np.bool_)
    places = {customer_id: place for place, customer_id in enumerate(ids)}
    for customer_id, arm_place in candidates:
        missing = counted.get(customer_id, set()) - alike[customer_id, arm_place]
        found[places[customer_id], arm_place] = not missing
    return found


def _counted(connection: Connection, bound: Mapping[str, Any], ids: Sequence[str]) -> dict[str, set[str]]:
    """The decisions of customers in which an arm of the phase was drawn."""
    found: dict[str, set[str]] = {}
    if not ids:
        return found
    for customer_id, decision_id, document in connection.execute(_DECIDED, {**bound, "ids": ids}):
        for one in _assigned(document).assignments:
            of = one["experiment"], one["phase"]
            if of == (bound["experiment"], bound["phase"]) and one["source"] in COUNTED:
                found.setdefault(customer_id, set()).add(decision_id)
    return found
