"""The revisions make the tables of this release, and go down and up again with data, on both engines."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from service.commands import migrating
from service.errors import Refused
from service.policies.life import PolicyLife
from service.settings import load_settings
from service.stores import _migrate, _revisions
from service.stores._migrate import BASE, as_sql, configuration, migrate, stated
from service.stores._revisions import revisions
from service.stores._schema import create_tables
from service.stores.migrations.comparison import COMPARISON
from service.stores.migrations.revise import write_initial
from service.stores.open import open_store
from service.stores.protocols import Store, StoreBusy, StoreError
from tests.contract.bank import allow, make_bank, make_event
from tests.contract.governed import record

OPTIONS = {name: value for name, value in COMPARISON.items() if name != "target_metadata"}


def engine_of(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


@pytest.fixture
def connection(empty_url: str) -> Iterator[Connection]:
    engine = engine_of(empty_url)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def told(connection: Connection) -> list[tuple[object, ...]]:
    """All that the database's own catalogue says of tables, columns, keys, indexes and triggers."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"))
        return [(row[0], row[1], " ".join((row[2] or "").replace(",", " , ").split())) for row in rows]
    statements = (
        """SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    )
    return [tuple(row) for statement in statements for row in connection.execute(text(statement))]


def test_the_tables_of_a_fresh_database_are_those_of_the_revisions(connection: Connection) -> None:
    create_tables(connection)
    fresh = told(connection)
    migrate(connection, BASE)
    assert inspect(connection).get_table_names() == ["alembic_version"]
    assert migrate(connection) == (BASE, revisions()[-1])
    assert told(connection) == fresh


def test_the_revisions_lack_nothing_that_the_tables_have(connection: Connection) -> None:
    migrate(connection)
    context = MigrationContext.configure(connection, opts=OPTIONS)
    assert compare_metadata(context, COMPARISON["target_metadata"]) == [], "run `make migration`"


def test_the_sql_of_the_first_revision_is_what_the_tables_give(tmp_path: Path) -> None:
    write_initial(tmp_path)
    folder = _revisions.FOLDER / "versions"
    for path in tmp_path.iterdir():
        assert path.read_text() == (folder / path.name).read_text(), f"{path.name}: run `make migration`"


def test_the_revisions_are_one_line_and_named_by_their_files() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    found = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(found)) == revisions()
    assert scripts.get_heads() == [revisions()[-1]]


def test_down_and_up_again_keeps_what_every_revision_has(store: Store, url: str) -> None:
    allow(store)
    store.append([make_event(f"e{number}") for number in range(5)])
    before = (store.read("c", personal=True), [event.event_id for event in store.history("c").events])
    store.close()
    engine = engine_of(url)
    with engine.begin() as connection:
        for wanted in (revisions()[0], revisions()[-1], revisions()[-1]):
            migrate(connection, wanted)
            assert stated(connection) == wanted
    engine.dispose()
    again = open_store(url, make_bank())
    assert (again.read("c", personal=True), [event.event_id for event in again.history("c").events]) == before
    again.close()


def test_after_going_down_to_nothing_the_next_start_makes_the_tables(url: str) -> None:
    open_store(url, make_bank()).close()
    engine = engine_of(url)
    with engine.begin() as connection:
        migrate(connection, BASE)
    engine.dispose()
    store = open_store(url, make_bank())
    assert [appended.status for appended in store.append([make_event("e", product_no=None)])] == ["accepted"]
    store.close()


def state_revision(url: str, revision: str) -> None:
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": revision})
    engine.dispose()


def test_a_database_of_a_newer_release_is_refused_naming_the_command(url: str) -> None:
    open_store(url, make_bank()).close()
    state_revision(url, "9999")
    with pytest.raises(Refused, match=rf"9999.*newer.*huojia migrate --to {revisions()[-1]}"):
        open_store(url, make_bank())


_NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    with op.batch_alter_table("customers") as batch:
        batch.add_column(sa.Column("note", sa.String(), nullable=False, server_default="none"))


def downgrade() -> None:
    with op.batch_alter_table("customers") as batch:
        batch.drop_column("note")
"""


@pytest.fixture
def newer_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Makes this process one of a release that has one revision more."""

    def install() -> None:
        shutil.copytree(_revisions.FOLDER, tmp_path / "migrations")
        (tmp_path / "migrations" / "versions" / "r0002_note.py").write_text(_NEXT)
        for module in (_revisions, _migrate):
            monkeypatch.setattr(module, "FOLDER", tmp_path / "migrations")
        revisions.cache_clear()

    yield install
    monkeypatch.undo()
    revisions.cache_clear()


def test_the_next_release_refuses_the_older_tables_of_a_server_and_brings_its_own_file_up_itself(
    store: Store, url: str, newer_release: Callable[[], None]
) -> None:
    store.put_customer({"customer_id": "c", "region": "310000"})
    store.append([make_event("e")])
    store.close()
    newer_release()
    engine = engine_of(url)
    if engine.dialect.name == "postgresql":
        with pytest.raises(Refused, match="has revision 0001, this release needs 0002: run `huojia migrate`"):
            open_store(url, make_bank())
        with engine.begin() as connection:
            assert migrate(connection) == ("0001", "0002")
    open_store(url, make_bank()).close()
    for wanted, has_note in (("0001", False), ("0002", True)):
        with engine.begin() as connection:
            migrate(connection, wanted)
            assert ("note" in {column["name"] for column in inspect(connection).get_columns("customers")}) is has_note
    engine.dispose()
    again = open_store(url, make_bank())
    assert [event.event_id for event in again.history("c").events] == ["e"]
    assert again.history("c").profile["region"] == "310000"
    PolicyLife(again).enact("somebody", record(1), 1)
    with pytest.raises(StoreError, match="never deleted"), again.begin() as connection:
        connection.execute(text("DELETE FROM policies"))
    again.close()


def test_tables_without_a_revision_are_refused(url: str) -> None:
    open_store(url, make_bank()).close()
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()
    with pytest.raises(Refused, match="before tables had revisions"):
        open_store(url, make_bank())


@pytest.mark.parametrize("wanted", ["0000", "9999"])
def test_a_revision_that_is_none_is_refused(connection: Connection, wanted: str) -> None:
    with pytest.raises(Refused, match=wanted):
        migrate(connection, wanted)
    with pytest.raises(Refused, match=rf"--to {wanted}: no such revision; there are base, {revisions()[0]}"):
        as_sql(connection.dialect.name, BASE, wanted)


def test_a_database_that_is_where_it_is_to_go_needs_no_sql() -> None:
    newest = revisions()[-1]
    assert as_sql("sqlite", newest) == f"-- nothing to run: the database has revision {newest}"


def test_the_sql_runs_by_itself(empty_url: str) -> None:
    engine = engine_of(empty_url)
    statements = as_sql(engine.dialect.name, BASE)
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        if engine.dialect.name == "sqlite":
            raw.executescript(statements)
        else:
            raw.execute(statements)
    engine.dispose()
    open_store(empty_url, make_bank()).close()


def test_a_migration_that_cannot_have_a_lock_gives_up_and_can_be_run_again(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(postgres_url, make_bank()).close()
    monkeypatch.setattr(migrating, "TRIES", 2)
    monkeypatch.setattr(migrating, "PAUSE_S", 0.01)
    overrides = {"database_url": postgres_url, "data_dir": str(tmp_path), "database_lock_ms": "20"}
    settings = load_settings({}, overrides)
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreBusy):
            migrating.migrate_database(settings, "", as_json=False)
        other.rollback()
    migrating.migrate_database(settings, "", as_json=False)


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "huojia.db").write_text("not a database, whatever its name says" * 40)
    with pytest.raises(StoreError, match="SQLite: file is not a database"):
        migrating.migrate_database(load_settings({}, {"data_dir": str(tmp_path)}), "", as_json=False)
