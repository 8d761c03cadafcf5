"""What the service asks of a store, as protocols; one contract suite runs on every implementation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol


class Versions(NamedTuple):
    """The one row of current versions that every process follows."""

    generation: int
    catalogue: int
    model: int
    tags: int
    suspended: tuple[int, ...]  # product numbers suspended since the catalogue version


class CustomerRow(NamedTuple):
    """A customer's row: MessagePack parts; `state` and `derived` are None where the shelf may not be personal."""

    version: int
    personal: bool
    gate: bytes
    state: bytes | None
    derived: bytes | None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One validated event. Times are UTC microseconds, amounts minor units; `body` is the canonical body as sent."""

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
    """All that is known of one customer, in time order: what a rebuild, an as-of shelf and `export` read."""

    customer_id: str
    profile: Mapping[str, Any] = field(default_factory=dict)
    consents: Sequence[ConsentChange] = ()
    holdings: Sequence[Mapping[str, Any]] = ()
    flows: Sequence[Mapping[str, Any]] = ()
    tags: Sequence[Mapping[str, Any]] = ()
    events: Sequence[EventRecord] = ()


class CustomerStore(Protocol):
    """The request path: one keyed statement, blocking, microseconds."""

    def read(self, customer_id: str, *, personal: bool) -> tuple[Versions, CustomerRow | None]:
        """The current versions beside the customer's row; `personal=False` never reads `state` and `derived`."""

    def versions(self) -> Versions: ...


class EventStore(Protocol):
    """Durable, idempotent ingest: one transaction per call, state folded in it."""

    def append(self, events: Sequence[EventRecord]) -> list[Appended]:
        """Store events and the states they change; on return they are on disk. Order of results = order of events."""

    def change_consent(self, change: ConsentChange) -> None:
        """Store a consent answer and the row it changes in one transaction."""


class CatalogueStore(Protocol):
    """Products and categories; every change makes a new catalogue version with its content kept."""

    def put_products(self, products: Sequence[Mapping[str, Any]], now_us: int) -> int: ...
    def suspend(self, product_id: str, *, suspended: bool, now_us: int) -> bool: ...
    def catalogue(self, version: int | None = None) -> tuple[int, list[Mapping[str, Any]], list[tuple[int, str, str]]]:
        """(version, product records, (category number, code, zone)) of a version, newest by default."""


class PolicyStore(Protocol):
    """Immutable policy versions and append-only activations."""

    def publish(self, record: PolicyRecord, actor: str, now_us: int) -> int: ...
    def active_policy(self, generation: int | None = None) -> tuple[int, PolicyRecord]: ...


class DecisionStore(Protocol):
    """The decision log; a row's bytes are kept once per (customer, row version)."""

    def log(self, records: Sequence[DecisionRecord]) -> None: ...
    def decision(self, decision_id: str) -> DecisionRecord | None: ...
    def decisions(self, limit: int, after: str = "") -> Iterator[DecisionRecord]: ...


class KeyStore(Protocol):
    """Service keys, stored as SHA-256 of the secret."""

    def put_key(self, key_id: str, secret_sha256: str, scopes: Sequence[str], now_us: int) -> None: ...
    def key(self, key_id: str) -> tuple[str, tuple[str, ...]] | None: ...


class Store(CustomerStore, EventStore, CatalogueStore, PolicyStore, DecisionStore, KeyStore, Protocol):
    """Everything one database serves."""

    def history(self, customer_id: str) -> History: ...
    def customer_ids(self, *, personal: bool | None = None, after: str = "", limit: int = 1000) -> list[str]: ...
    def close(self) -> None: ...
