"""The life of a policy version: four eyes, preconditions, one winner of a race, all or nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import orjson
import pytest

import service.policies.life as life_module
from service.errors import ApiError, Conflict, Forbidden, Missing, PreconditionFailed
from service.policies.life import Draft, PolicyLife
from service.rules import policy_record
from service.stores.open import open_store
from service.stores.protocols import Store
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError
from tests.contract.bank import make_bank
from tests.contract.governed import (
    NAME,
    act,
    all_rows,
    approved,
    cap,
    fault,
    in_force,
    published,
    race,
    record,
)
from tests.factories import NOW_US


def test_without_a_policy_none_is_active(store: Store) -> None:
    with pytest.raises(LookupError):
        store.active_policy()


def test_a_version_goes_from_a_draft_into_force_and_out_of_it(store: Store, life: PolicyLife) -> None:
    drafted = life.draft(act(comment="three cards"), NAME, Draft(cap(3), base=1))
    assert (drafted.state, drafted.version, drafted.parent, drafted.authors) == ("draft", 2, 1, ("anna",))
    assert drafted.record == policy_record(cap(3), NAME, 2)
    assert life.submit(act(), NAME, 2).state == "in_review"
    assert life.judge(act("bo"), NAME, 2, "approve").state == "approved"
    assert in_force(store) == (1, 1)
    assert life.publish(act("cy"), NAME, 2, generation=1) == 2
    assert in_force(store) == (2, 2)
    assert store.active_policy(1)[1].version == 1
    assert store.versions().generation == 2
    assert life.rollback(act("cy"), NAME, 1, generation=2) == 3
    assert life.retire(act("cy"), NAME, 2).state == "retired"
    assert [(one.version, one.state) for one in store.policies(NAME)] == [(1, "published"), (2, "retired")]
    assert store.policies("other") == []
    assert fault(store) is None


def test_a_draft_over_a_version_keeps_what_it_leaves_out(life: PolicyLife) -> None:
    drafted = life.draft(act(), NAME, Draft({"fixed": {"merge_days": 5}}, base=1))
    content = orjson.loads(drafted.content)
    assert content["fixed"]["merge_days"] == 5
    assert content["arrangement"]["category_cap"] == 1
    other = life.draft(act(), "spring", Draft(cap(3)))
    assert (other.name, other.version) == ("spring", 1)
    with pytest.raises(Missing, match="spring@9"):
        life.draft(act(), "spring", Draft(cap(3), base=9))


def test_what_does_not_load_is_not_kept(store: Store, life: PolicyLife) -> None:
    life.draft(act(), NAME, Draft(cap(2)))
    with pytest.raises(PolicyError, match="colour"):
        life.draft(act(), NAME, Draft({"colour": 1}))
    with pytest.raises(PolicyError, match="colour"):
        life.edit(act(), NAME, 2, None, Draft({"colour": 1}))
    assert [one.version for one in store.policies()] == [1, 2]
    assert store.policy(NAME, 2) is not None
    assert fault(store) is None


def test_a_policy_that_names_what_is_not_there_is_not_submitted_or_published(store: Store, life: PolicyLife) -> None:
    def check(_: object) -> None:
        raise PolicyError([("campaigns", "no such product")])

    version, draft = approved(life), life.draft(act(), NAME, Draft(cap(4)))
    strict = PolicyLife(store, check)
    with pytest.raises(PolicyError, match="no such product"):
        strict.submit(act(), NAME, draft.version)
    with pytest.raises(PolicyError, match="no such product"):
        strict.publish(act("cy"), NAME, version)
    assert in_force(store) == (1, 1)


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_no_author_judges_a_version(life: PolicyLife, verdict: str) -> None:
    life.draft(act("anna"), NAME, Draft(cap(2)))
    life.edit(act("bo"), NAME, 2, None, Draft(cap(3)))
    life.submit(act("cy"), NAME, 2)
    for author in ("anna", "bo"):
        with pytest.raises(Forbidden, match=author) as refused:
            life.judge(act(author), NAME, 2, verdict)
        assert refused.value.code == "self_approval"
    assert life.judge(act("cy"), NAME, 2, verdict).state in {"approved", "draft"}


def test_who_wrote_what_a_draft_is_written_over_does_not_judge_it_before_somebody_has(life: PolicyLife) -> None:
    below = life.draft(act("bo"), NAME, Draft(cap(3))).version
    above = life.draft(act("anna"), NAME, Draft({}, below))
    assert above.authors == ("bo", "anna")
    life.submit(act("anna"), NAME, above.version)
    with pytest.raises(Forbidden, match="bo wrote"):
        life.judge(act("bo"), NAME, above.version, "approve")
    edited = life.edit(act("anna"), NAME, life.draft(act("anna"), NAME, Draft({})).version, None, Draft({}, below))
    assert edited.authors == ("anna", "bo")
    published = life.draft(act("bo"), NAME, Draft({}, 1))
    assert published.authors == ("bo",)


def test_other_writes_go_on_while_a_policy_is_read(
    store: Store, life: PolicyLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, other = life_module.load_policy, PolicyLife(store)

    def write(*given: Any) -> Policy:
        monkeypatch.setattr(life_module, "load_policy", read)
        other.enact("test", policy_record(cap(4), "other", next(numbers)), NOW_US)
        return read(*given)

    numbers = count(1)
    version = approved(life)
    acts = (
        lambda: life.draft(act(), NAME, Draft(cap(3), 1)),
        lambda: life.edit(act(), NAME, version + 1, None, Draft(cap(2), 1)),
        lambda: PolicyLife(store).publish(act("cy"), NAME, version),
        lambda: PolicyLife(store).rollback(act("cy"), NAME, 1),
    )
    for one in acts:
        monkeypatch.setattr(life_module, "load_policy", write)
        one()
    assert [found.version for found in store.policies("other")] == [1, 2, 3, 4]


def test_an_edit_voids_the_approval(store: Store, life: PolicyLife) -> None:
    version = approved(life)
    edited = life.edit(act("dan"), NAME, version, None, Draft(cap(4)))
    assert (edited.state, edited.authors) == ("draft", ("anna", "dan"))
    with pytest.raises(Conflict, match="draft"):
        life.publish(act("cy"), NAME, version)
    life.edit(act("anna"), NAME, version, None, Draft(cap(2)))  # what Bo approved, once more
    life.submit(act(), NAME, version)
    with pytest.raises(Conflict, match="in_review"):
        life.publish(act("cy"), NAME, version)
    assert in_force(store) == (1, 1)


def test_an_edit_or_a_verdict_of_other_content_is_refused(life: PolicyLife) -> None:
    seen = life.draft(act(), NAME, Draft(cap(2)))
    life.edit(act(), NAME, 2, seen.sha256, Draft(cap(3)))
    life.submit(act(), NAME, 2)
    with pytest.raises(PreconditionFailed):
        life.edit(act(), NAME, 2, seen.sha256, Draft(cap(4)))
    with pytest.raises(PreconditionFailed):
        life.judge(act("bo"), NAME, 2, "approve", seen.sha256)


def test_what_is_published_stays_as_it_is(store: Store, life: PolicyLife) -> None:
    version = published(life)
    before = store.policy(NAME, version)
    with pytest.raises(Conflict, match="stays as it is"):
        life.edit(act(), NAME, version, None, Draft(cap(4)))
    with pytest.raises(Conflict, match="other content"):
        life.enact("test", policy_record(cap(4), NAME, version), NOW_US)
    assert store.policy(NAME, version) == before


REFUSED: Sequence[tuple[str, Callable[[PolicyLife, int], object]]] = (
    ("submit what is in review", lambda life, version: life.submit(act(), NAME, version)),
    ("approve twice", lambda life, version: life.judge(act("cy"), NAME, version, "approve")),
    ("publish what is in force", lambda life, _: life.publish(act(), NAME, 1)),
    ("roll back to what never was in force", lambda life, version: life.rollback(act(), NAME, version)),
    ("retire what is in force", lambda life, _: life.retire(act(), NAME, 1)),
    ("retire what is not published", lambda life, version: life.retire(act(), NAME, version)),
)


@pytest.mark.parametrize("step", [step for _, step in REFUSED], ids=[what for what, _ in REFUSED])
def test_a_step_out_of_turn_is_refused_and_leaves_no_trace(
    store: Store, life: PolicyLife, step: Callable[[PolicyLife, int], object]
) -> None:
    version = approved(life)
    before = all_rows(store)
    with pytest.raises(Conflict):
        step(life, version)
    assert all_rows(store) == before


def test_a_retired_version_does_not_come_back(life: PolicyLife) -> None:
    version = published(life)
    life.rollback(act(), NAME, 1)
    life.retire(act(), NAME, version)
    for again in (life.publish, life.rollback):
        with pytest.raises(Conflict, match="retired"):
            again(act(), NAME, version)


def test_of_publishes_that_saw_the_same_generation_one_wins(store: Store, life: PolicyLife, url: str) -> None:
    versions = [approved(life, number) for number in (2, 3)]
    other = open_store(url, make_bank())
    lives = [life, PolicyLife(other)]
    for generation in range(1, 20, 2):
        calls = [lambda at=at, seen=generation: lives[at].publish(act("cy"), NAME, versions[at], seen) for at in (0, 1)]
        results = race(calls)
        assert [type(one) for one in results if isinstance(one, ApiError)] == [PreconditionFailed], results
        assert [one for one in results if not isinstance(one, ApiError)] == [generation + 1]
        life.rollback(act("cy"), NAME, 1)
    other.close()
    assert fault(store) is None


KILLED = """
import os, signal, sys
from sqlalchemy import event
from service.policies.life import PolicyLife
from service.stores import _audit
from service.stores._policies import Act
from service.stores.open import open_store
from tests.contract.bank import make_bank
write = _audit.append
def die(*given):
    write(*given)
    os.kill(os.getpid(), signal.SIGKILL)
_audit.append = die
PolicyLife(open_store(sys.argv[1], make_bank())).publish(Act("cy", 1), "default", 2)
"""


def test_a_process_killed_in_the_middle_leaves_nothing_half(store: Store, life: PolicyLife, url: str) -> None:
    approved(life)
    before = all_rows(store)
    done = subprocess.run([sys.executable, "-c", KILLED, url], check=False, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == -signal.SIGKILL
    assert all_rows(store) == before
    assert life.publish(act("cy"), NAME, 2, 1) == 2
    assert fault(store) is None


def test_a_version_of_another_name_comes_into_force(store: Store, life: PolicyLife) -> None:
    life.enact("test", record(1, "spring"), NOW_US)
    life.rollback(act(), NAME, 1)
    rows = [(row["name"], row["from_version"], row["version"]) for row in all_rows(store)["Activations"]]
    assert rows == [(NAME, None, 1), ("spring", None, 1), (NAME, None, 1)]
    assert store.active_policy() == (3, record(1))
