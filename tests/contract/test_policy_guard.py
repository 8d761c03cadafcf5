"""What the databases themselves refuse, and what the audit log finds where somebody took the triggers away."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress

import pytest
from sqlalchemy import Table, text

from service.policies.audit import verify
from service.policies.life import Draft, PolicyLife
from service.stores import tables
from service.stores._policies import GOVERNED
from service.stores._upsert import table
from service.stores.protocols import Store, StoreError
from shelf_rules.policy_load import PolicyError
from tests.contract.governed import (
    MODELS,
    NAME,
    act,
    all_rows,
    cap,
    fault,
)

FOR_EVER = [model.__tablename__ for model in MODELS[1:]] + ["audit"]


def test_what_happened_is_neither_changed_nor_deleted(lived: Store) -> None:
    before = all_rows(lived)
    for name in FOR_EVER:
        changed = "comment" if name == "policy_approvals" else "actor"
        statements = [f"UPDATE {name} SET {changed} = 'me'", f"DELETE FROM {name}"]  # noqa: S608 - our own names
        if lived.reads_inline:
            statements.append(f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}")  # noqa: S608 - our own names
        else:
            statements.append(f"TRUNCATE {name} CASCADE")
        for statement in statements:
            # A row put in place of an old one may break more than one rule.
            why = None if "REPLACE" in statement else "append-only"
            with pytest.raises(StoreError, match=why), lived.begin() as connection:
                connection.execute(text(statement))
    assert all_rows(lived) == before


_REST = "content, sha256, parent, authors, comment, created_us"
AUDIT = table(tables.Audit)
COLUMNS = {
    "content": b"x",
    "sha256": "x",
    "authors": "[]",
    "comment": "other",
    "parent": 1,
    "created_us": 1,
    "version": 9,
}


@pytest.mark.parametrize("version", [2, 3], ids=["published", "approved"])
def test_a_version_out_of_draft_is_not_changed(lived: Store, version: int) -> None:
    for column, value in COLUMNS.items():
        statement = text(f"UPDATE policies SET {column} = :value WHERE version = {version}")  # noqa: S608 - our own
        with pytest.raises(StoreError, match=r"immutable|keeps its name"), lived.begin() as connection:
            connection.execute(statement, {"value": value})


def _as_a_replica(store: Store, statement: str) -> None:
    with store.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement))


def test_a_session_that_plays_the_replica_does_not_pass_the_triggers(lived: Store) -> None:
    if lived.reads_inline:
        pytest.skip("SQLite has no such sessions")
    for statement in ("DELETE FROM policies", "TRUNCATE audit", "UPDATE policies SET comment = 'x' WHERE version = 2"):
        with pytest.raises(StoreError, match=r"never deleted|append-only|immutable"):
            _as_a_replica(lived, statement)


def test_the_generation_in_force_is_the_one_activated_last(lived: Store) -> None:
    with pytest.raises(StoreError, match="activated last"), lived.begin() as connection:
        connection.execute(text("UPDATE versions SET generation = 1"))


def test_no_version_is_deleted(lived: Store) -> None:
    takes_all = "INSERT OR REPLACE INTO policies SELECT * FROM policies" if lived.reads_inline else "TRUNCATE policies"
    for statement in ("DELETE FROM policies WHERE state = 'draft' OR state = 'published'", takes_all):
        with pytest.raises(StoreError, match=r"never deleted|begins as a draft"), lived.begin() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE policies SET state = 'published' WHERE version = 4", "does not go from this state"),
        ("UPDATE policies SET state = 'approved' WHERE version = 5", "somebody who did not write it"),
        ("UPDATE policies SET state = 'draft' WHERE version = 2", "does not go from this state"),
        ("UPDATE policies SET state = 'good' WHERE version = 4", "does not go from this state"),
        (f"INSERT INTO policies SELECT name, 9, 'approved', {_REST} FROM policies", "begins as a draft"),  # noqa: S608
        ("INSERT INTO activations VALUES (9, 'publish', 'default', 1, 2, 'me', '', 1)", "count up by one"),
        ("INSERT INTO activations VALUES (4, 'publish', 'default', 1, 4, 'me', '', 1)", "only a published"),
    ],
)  # fmt: skip
def test_the_database_itself_holds_to_the_way_of_a_version(
    lived: Store, life: PolicyLife, statement: str, why: str
) -> None:
    for version in (4, 5):
        life.draft(act(), NAME, Draft(cap(version)))
    life.submit(act(), NAME, 5)
    with lived.begin() as connection:  # an approval by the author is none
        connection.execute(
            text("INSERT INTO policy_approvals SELECT 9, name, version, 'anna', 'approve', sha256, '', 1 FROM policies "
                 "WHERE version = 5")
        )  # fmt: skip
    with pytest.raises(StoreError, match=re.escape(why)), lived.begin() as connection:
        connection.execute(text(statement))


def unguarded(store: Store, url: str, statement: str, **values: object) -> None:
    """Run a statement as somebody does who can take triggers and foreign keys away."""
    if store.reads_inline:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as link, link:
            names = link.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in names:
                link.execute(f"DROP TRIGGER {name}")
            link.execute(statement, values)
    else:
        with store.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for name in ("policies", *FOR_EVER):
                connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
            connection.execute(text(statement), values)


def altered(value: object) -> object:
    """The same with one character or byte changed, or a number that nobody else has."""
    if isinstance(value, int | float):
        return value + 90
    if isinstance(value, bytes):
        return value[:-1] + b" "
    kept = str(value or "")
    return kept[:-1] + ("x" if kept[-1:] != "x" else "y")


def each_changed(store: Store, url: str, of: Table, key: Mapping[str, object]) -> Iterator[str]:
    """Each column of a row in turn, while it holds something else."""
    where = " AND ".join(f"{name} = :{name}" for name in key)
    with store.connect() as connection:
        row = connection.execute(text(f"SELECT * FROM {of.name} WHERE {where}"), key).one()._mapping  # noqa: S608
    for column in of.columns:
        name, kept = str(column.name), row[column.name]
        other = 7 if kept is None else altered(kept)
        unguarded(store, url, f"UPDATE {of.name} SET {name} = :value WHERE {where}", value=other, **key)  # noqa: S608
        yield name
        now = {**key, **({name: other} if name in key else {})}
        unguarded(store, url, f"UPDATE {of.name} SET {name} = :value WHERE {where}", value=kept, **now)  # noqa: S608


def test_one_changed_byte_of_the_audit_log_is_found(lived: Store, url: str) -> None:
    assert fault(lived) is None
    for column in each_changed(lived, url, AUDIT, {"seq": 4}):
        assert re.fullmatch("audit row [45]: .*", fault(lived) or ""), column
    assert fault(lived) is None


@pytest.mark.parametrize("of", GOVERNED, ids=lambda of: of.name)
def test_one_changed_byte_of_what_is_governed_is_found(lived: Store, url: str, of: Table) -> None:
    with lived.connect() as connection:
        first = connection.execute(of.select().order_by(*of.primary_key).limit(1)).one()._mapping
    for column in each_changed(lived, url, of, {str(key.name): first[key.name] for key in of.primary_key}):
        assert (fault(lived) or "").startswith(of.name), column
    assert fault(lived) is None


def test_rows_taken_from_the_end_of_the_log_are_found_by_a_head_written_down(lived: Store, url: str) -> None:
    with lived.connect() as connection:
        head = verify(connection).head
    assert fault(lived, head) is None
    unguarded(lived, url, "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    assert "rows were taken away" in (fault(lived, head) or "")


def test_what_was_done_behind_the_back_of_the_log_is_found(lived: Store) -> None:
    with lived.begin() as connection:
        connection.execute(text("INSERT INTO activations VALUES (4, 'publish', 'default', 2, 1, 'me', '', 1)"))
    assert fault(lived) == "activations 4: is not in the audit log"


def test_no_hidden_number_lets_a_row_take_the_place_of_another(lived: Store) -> None:
    if not lived.reads_inline:
        pytest.skip("rows of PostgreSQL have no number that can be written")
    before = all_rows(lived)
    for name in ("policies", "policy_schedule_steps"):
        with pytest.raises(StoreError, match="rowid"), lived.begin() as connection:
            connection.execute(text(f"UPDATE OR REPLACE {name} SET rowid = 1"))  # noqa: S608 - our own names
    into = f"INSERT OR REPLACE INTO policies (rowid, name, version, state, {_REST})"
    with pytest.raises(StoreError, match="rowid"), lived.begin() as connection:
        connection.execute(text(f"{into} SELECT 2, 'x', 1, 'draft', {_REST} FROM policies WHERE version = 1"))  # noqa: S608
    assert all_rows(lived) == before


@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        ("authors = '[\"zed\"]'", "authors"),
        ("comment = 'nothing new'", "comment"),
        ("content = '{}', sha256 = 'x'", "sha256"),
        ("state = 'in_review'", "reject"),
    ],
)
def test_an_act_upon_a_draft_that_was_changed_by_hand_does_not_make_it_right(
    lived: Store, tampered: str, said: str
) -> None:
    life = PolicyLife(lived)
    draft = life.draft(act("anna"), NAME, Draft(cap(2)))
    content = "X'7b7d'" if lived.reads_inline else "'\\x7b7d'"
    with lived.begin() as connection:
        changed = tampered.replace("'{}'", content)
        connection.execute(text(f"UPDATE policies SET {changed} WHERE version = {draft.version}"))  # noqa: S608 - ours
    if "state" in tampered:
        life.judge(act("bo"), NAME, draft.version, "reject")
    else:
        with suppress(PolicyError):
            life.submit(act("anna"), NAME, draft.version)
    assert said in (fault(lived) or "")


@pytest.mark.parametrize("tampered", ["authors = '[\"zed\"]'", "sha256 = 'x'"])
def test_an_edit_of_a_draft_that_was_changed_by_hand_does_not_make_it_right(lived: Store, tampered: str) -> None:
    life = PolicyLife(lived)
    draft = life.draft(act("anna"), NAME, Draft(cap(2)))
    with lived.begin() as connection:
        connection.execute(text(f"UPDATE policies SET {tampered} WHERE version = {draft.version}"))  # noqa: S608 - ours
    life.edit(act("cy"), NAME, draft.version, None, Draft(cap(4)))
    assert f"{tampered.partition(' ')[0]} was changed" in (fault(lived) or "")
