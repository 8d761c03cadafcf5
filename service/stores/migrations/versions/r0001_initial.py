"""All tables, as the SQL beside this file has them for each engine."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table, index and trigger."""
    _run("create")


def downgrade() -> None:
    """Drop them, with all that is in them."""
    _run("drop")


def _run(what: str) -> None:
    engine = op.get_context().dialect.name
    content = Path(__file__).with_name(f"r0001_{what}.{engine}.sql").read_text(encoding="utf-8")
    for statement in content.split(";\n\n"):
        if statement.strip():
            op.execute(statement.strip())
