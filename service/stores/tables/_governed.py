"""Policies, what became of them and who did it; triggers keep what must stay (`service.stores._guard`)."""

from __future__ import annotations

from service.stores._columns import Table, big, big_or_none, key, number_key, octets

WITHOUT_ROWID = {"sqlite_with_rowid": False}
"""A hidden number of its own would be one more key, which OR REPLACE takes rows away by without asking a trigger."""


class Policies(Table, table=True):
    """Policy versions: the content of a draft may change, of any other state never."""

    __table_args__ = WITHOUT_ROWID

    name: str = key()
    version: int = number_key()
    state: str  # draft | in_review | approved | published | retired
    content: bytes = octets()  # canonical JSON
    sha256: str  # of the content
    parent: int | None = None  # the version it was written over
    authors: str  # JSON list of all who wrote at it
    comment: str
    created_us: int = big()


class PolicyApprovals(Table, table=True):
    """Verdicts; one counts for the content it was given for, and for no other."""

    seq: int = number_key()
    name: str
    version: int
    reviewer: str
    verdict: str  # approve | reject | waive: enacted without a second pair of eyes
    sha256: str
    comment: str
    at_us: int = big()


class Activations(Table, table=True):
    """What came into force, in order."""

    generation: int = number_key()
    kind: str  # publish | rollback | schedule | expiry | kill | bootstrap | experiment | ramp_step | guardrail
    name: str
    from_version: int | None = None  # of the same name, where one was in force before
    version: int
    actor: str
    reason: str
    at_us: int = big()


class PolicySchedules(Table, table=True):
    """Policy versions that are to come into force by themselves, and to leave again."""

    seq: int = number_key()
    name: str
    version: int
    starts_us: int = big()
    ends_us: int | None = big_or_none()
    actor: str
    reason: str
    at_us: int = big()


class PolicyScheduleSteps(Table, table=True):
    """What became of a schedule, each step once."""

    __table_args__ = WITHOUT_ROWID

    schedule: int = number_key("policy_schedules.seq")
    step: str = key()  # start | end | cancelled
    generation: int | None = None  # the activation that it made; none where there was nothing to do
    actor: str
    note: str
    at_us: int = big()


class PolicyShadows(Table, table=True):
    """Policy versions that are computed beside the one in force, each with the content it had when that began."""

    seq: int = number_key()
    name: str
    version: int
    content: bytes = octets()
    sha256: str
    share: float
    actor: str
    at_us: int = big()


class PolicyShadowStops(Table, table=True):
    """Shadows that run no more."""

    shadow: int = number_key("policy_shadows.seq")
    actor: str
    at_us: int = big()


class PolicyShadowResults(Table, table=True):
    """What a shadow would have shown in place of a decision."""

    shadow: int = number_key("policy_shadows.seq")
    decision_id: str = key()
    outcome: str  # same | changed | failed | skipped
    document: bytes = octets()


class Audit(Table, table=True):
    """Every act upon what the bank governs, chained by hashes."""

    seq: int = number_key()
    at_us: int = big()
    actor: str
    action: str
    object: str
    before_sha: str | None = None
    after_sha: str | None = None
    note: str
    prev_hash: str
    hash: str
