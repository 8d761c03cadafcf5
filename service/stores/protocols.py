"""What the service asks of a store, as protocols; one contract suite runs on every implementation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection

from service.stores._experiments import ExperimentStore
from service.stores._jobs import JobStore
from service.stores._shadows import ShadowStore


class StoreError(OSError):
    """The store did nothing: locked for too long, disk full, gone, or a row that the tables refuse."""


class StoreBusy(StoreError):
    """Somebody else held the store for too long, an import perhaps: the same call may do later."""


class Versions(NamedTuple):
    """The one row of current versions that every process follows."""

    generation: int
    catalogue: int
    model: int
    tags: int
    suspended: tuple[int, ...]  # product numbers: all that are suspended now, whatever the catalogue version says


class CustomerRow(NamedTuple):
    """A customer's row: MessagePack parts; `state` and `derived` are None where the shelf may not be personal."""

    version: int
    personal: bool
    gate: bytes
    state: bytes | None
    derived: bytes | None


class EventRecord(NamedTuple):
    """One validated event. Times are UTC microseconds, amounts minor units; `body` is the canonical body as sent.

    Without a `category_no` the product's category counts.
    """

    event_id: str
    customer_id: str
    kind: str
    occurred_us: int
    arrived_us: int
    body: bytes
    product_no: int | None = None
    category_no: int | None = None
    amount: int | None = None
    channel: str | None = None
    session_id: str | None = None
    decision_id: str | None = None
    tier: str | None = None
    slot: int | None = None
    task_id: str | None = None
    refers_to: str | None = None
    device: str | None = None
    ip_block: str | None = None
    invited_by: str | None = None
    payload: str | None = None
    tracking: str | None = None
    arms: tuple[str, ...] = ()
    """The arms, `experiment:phase:arm`, that an impression is an exposure to; kept as exposures, not with the event."""


class ArmDifference(NamedTuple):
    """Whether the shelf of a decision would have been another one in an arm of an experiment."""

    decision_id: str
    experiment: str
    arm: str
    differs: bool


class Appended(NamedTuple):
    """What became of one event: accepted, duplicate or conflict (same id, other body)."""

    status: str


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """One answer of a customer to a consent scope."""

    customer_id: str
    scope: str
    granted: bool
    changed_us: int
    text_version: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A stored policy version: canonical JSON and its SHA-256."""

    name: str
    version: int
    content: bytes
    sha256: str

    @property
    def label(self) -> str:
        """What answers call it."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A stored policy version with what has become of it; the columns of the table `policies`."""

    name: str
    version: int
    state: str
    content: bytes
    sha256: str
    parent: int | None
    authors: tuple[str, ...]
    comment: str
    created_us: int

    @property
    def label(self) -> str:
        """What answers call it."""
        return f"{self.name}@{self.version}"

    @property
    def record(self) -> PolicyRecord:
        """What is in force while it is."""
        return PolicyRecord(self.name, self.version, self.content, self.sha256)


class KeyRecord(NamedTuple):
    """A service key: the SHA-256 of its secret, its scopes, and who acts with it."""

    secret_sha256: str
    scopes: tuple[str, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A logged decision and the bytes of the row it read (None when it read none)."""

    decision_id: str
    customer_id: str
    decided_us: int
    row_version: int | None
    document: bytes
    row: CustomerRow | None = None


@dataclass(frozen=True, slots=True)
class History:
    """All that is known of one customer, in time order: what a rebuild, an as-of shelf and `export` read.

    Mappings have the columns of the tables (`service.stores.tables`); a stored event's `body` is empty.
    """

    customer_id: str
    profile: Mapping[str, Any] = field(default_factory=dict)
    consents: Sequence[ConsentChange] = ()
    statement_us: int | None = None
    holdings: Sequence[Mapping[str, Any]] = ()
    snapshots: Sequence[Mapping[str, Any]] = ()
    flows: Sequence[Mapping[str, Any]] = ()
    tags: Sequence[Mapping[str, Any]] = ()
    events: Sequence[EventRecord] = ()


class CustomerStore(Protocol):
    """The request path: one keyed statement.

    `reads_inline`: `read` takes microseconds and belongs on the event loop's own thread. Otherwise it waits for a
    server and belongs on a thread, with a deadline of the caller; several threads may read at once.
    """

    reads_inline: bool

    def read(self, customer_id: str, *, personal: bool) -> tuple[Versions, CustomerRow | None]:
        """The current versions beside the customer's row; `personal=False` never reads `state` and `derived`."""

    def versions(self) -> Versions: ...


class EventStore(Protocol):
    """Durable, idempotent ingest: one transaction per call, state folded in it."""

    def append(self, events: Sequence[EventRecord]) -> list[Appended]:
        """Store events and the states they change; on return they are on disk. Order of results = order of events.

        Raises StoreError, like every call below that writes; then nothing of the call is stored.
        """

    def change_consent(self, change: ConsentChange, *, own: bool = False) -> None:
        """Store a consent answer and the row it changes in one transaction.

        `own` is the customer's own call, dated by the clock of the service: it is in force on return and holds against
        every answer stored before, those included that are dated ahead of that clock.
        """


class FactStore(Protocol):
    """What the bank says of its customers beside events; mappings have the columns of the tables.

    Every call is one transaction that also writes the rows it changes. A strange column raises KeyError.
    """

    def put_customer(self, customer: Mapping[str, Any]) -> None:
        """Store the whole record of a customer: a column that is left out becomes unknown."""

    def put_holdings(self, customer_id: str, as_of_us: int, holdings: Sequence[Mapping[str, Any]]) -> bool:
        """Store a full statement; a spell that it no longer names as open ended at `as_of_us`. False: it is not new."""

    def put_flows(self, flows: Sequence[Mapping[str, Any]]) -> None:
        """Store cash flows, idempotent by `service.profiles.flow_key`."""

    def put_tags(self, customer_id: str, tags: Sequence[Mapping[str, Any]]) -> int:
        """Store assignments (column `tag`) and say how many; a tag under a running tombstone is not assigned."""

    def remove_tag(self, customer_id: str, tag: str, removed_by: str, now_us: int) -> bool:
        """Remove a tag at once; by `customer` it becomes a tombstone. False: it was not assigned."""

    def refresh(self, customer_ids: Sequence[str], *, within: Connection | None = None) -> int:
        """Compute the rows of customers anew from all that is stored; the number of events read for it.

        `within` is a transaction of the caller, from `begin`.
        """

    def stale(self, customer_ids: Sequence[str]) -> list[str]:
        """Those of the customers whose row is not what `refresh` would leave."""

    def unsettled(self, *, within: Connection | None = None) -> dict[tuple[str, int, int], str | None]:
        """Assignments (customer, tag number, assigned_us) whose quarantine `refresh` would change, and its reason then.

        None: it would be released. What a definition says anew reaches the rows of customers only so.
        """

    def everybody(self, *, after: str = "", limit: int = 1000) -> list[str]:
        """The next ids of customers, in order, of whom any table knows anything."""

    def put_derived(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace fields of the derived part of customers who have a row; the others stay as they are."""


class CatalogueStore(Protocol):
    """Products and categories; every change makes a new catalogue version with its content kept.

    A record has the columns of the table `products` and the code of its `category`; lists are JSON text.
    """

    def put_products(self, products: Sequence[Mapping[str, Any]], now_us: int) -> int:
        """Store whole records by `product_id`; the version then in force. ValueError: another category than before."""

    def suspend(self, product_id: str, *, suspended: bool, now_us: int) -> bool:
        """Take a product off every shelf that is read after this call, or put it back. False: no such product."""

    def catalogue(self, version: int | None = None) -> tuple[int, list[Mapping[str, Any]], list[tuple[int, str, str]]]:
        """(version, product records, (category number, code, zone)) of a version, newest by default."""

    def renew_catalogue(self, now_us: int, *, within: Connection | None = None) -> int:
        """Make a catalogue version of what the tables hold, where it differs from the newest; that version.

        `within` is a transaction of the caller, from `begin`.
        """


class PolicyStore(Protocol):
    """Policy versions and which of them is in force; `service.policies` writes them, within `begin`."""

    def active_policy(self, generation: int | None = None) -> tuple[int, PolicyRecord]:
        """The generation and policy in force, now or in a generation. LookupError: none was published."""

    def policies(self, name: str = "") -> list[PolicyVersion]:
        """All versions, or those of a name, by name and version."""

    def policy(self, name: str, version: int) -> PolicyVersion | None: ...

    def is_step_due(self, now_us: int) -> bool:
        """Whether a schedule waits for a step whose time has come."""


class LearntStore(Protocol):
    """What training and measuring left: models by path and checksum, tag versions by content."""

    def promote_model(self, path: str, sha256: str, now_us: int) -> int:
        """Register an artifact and put it in force; its version."""

    def model(self, version: int) -> tuple[str, str] | None:
        """Path and SHA-256 of a model version."""

    def models(self) -> list[tuple[int, str, str, int]]:
        """(version, path, SHA-256, when it was put in force) of every model version, oldest first."""

    def put_tag_definitions(self, definitions: Sequence[Mapping[str, Any]], now_us: int) -> int:
        """Store definitions by `tag` (`category` is a code) and make a tag version; that version."""

    def renew_tags(self, now_us: int, *, within: Connection | None = None) -> int:
        """Make a tag version of the definitions in the tables, where it differs from the newest; that version.

        `within` is a transaction of the caller, from `begin`.
        """

    def put_tag_version(self, items: Sequence[Mapping[str, Any]], now_us: int) -> int:
        """Put a tag version in force: definitions with what was measured on them."""

    def tag_version(self, version: int) -> list[Mapping[str, Any]]: ...


class DecisionStore(Protocol):
    """The decision log; a row's bytes are kept once per (customer, row version)."""

    def log(self, records: Sequence[DecisionRecord]) -> None: ...
    def decision(self, decision_id: str) -> DecisionRecord | None: ...
    def decisions(self, limit: int, after: str = "") -> Iterator[DecisionRecord]: ...


class KeyStore(Protocol):
    """Service keys, stored as SHA-256 of the secret."""

    def put_key(self, key_id: str, record: KeyRecord, now_us: int) -> None: ...
    def key(self, key_id: str) -> KeyRecord | None: ...


class ExposureStore(Protocol):
    """What customers saw of experiments; exposures are written with the impressions they come from."""

    def first_arms(self, customer_id: str) -> dict[tuple[str, int], str]:
        """The arm that a customer saw first, by experiment and phase."""

    def put_arm_differences(self, rows: Sequence[ArmDifference]) -> None:
        """Keep what other arms would have shown, each once."""


class Store(
    CustomerStore,
    EventStore,
    ExposureStore,
    FactStore,
    CatalogueStore,
    PolicyStore,
    LearntStore,
    DecisionStore,
    KeyStore,
    JobStore,
    ShadowStore,
    ExperimentStore,
    Protocol,
):
    """Everything one database serves."""

    def history(self, customer_id: str) -> History: ...
    def customer_ids(self, *, personal: bool | None = None, after: str = "", limit: int = 1000) -> list[str]: ...

    def begin(self, *, patient: bool = False) -> AbstractContextManager[Connection]:
        """A write transaction over the tables, one at a time: committed at the end, rolled back by an exception.

        `patient` is for an import: once it has begun it may take minutes, and waits as long for others.
        """

    def connect(self) -> AbstractContextManager[Connection]:
        """A read transaction over the tables: one consistent state of all of them."""

    def close(self) -> None: ...
