"""Triggers that keep what must stay as it is, in the words of each engine (ADR 0040)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import SQLModel

from service.stores import tables
from service.stores._upsert import table

_APPEND_ONLY: dict[type[SQLModel], str] = {
    tables.PolicyApprovals: "approvals are append-only",
    tables.Activations: "activations are append-only",
    tables.PolicySchedules: "schedules are append-only",
    tables.PolicyScheduleSteps: "steps of schedules are append-only",
    tables.PolicyShadows: "shadows are append-only",
    tables.PolicyShadowStops: "ends of shadows are append-only",
    tables.Audit: "the audit log is append-only",
    tables.Layers: "layers are append-only",
    tables.LayerHoldouts: "hold-outs of layers are append-only",
    tables.ExperimentActs: "acts upon experiments are append-only",
    tables.ExperimentOverrides: "overrides are append-only",
    tables.ExperimentLooks: "looks at experiments are append-only",
    tables.ArmDifferences: "differences between arms are append-only",
}
_KEPT: dict[type[SQLModel], str] = {
    tables.Policies: "policy versions are never deleted",
    tables.Exposures: "exposures are never deleted",
    **_APPEND_ONLY,
}
_REPEATED = (tables.Exposures, tables.ArmDifferences)
"""Tables that are written with ON CONFLICT, which a trigger before the insert would not let through."""
_SEEN = ("experiment", "phase", "customer_id", "arm", "tier")
_STEPS = (
    "draft>in_review",
    "in_review>approved",
    "in_review>draft",
    "approved>draft",
    "approved>published",
    "published>retired",
)
_EDITED = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in ("content", "sha256", "authors", "comment"))
_MOVED = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in ("name", "version", "created_us"))
# Conditions that both engines read, by trigger: (when it fires, what is refused, why).
_ROW_RULES = {
    "policies_begin": ("INSERT", "NEW.state <> 'draft'", "a policy version begins as a draft"),
    "policies_place": (
        "UPDATE",
        f"{_MOVED} OR coalesce(NEW.parent, 0) <> coalesce(OLD.parent, 0)",
        "a policy version keeps its name, number and parent",
    ),
    "policies_edit": (
        "UPDATE",
        f"({_EDITED}) AND NOT (OLD.state = 'draft' AND NEW.state = 'draft')",
        "policy versions are immutable once out of draft",
    ),
    "policies_step": (
        "UPDATE",
        f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN {_STEPS}",
        "a policy version does not go from this state to that one",
    ),
    "exposures_earlier": (
        "UPDATE",
        " OR ".join(("NEW.first_us > OLD.first_us", *(f"NEW.{name} <> OLD.{name}" for name in _SEEN))),
        "of an exposure only its first impression may become an earlier one",
    ),
}
_PUBLISHED = (
    "EXISTS (SELECT 1 FROM policies AS kept WHERE kept.name = NEW.name AND kept.version = NEW.version "
    "AND kept.state = 'published')"
)
_NEXT = "NEW.generation = (SELECT coalesce(max(before.generation), 0) + 1 FROM activations AS before)"
_APPROVED = (
    "EXISTS (SELECT 1 FROM policy_approvals AS given WHERE given.name = NEW.name AND given.version = NEW.version "
    "AND given.sha256 = NEW.sha256 AND (given.verdict = 'waive' OR given.verdict = 'approve' AND NOT {by_author}))"
)
_LAST = "NEW.generation = (SELECT coalesce(max(last.generation), 0) FROM activations AS last)"
# Conditions that ask other tables, by trigger: (when it fires, the rows it looks at, what must hold, why).
_TABLE_RULES = {
    "policies_approved": (
        "UPDATE",
        "OLD.state = 'in_review' AND NEW.state = 'approved'",
        _APPROVED,
        "a policy version is approved by somebody who did not write it, for the content it has",
    ),
    "activations_published": (
        "INSERT",
        "1 = 1",
        _PUBLISHED,
        "only a published policy version comes into force",
    ),
    "activations_next": (
        "INSERT",
        "1 = 1",
        _NEXT,
        "generations count up by one",
    ),
    "versions_generation": (
        "UPDATE",
        "NEW.generation <> OLD.generation",
        _LAST,
        "the generation in force is the one activated last",
    ),
}
_BY_AUTHOR = {
    "sqlite": "given.reviewer IN (SELECT value FROM json_each(NEW.authors))",
    "postgresql": "jsonb_exists(CAST(NEW.authors AS jsonb), given.reviewer)",
}
_RAISE = """CREATE FUNCTION huojia_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0]; END
$$"""
DROP_GUARD = {
    "sqlite": (),
    "postgresql": tuple(f"DROP FUNCTION huojia_{name}()" for name in ("keep", *_TABLE_RULES)),
}
"""What is left of the guard when the tables are dropped."""


def guard(dialect: str) -> list[str]:
    """Statements after which rows of these tables stay, and policy versions go only the way that is laid down."""
    return [*_on_sqlite()] if dialect == "sqlite" else [_RAISE, *_on_postgresql()]


def _on_sqlite() -> Iterator[str]:
    for model, why in _KEPT.items():
        of = table(model)
        same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in of.primary_key)
        yield _sqlite(f"{of.name}_delete", "DELETE", of.name, "", why)
        # INSERT OR REPLACE takes the old row away without a DELETE trigger.
        there = f"EXISTS (SELECT 1 FROM {of.name} WHERE {same})"  # noqa: S608 - our own names
        if model not in _REPEATED:
            yield _sqlite(f"{of.name}_replace", "INSERT", of.name, there, why)
        if model in _APPEND_ONLY:
            yield _sqlite(f"{of.name}_update", "UPDATE", of.name, "", why)
    for name, (change, refused, why) in _ROW_RULES.items():
        yield _sqlite(name, change, name.partition("_")[0], refused, why)
    for name, (change, looked_at, holds, why) in _TABLE_RULES.items():
        refused = f"{looked_at} AND NOT {_condition(holds, 'sqlite')}"
        yield _sqlite(name, change, name.partition("_")[0], refused, why)


def _sqlite(name: str, change: str, of: str, refused: str, why: str) -> str:
    when = f"WHEN {refused} " if refused else ""
    return f"CREATE TRIGGER {name} BEFORE {change} ON {of} {when}BEGIN SELECT RAISE(ABORT, '{why}'); END"


def _on_postgresql() -> Iterator[str]:
    for model, why in _KEPT.items():
        of = table(model).name
        changes = "UPDATE OR DELETE" if model in _APPEND_ONLY else "DELETE"
        yield from _postgresql(f"{of}_keep", changes, of, "ROW", f"huojia_keep('{why}')")
        yield from _postgresql(f"{of}_truncate", "TRUNCATE", of, "STATEMENT", f"huojia_keep('{why}')")
    for name, (change, refused, why) in _ROW_RULES.items():
        each = f"ROW WHEN ({refused})"
        yield from _postgresql(name, change, name.partition("_")[0], each, f"huojia_keep('{why}')")
    for name, (change, looked_at, holds, why) in _TABLE_RULES.items():
        yield (
            f"CREATE FUNCTION huojia_{name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            f"BEGIN IF {_condition(holds, 'postgresql')} THEN RETURN NEW; END IF; "
            f"RAISE EXCEPTION USING MESSAGE = '{why}'; END\n$$"
        )
        each = f"ROW WHEN ({looked_at})"
        yield from _postgresql(name, change, name.partition("_")[0], each, f"huojia_{name}()")


def _postgresql(name: str, changes: str, of: str, each: str, run: str) -> Iterator[str]:
    yield f"CREATE TRIGGER {name} BEFORE {changes} ON {of} FOR EACH {each} EXECUTE FUNCTION {run}"
    yield f"ALTER TABLE {of} ENABLE ALWAYS TRIGGER {name}"  # else session_replication_role = replica passes it


def _condition(holds: str, dialect: str) -> str:
    return holds.replace("{by_author}", _BY_AUTHOR[dialect])
