"""Triggers that keep immutable tables immutable, in the words of each engine."""

from __future__ import annotations

_FOR_EVER = {"policies": "policy versions are immutable", "activations": "activations are append-only"}
_RAISE = """CREATE FUNCTION huojia_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0]; END
$$"""
DROP_GUARD = {"sqlite": (), "postgresql": ("DROP FUNCTION huojia_keep()",)}
"""What is left of the guard when the tables are dropped."""


def guard(dialect: str) -> list[str]:
    """Statements that let rows be added to the tables, never changed or taken away."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {name}_{change.lower()} BEFORE {change} ON {name} BEGIN SELECT RAISE(ABORT, '{why}'); END"
            for name, why in _FOR_EVER.items()
            for change in ("UPDATE", "DELETE")
        ]
    rows = [
        f"CREATE TRIGGER {name}_{changes.split()[0].lower()} BEFORE {changes} ON {name} FOR EACH {each} "
        f"EXECUTE FUNCTION huojia_keep('{why}')"
        for name, why in _FOR_EVER.items()
        for changes, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT"))
    ]
    return [_RAISE, *rows]
