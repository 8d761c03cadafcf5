"""The alarms of a phase's earlier looks: once raised they stay, whatever later data would say."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from service.clock import iso
from service.experiments.results.document import Said
from service.stores import tables
from service.stores._upsert import table

_LOOKS = table(tables.ExperimentLooks)


class _Srm(msgspec.Struct):
    is_alarm: bool


class _Guardrail(msgspec.Struct):
    metric: str
    arm: str
    is_breached: bool


class _Health(msgspec.Struct):
    srm: _Srm
    guardrails: list[_Guardrail] = []


class _Look(msgspec.Struct):
    health: _Health


_look = msgspec.json.Decoder(_Look).decode


def alarms(connection: Connection, experiment: str, phase: int, as_of_us: int) -> tuple[Said, ...]:
    """The first sample ratio mismatch (`srm`) and the first breach of each guardrail (`guardrail`) up to a time."""
    columns = (_LOOKS.c.look, _LOOKS.c.at_us, _LOOKS.c.document)
    of = (_LOOKS.c.experiment == experiment) & (_LOOKS.c.phase == phase) & (_LOOKS.c.at_us <= as_of_us)
    found: dict[tuple[str, ...], Said] = {}
    for number, at_us, document in connection.execute(select(*columns).where(of).order_by(_LOOKS.c.look)):
        health, when = _look(document).health, iso(at_us)
        if health.srm.is_alarm:
            zh, en = f"第{number}次查看（{when}）各组人数不符", f"look {number} at {when} found the arms' numbers wrong"
            found.setdefault(("srm",), Said("srm", zh, en))
        for one in health.guardrails:
            if one.is_breached:
                zh = f"{one.arm}：第{number}次查看（{when}）护栏指标{one.metric}被突破"
                en = f"{one.arm}: look {number} at {when} found the guardrail {one.metric} broken"
                found.setdefault((one.metric, one.arm), Said("guardrail", zh, en))
    return tuple(found.values())
