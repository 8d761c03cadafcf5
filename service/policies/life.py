"""The life of a policy version: draft, in review, approved, published, retired; four eyes, and nothing edited after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import orjson

from service.errors import Conflict, Forbidden, Missing, PreconditionFailed
from service.rules import policy_record, renumbered
from service.stores import _policies, tables
from service.stores._policies import Act, Writing
from service.stores.protocols import PolicyRecord, PolicyVersion, Store
from shelf_rules.policy import Policy
from shelf_rules.policy_load import DEFAULT, PolicyError, load_policy

_BACK = ("rollback", "expiry", "kill")
Check = Callable[[Policy], None]
"""Raises PolicyError for a policy that names what the bank does not have."""


class Draft(NamedTuple):
    """What somebody wrote: only what differs from a version of the same name, or from the defaults."""

    document: Mapping[str, object]
    base: int | None = None


class PolicyLife:
    """Every act is one transaction under the bank's lock, its audit row in it.

    Raises Missing, Conflict, Forbidden, PreconditionFailed, and PolicyError for a policy that does not load.
    """

    def __init__(self, store: Store, check: Check | None = None) -> None:
        self._store, self._check = store, check or _is_fine
        self._outcomes: dict[tuple[str, bool], PolicyError | None] = {}

    def draft(self, act: Act, name: str, written: Draft) -> PolicyVersion:
        """Keep a new version of a name, the first one included."""
        record = self._read(name, written)
        with self.writing(act) as writing:
            known = _policies.policies(writing.connection, name)
            version = known[-1].version + 1 if known else 1
            authors = [*_behind(writing, name, written.base), act.actor]
            found = keep(writing, renumbered(record, version), written.base, list(dict.fromkeys(authors)))
            parent = find(writing, name, written.base).sha256 if written.base else None
            writing.sign("draft", found.label, parent, found.sha256)
            return found

    def edit(self, act: Act, name: str, version: int, sha256: str | None, written: Draft) -> PolicyVersion:
        """Replace the content; a version in review or approved is a draft again, what was said of it void.

        Its parent stays the version that it was drafted over.
        """
        read = self._read(name, written)
        with self.writing(act) as writing:
            before = find(writing, name, version, sha256)
            if before.state in {"published", "retired"}:
                raise Conflict("immutable", f"{before.label} is {before.state} and stays as it is: draft a new version")
            record = renumbered(read, version)
            if before.state != "draft":
                drop_schedules(writing, before, "edited")
                writing.change(before, state="draft")
            authors = list(dict.fromkeys([*before.authors, *_behind(writing, name, written.base), act.actor]))
            after = writing.change(
                before,
                content=record.content,
                sha256=record.sha256,
                authors=orjson.dumps(authors).decode(),
                comment=act.comment,
            )
            writing.sign("edit", after.label, before.sha256, after.sha256)
            return after

    def submit(self, act: Act, name: str, version: int, sha256: str | None = None) -> PolicyVersion:
        """Ask for somebody else's verdict."""
        self.look_ahead(name, version)
        with self.writing(act) as writing:
            found = find(writing, name, version, sha256)
            in_state(found, "draft")
            self.checked(found)
            after = writing.change(found, state="in_review")
            writing.sign("submit", after.label, found.sha256, after.sha256)
            return after

    def judge(self, act: Act, name: str, version: int, verdict: str, sha256: str | None = None) -> PolicyVersion:
        """Approve, or reject: a draft again. The verdict is for the content as it is; no author gives it."""
        with self.writing(act) as writing:
            found = find(writing, name, version, sha256)
            if act.actor in found.authors:
                raise Forbidden("self_approval", f"{act.actor} wrote {found.label}: somebody else has to judge it")
            in_state(found, "in_review")
            return self._judged(writing, found, verdict)

    def publish(self, act: Act, name: str, version: int, generation: int | None = None) -> int:
        """Put an approved version in force, or again one that was published; the generation.

        `generation` is the one that the caller saw in force, None for whichever is.
        """
        self.look_ahead(name, version)
        with self.writing(act) as writing:
            self.expect(writing, generation)
            return self.activate(writing, "publish", find(writing, name, version))

    def rollback(self, act: Act, name: str, version: int, generation: int | None = None) -> int:
        """Put a version in force again that was in force before; the generation."""
        self.look_ahead(name, version, back=True)
        with self.writing(act) as writing:
            self.expect(writing, generation)
            found = find(writing, name, version)
            if not _policies.was_active(writing.connection, name, version):
                raise Conflict("never_in_force", f"{found.label} was never in force: publish it")
            return self.activate(writing, "rollback", found)

    def retire(self, act: Act, name: str, version: int) -> PolicyVersion:
        """Let a published version come into force no more."""
        with self.writing(act) as writing:
            found = find(writing, name, version)
            in_state(found, "published")
            self._not_needed(writing, found)
            drop_schedules(writing, found, "retired")
            after = writing.change(found, state="retired")
            writing.sign("retire", after.label, found.sha256, after.sha256)
            return after

    def enact(self, actor: str, record: PolicyRecord, at_us: int) -> int:
        """Write, submit, wave through and publish in one go, with the kind `bootstrap`; the generation.

        For the first policy of a bank, the command line in development mode and tests, nobody else: the verdict is
        `waive`, so that the history says that no second person looked.
        """
        act = Act(actor, at_us)
        with self.writing(act) as writing:
            found = _policies.policy(writing.connection, record.name, record.version)
            if found is None:
                load_policy(orjson.loads(record.content))
                found = keep(writing, record, None, [actor])
                found = self._judged(writing, writing.change(found, state="in_review"), "waive")
            elif found.sha256 != record.sha256:
                raise Conflict("immutable", f"{found.label} exists with other content")
            return self.activate(writing, "bootstrap", found)

    def expect(self, writing: Writing, generation: int | None) -> None:
        """Raises PreconditionFailed where another generation is in force than the caller saw."""
        now = _policies.generation(writing.connection)
        if generation is not None and generation != now:
            raise PreconditionFailed("stale_generation", f"If-Match: generation {now} is in force, not {generation}")

    def activate(self, writing: Writing, kind: str, found: PolicyVersion) -> int:
        """Put a version in force under the next generation; raises Conflict where its state or release forbids it."""
        in_state(found, "approved", "published")
        before = active(writing)
        if before is not None and (before.name, before.version) == (found.name, found.version):
            raise Conflict("in_force", f"{found.label} is in force already")
        self.checked(found, back=kind in _BACK)
        if found.state == "approved":
            found = writing.change(found, state="published")
        generation = writing.activate(kind, found)
        writing.sign(kind, found.label, None if before is None else before.sha256, found.sha256)
        return generation

    def checked(self, found: PolicyVersion, *, back: bool = False) -> None:
        """Raises PolicyError for a version that this release does not load, or that names what is not there.

        What was in force before has only to load: it comes back whatever the bank sells by now.
        """
        fault = self._fault(found, back=back)
        if fault is not None:
            raise fault

    def look_ahead(self, name: str, version: int, *, back: bool = False) -> None:
        """Load and check a version while no writer waits; what is wrong with it is told when its turn comes."""
        found = self._store.policy(name, version)
        if found is not None:
            self._fault(found, back=back)

    def _fault(self, found: PolicyVersion, *, back: bool) -> PolicyError | None:
        """What is wrong with a content, found out once."""
        key = found.sha256, back
        if key not in self._outcomes:
            try:
                policy = load_policy(orjson.loads(found.content))
                if not back:
                    self._check(policy)
                self._outcomes[key] = None
            except PolicyError as error:
                self._outcomes[key] = error
        return self._outcomes[key]

    def _judged(self, writing: Writing, found: PolicyVersion, verdict: str) -> PolicyVersion:
        act = writing.act
        writing.numbered(
            tables.PolicyApprovals,
            name=found.name,
            version=found.version,
            reviewer=act.actor,
            verdict=verdict,
            sha256=found.sha256,
            comment=act.comment,
            at_us=act.at_us,
        )
        after = writing.change(found, state="draft" if verdict == "reject" else "approved")
        writing.sign(verdict, after.label, found.sha256, after.sha256)
        return after

    def _not_needed(self, writing: Writing, found: PolicyVersion) -> None:
        before = active(writing)
        if before is not None and before.label == found.label:
            raise Conflict("in_force", f"{found.label} is in force: publish another version first")
        for schedule in _policies.open_schedules(writing.connection):
            if (
                schedule["started"] == _policies.policy_generation(writing.connection)
                and before_generation(writing, schedule["started"]) == found.record
            ):
                raise Conflict("comes_back", f"{found.label} comes back when schedule {schedule['seq']} ends")

    def _read(self, name: str, written: Draft) -> PolicyRecord:
        """The whole policy that somebody wrote as a difference, read while no writer waits; raises PolicyError."""
        base = DEFAULT
        if written.base is not None:
            with self._store.connect() as connection:
                found = _policies.policy(connection, name, written.base)
            if found is None:
                raise Missing("unknown_policy", f"policy {name}@{written.base}: no such version")
            base = load_policy(orjson.loads(found.content))
        return policy_record(written.document, name, 1, base)

    @contextmanager
    def writing(self, act: Act) -> Iterator[Writing]:
        """One transaction of somebody's."""
        with self._store.begin() as connection:
            yield Writing(connection, act)


def _behind(writing: Writing, name: str, base: int | None) -> tuple[str, ...]:
    """Who wrote what a draft is written over, where nobody has judged that yet."""
    if base is None:
        return ()
    found = find(writing, name, base)
    return () if found.state in {"published", "retired"} else found.authors


def keep(writing: Writing, record: PolicyRecord, parent: int | None, authors: list[str]) -> PolicyVersion:
    """Insert a draft."""
    act = writing.act
    writing.insert(
        tables.Policies,
        name=record.name,
        version=record.version,
        state="draft",
        content=record.content,
        sha256=record.sha256,
        parent=parent,
        authors=orjson.dumps(authors).decode(),
        comment=act.comment,
        created_us=act.at_us,
    )
    return find(writing, record.name, record.version)


def drop_schedules(writing: Writing, found: PolicyVersion, why: str) -> None:
    """Cancel what has been planned for a version and has not begun."""
    for schedule in _policies.open_schedules(writing.connection):
        if schedule["started"] is None and (schedule["name"], schedule["version"]) == (found.name, found.version):
            take_step(writing, schedule["seq"], "cancelled", None, why)


def take_step(writing: Writing, schedule: int, step: str, generation: int | None, note: str) -> None:
    """Note that a step of a schedule was taken: the primary key allows it once."""
    values = {"generation": generation, "actor": writing.act.actor, "note": note, "at_us": writing.act.at_us}
    writing.insert(tables.PolicyScheduleSteps, schedule=schedule, step=step, **values)


def active(writing: Writing) -> PolicyRecord | None:
    """The policy in force; None before the first."""
    try:
        return _policies.active_policy(writing.connection)[1]
    except LookupError:
        return None


def before_generation(writing: Writing, generation: int) -> PolicyRecord | None:
    """The policy that was in force before a generation."""
    return _policies.active_policy(writing.connection, generation - 1)[1] if generation > 1 else None


def find(writing: Writing, name: str, version: int, sha256: str | None = None) -> PolicyVersion:
    """A version; raises Missing, and PreconditionFailed where its content is not the one that the caller saw."""
    found = _policies.policy(writing.connection, name, version)
    if found is None:
        raise Missing("unknown_policy", f"policy {name}@{version}: no such version")
    if sha256 not in {None, found.sha256}:
        raise PreconditionFailed("stale_content", f"{found.label} has other content by now: SHA-256 {found.sha256}")
    return found


def in_state(found: PolicyVersion, *states: str) -> None:
    """Raises Conflict for a version in another state."""
    if found.state not in states:
        raise Conflict("wrong_state", f"{found.label} is {found.state}, not {' or '.join(states)}")


def _is_fine(policy: Policy) -> None:
    """Nothing is known of the bank."""
