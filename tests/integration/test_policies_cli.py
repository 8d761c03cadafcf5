"""`huojia policy` and `huojia audit`: what they answer and leave behind, in both modes."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.bootstrap import store_of
from service.commands.policies import writing
from service.errors import Conflict, Forbidden, Refused
from tests.integration.commanding import Done, Run, put
from tests.sample_bank import SampleBank

CAP = b"arrangement:\n  category_cap: 1\n"
Answer = Callable[..., Done]


@pytest.fixture
def own(run: Run, bank: SampleBank) -> Answer:
    """A command over a bank of this test's own that ends well, unless said otherwise."""

    def command(*arguments: str, code: int = 0, **settings: str) -> Done:
        done = run(*arguments, data_dir=str(bank.data_dir), **settings)
        assert done.code == code, done.err
        return done

    return command


@pytest.fixture
def file(tmp_path: Path) -> str:
    return put(tmp_path, "cap.yaml", CAP)


def in_force(own: Answer) -> list[Any]:
    return [one["version"] for one in own("policy", "list", "--json").json["policies"] if one["active"]]


def test_a_policy_goes_through_four_eyes_by_hand(own: Answer, file: str) -> None:
    assert own("policy", "draft", file, "--as", "anna", "--base", "1").out == "default@2 is a draft\n"
    in_review = "default@2 is in review: somebody other than anna approves or rejects it\n"
    assert own("policy", "submit", "2", "--as", "anna").out == in_review
    refused = own("policy", "approve", "2", "--as", "anna", code=1)
    assert refused.err == "huojia: anna wrote default@2: somebody else has to judge it\n"
    read = own("policy", "list", "--json").json["policies"][-1]["sha256"]
    rejected = f"default@2 is a draft again: SHA-256 {read}\n"
    assert own("policy", "reject", "2", "--as", "bo", "--comment", "why?").out == rejected
    own("policy", "submit", "default@2", "--as", "anna")
    other = own("policy", "approve", "2", "--as", "bo", "--sha256", "0" * 64, code=1)
    assert other.err == f"huojia: default@2 has other content by now: SHA-256 {read}\n"
    approved = own("policy", "approve", "2", "--as", "bo", "--sha256", read)
    assert approved.out == f"default@2 is approved: SHA-256 {read}\n"
    void = "default@2 is a draft: it was approved, which counts no more\n"
    assert own("policy", "edit", "2", file, "--as", "anna").out == void
    own("policy", "submit", "2", "--as", "anna")
    own("policy", "approve", "2", "--as", "bo")
    assert own("policy", "publish", "2", "--as", "anna").out == "default@2 is in force, generation 2\n"
    assert own("policy", "diff", "1", "2").out == "arrangement.category_cap: 1 2, 2 1\n"
    assert own("policy", "rollback", "1", "--as", "anna").out == "default@1 is in force, generation 3\n"
    assert own("policy", "retire", "2", "--as", "anna").out == "default@2 is retired\n"
    history = own("policy", "history", "--json").json
    assert [one["kind"] for one in history["activations"]] == ["bootstrap", "publish", "rollback"]
    assert [one["verdict"] for one in history["approvals"]] == ["waive", "reject", "approve", "approve"]
    assert "rollback" in own("policy", "history").out
    assert own("audit", "verify").out.startswith("13 rows, whole; head ")


def test_in_development_a_file_is_published_at_once_and_the_answer_says_so(own: Answer, file: str) -> None:
    assert own("policy", "validate", file).out == f"{file}: valid\n"
    assert own("policy", "diff", file).out == "arrangement.category_cap: in force 2, proposed 1\n"
    done = own("policy", "publish", file)
    assert done.out == "default@2 is in force, generation 2; development mode: nobody else approved it\n"
    assert own("policy", "diff", file).out == "no difference\n"
    assert own("policy", "show").json["arrangement"]["category_cap"] == 1
    assert own("policy", "show", "1").json["arrangement"]["category_cap"] == 2
    assert in_force(own) == [2]
    assert "in force" in own("policy", "list").out
    assert own("policy", "history", "--json").json["approvals"][-1]["verdict"] == "waive"


def test_in_production_the_command_line_is_held_to_four_eyes(bank: SampleBank, file: str) -> None:
    settings, now = dataclasses.replace(bank.settings(), mode="production"), ("", "")
    with pytest.raises(Refused, match="for development mode"):
        writing.publish(settings, file, now, ("anna", ""))
    writing.draft(settings, Path(file), "", None, ("anna", ""))
    with pytest.raises(Conflict, match="draft"):
        writing.publish(settings, "2", now, ("bo", ""))
    writing.submit(settings, "2", ("anna", ""))
    with pytest.raises(Forbidden, match="anna"):
        writing.judge(settings, "2", "approve", "", ("anna", ""))
    with store_of(settings) as store:
        assert store.versions().generation == 1


def test_a_plan_is_made_and_dropped(own: Answer, file: str) -> None:
    own("policy", "draft", file, "--as", "anna")
    own("policy", "submit", "2", "--as", "anna")
    own("policy", "approve", "2", "--as", "bo")
    planned = own("policy", "publish", "2", "--at", "2030-01-01", "--until", "2030-02-01")
    assert planned.out == "default@2 is planned, schedule 1; generation 1 is in force\n"
    assert own("policy", "cancel", "1").out == "schedule 1 does nothing more\n"
    assert "ISO 8601" in own("policy", "publish", "2", "--at", "soon", code=1).err
    own("policy", "publish", "2", "--until", "2030-02-01")
    assert in_force(own) == [2]
    assert own("policy", "kill").out == "1 schedules and 0 shadows stopped, generation 3\n"
    assert in_force(own) == [1]


def test_every_fault_of_a_file_is_told_with_its_line(own: Answer, tmp_path: Path) -> None:
    broken = put(tmp_path, "broken.yaml", b"fixed:\n  colour: 1\nthresholds:\n  fixed:\n    enter: 2\n")
    for command in ("validate", "publish", "draft"):
        lines = own("policy", command, broken, code=1).err.splitlines()
        assert lines[0].startswith(f"huojia: {broken}:2: fixed.colour: ")
        assert lines[1].startswith(f"{broken}:5: thresholds.fixed.enter: ")
    assert in_force(own) == [1]
    assert len(own("policy", "list", "--json").json["policies"]) == 1


def test_the_audit_log_is_shown_and_a_changed_byte_found(own: Answer, bank: SampleBank, file: str) -> None:
    own("policy", "draft", file, "--as", "anna")
    shown = own("audit", "show", "--last", "1", "--json").json
    assert [(row["actor"], row["action"], row["object"]) for row in shown] == [("anna", "draft", "default@2")]
    assert "anna" in own("audit", "show").out
    head = shown[0]["hash"]
    assert own("audit", "verify", "--head", head, "--json").json == {"rows": 3, "head": head, "fault": None}
    assert "rows were taken away" in own("audit", "verify", "--head", "0" * 64, code=1).err
    with closing(sqlite3.connect(bank.data_dir / "huojia.db")) as link, link:
        link.execute("DROP TRIGGER audit_update")
        link.execute("UPDATE audit SET actor = 'anne' WHERE seq = 3")
    assert own("audit", "verify", code=1).err == "huojia: audit row 3: was changed\n"


def test_a_key_is_made_for_its_owner(own: Answer, bank: SampleBank) -> None:
    made = own("keys", "create", "--scope", "policies:*", "--owner", "anna", "--json").json
    assert made["owner"] == "anna"
    with closing(sqlite3.connect(bank.data_dir / "huojia.db")) as link:
        owners = link.execute("SELECT owner FROM api_keys WHERE key_id = ?", (made["key"][3:].partition(".")[0],))
        assert owners.fetchall() == [("anna",)]
