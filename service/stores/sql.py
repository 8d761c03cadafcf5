"""The store over any SQL database that SQLAlchemy speaks to; only the request path's read is the database's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, select

from service.experiments.spec import Experiment, InForce, Layer, LayerHoldout, Override
from service.job_state import JobState, LeaderSchedule
from service.policies.shadow_record import ShadowRecord, ShadowResult
from service.stores import (
    _catalogue,
    _experiments,
    _exposed,
    _facts_in,
    _history,
    _ingest,
    _jobs,
    _policies,
    _quarantine,
    _records,
    _rows,
    _shadows,
    tables,
)
from service.stores._bank import Bank
from service.stores._locks import lock_bank, lock_customers
from service.stores._schema import is_prepared, prepare
from service.stores._upsert import table
from service.stores.protocols import (
    Appended,
    ArmDifference,
    ConsentChange,
    CustomerRow,
    DecisionRecord,
    EventRecord,
    History,
    KeyRecord,
    PolicyRecord,
    PolicyVersion,
    Versions,
)
from service.threads import refuse_abandoned

Record = Mapping[str, Any]
_ROWS = table(tables.CustomerRows)


class SqlStore(ABC):
    """Every call that writes is one transaction; on return it is on disk."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self._category_of: dict[int, int] = {}
        try:
            if not self._is_prepared():
                with self.begin() as connection:
                    prepare(connection, bank)
        except BaseException:
            self.close()
            raise

    reads_inline: bool

    @abstractmethod
    def transaction(self, *, patient: bool = False) -> AbstractContextManager[Connection]:
        """A write transaction that may go on beside others."""

    @abstractmethod
    def connect(self) -> AbstractContextManager[Connection]:
        """A read transaction."""

    @abstractmethod
    def read(self, customer_id: str, *, personal: bool) -> tuple[Versions, CustomerRow | None]:
        """The current versions beside the customer's row."""

    @abstractmethod
    def versions(self) -> Versions:
        """The current versions."""

    @abstractmethod
    def lock(self, name: str) -> _jobs.NamedLock:
        """A lock among the processes of the bank, not taken yet."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""

    def append(self, events: Sequence[EventRecord]) -> list[Appended]:
        if not events:
            return []
        with self._changing({event.customer_id for event in events}) as connection:
            return _ingest.append(connection, self.bank, self.categories(connection), events)

    def change_consent(self, change: ConsentChange, *, own: bool = False) -> None:
        store = _ingest.answer_consent if own else _ingest.change_consent
        with self._changing([change.customer_id]) as connection:
            store(connection, self.bank, self.categories(connection), change)

    def put_customer(self, customer: Record) -> None:
        with self._changing([customer["customer_id"]]) as connection:
            _facts_in.put_customer(connection, customer)
            self._refresh(connection, [customer["customer_id"]])

    def put_holdings(self, customer_id: str, as_of_us: int, holdings: Sequence[Record]) -> bool:
        with self._changing([customer_id]) as connection:
            is_new = _facts_in.put_holdings(connection, customer_id, as_of_us, holdings)
            self._refresh(connection, [customer_id])
            return is_new

    def put_flows(self, flows: Sequence[Record]) -> None:
        customer_ids = sorted({flow["customer_id"] for flow in flows})
        with self._changing(customer_ids) as connection:
            _facts_in.put_flows(connection, flows)
            _rows.renew(connection, self.bank, self.categories(connection), customer_ids)

    def put_tags(self, customer_id: str, tags: Sequence[Record]) -> int:
        with self.begin() as connection:
            lock_customers(connection, [customer_id])
            assigned, is_new = _facts_in.put_tags(connection, self.bank, customer_id, tags)
            if is_new:
                _records.renew_tags(connection, self.bank.now_us())
            _rows.renew(connection, self.bank, self.categories(connection), [customer_id])
            return assigned

    def remove_tag(self, customer_id: str, tag: str, removed_by: str, now_us: int) -> bool:
        with self._changing([customer_id]) as connection:
            removed = _facts_in.remove_tag(connection, customer_id, tag, removed_by, now_us)
            self._refresh(connection, [customer_id])
            return removed

    def refresh(self, customer_ids: Sequence[str], *, within: Connection | None = None) -> int:
        with self.transaction() if within is None else nullcontext(within) as connection:
            lock_customers(connection, customer_ids)
            return self._refresh(connection, customer_ids)

    def stale(self, customer_ids: Sequence[str]) -> list[str]:
        with self.connect() as connection:
            return _rows.stale(connection, self.bank, self.categories(connection), customer_ids)

    def unsettled(self, *, within: Connection | None = None) -> dict[tuple[str, int, int], str | None]:
        with self.connect() if within is None else nullcontext(within) as connection:
            return _quarantine.misplaced(connection, self.bank)

    def everybody(self, *, after: str = "", limit: int = 1000) -> list[str]:
        with self.connect() as connection:
            return _history.everybody(connection, after, limit)

    def put_derived(self, changes: Mapping[str, Record]) -> None:
        with self.transaction() as connection:
            _facts_in.put_derived(connection, changes)

    def put_products(self, products: Sequence[Record], now_us: int) -> int:
        with self.begin() as connection:
            return _catalogue.put_products(connection, products, now_us)

    def suspend(self, product_id: str, *, suspended: bool, now_us: int) -> bool:
        with self.begin() as connection:
            return _catalogue.suspend(connection, product_id, suspended=suspended, now_us=now_us)

    def catalogue(self, version: int | None = None) -> tuple[int, list[Record], list[tuple[int, str, str]]]:
        with self.connect() as connection:
            return _catalogue.read_catalogue(connection, version)

    def renew_catalogue(self, now_us: int, *, within: Connection | None = None) -> int:
        with self._in(within) as connection:
            return _catalogue.renew_catalogue(connection, now_us)

    def active_policy(self, generation: int | None = None) -> tuple[int, PolicyRecord]:
        with self.connect() as connection:
            return _policies.active_policy(connection, generation)

    def policies(self, name: str = "") -> list[PolicyVersion]:
        with self.connect() as connection:
            return _policies.policies(connection, name)

    def policy(self, name: str, version: int) -> PolicyVersion | None:
        with self.connect() as connection:
            return _policies.policy(connection, name, version)

    def is_step_due(self, now_us: int) -> bool:
        with self.connect() as connection:
            return _policies.is_step_due(connection, now_us)

    def promote_model(self, path: str, sha256: str, now_us: int) -> int:
        with self.begin() as connection:
            return _records.promote_model(connection, path, sha256, now_us)

    def model(self, version: int) -> tuple[str, str] | None:
        with self.connect() as connection:
            return _records.model(connection, version)

    def models(self) -> list[tuple[int, str, str, int]]:
        with self.connect() as connection:
            return _records.models(connection)

    def put_tag_definitions(self, definitions: Sequence[Record], now_us: int) -> int:
        with self.begin() as connection:
            return _records.put_tag_definitions(connection, definitions, now_us)

    def put_tag_version(self, items: Sequence[Record], now_us: int) -> int:
        with self.begin() as connection:
            return _records.put_tag_version(connection, items, now_us)

    def renew_tags(self, now_us: int, *, within: Connection | None = None) -> int:
        with self._in(within) as connection:
            return _records.renew_tags(connection, now_us)

    def tag_version(self, version: int) -> list[Record]:
        with self.connect() as connection:
            return _records.tag_version(connection, version)

    def log(self, records: Sequence[DecisionRecord]) -> None:
        with self.transaction() as connection:
            _records.log(connection, records)

    def decision(self, decision_id: str) -> DecisionRecord | None:
        with self.connect() as connection:
            return _records.decision(connection, decision_id)

    def decisions(self, limit: int, after: str = "") -> Iterator[DecisionRecord]:
        with self.connect() as connection:
            return _records.decisions(connection, limit, after)

    def put_key(self, key_id: str, record: KeyRecord, now_us: int) -> None:
        with self.transaction() as connection:
            _records.put_key(connection, key_id, record, now_us)

    def key(self, key_id: str) -> KeyRecord | None:
        with self.connect() as connection:
            return _records.key(connection, key_id)

    def shadow(self, name: str = "", version: int = 0) -> ShadowRecord | None:
        with self.connect() as connection:
            return _shadows.shadow(connection, name, version)

    def first_arms(self, customer_id: str) -> dict[tuple[str, int], str]:
        with self.connect() as connection:
            return _exposed.first_arms(connection, customer_id)

    def put_arm_differences(self, rows: Sequence[ArmDifference]) -> None:
        with self.transaction() as connection:
            _exposed.put_arm_differences(connection, rows)

    def put_shadow_results(self, results: Sequence[ShadowResult]) -> dict[int, int]:
        with self.transaction() as connection:
            return _shadows.put_results(connection, results)

    def shadow_results(self, seq: int) -> Iterator[ShadowResult]:
        with self.connect() as connection:
            return _shadows.results(connection, seq)

    def experiments_in_force(self, generation: int | None = None) -> InForce:
        with self.connect() as connection:
            return _experiments.in_force(connection, generation)

    def experiment(self, key: str) -> Experiment | None:
        with self.connect() as connection:
            return _experiments.experiment(connection, key)

    def experiments(self) -> list[Experiment]:
        with self.connect() as connection:
            return _experiments.readable_experiments(connection)

    def experiment_acts(self, key: str) -> list[dict[str, Any]]:
        with self.connect() as connection:
            return _policies.rows_of(connection, tables.ExperimentActs, key=key)

    def layers(self) -> list[Layer]:
        with self.connect() as connection:
            return _experiments.layers(connection)

    def holdouts(self) -> list[LayerHoldout]:
        with self.connect() as connection:
            return _experiments.holdouts_of(connection)

    def overrides(self, experiment: str, now_us: int) -> list[Override]:
        with self.connect() as connection:
            found = _experiments.experiment(connection, experiment)
            return [] if found is None else _experiments.overrides(connection, found, now_us)

    def job_states(self) -> dict[str, JobState]:
        with self.connect() as connection:
            return _jobs.job_states(connection)

    def put_job_state(self, state: JobState) -> None:
        with self.transaction() as connection:
            _jobs.put_job_state(connection, state)

    def leader_schedule(self) -> LeaderSchedule | None:
        with self.connect() as connection:
            return _jobs.leader_schedule(connection)

    def put_leader_schedule(self, schedule: LeaderSchedule) -> None:
        with self.transaction() as connection:
            _jobs.put_leader_schedule(connection, schedule)

    def founded_us(self) -> int:
        with self.connect() as connection:
            return _jobs.founded_us(connection)

    def history(self, customer_id: str) -> History:
        with self.connect() as connection:
            return _history.history(connection, customer_id)

    def customer_ids(self, *, personal: bool | None = None, after: str = "", limit: int = 1000) -> list[str]:
        statement = select(_ROWS.c.customer_id).where(_ROWS.c.customer_id > after)
        if personal is not None:
            statement = statement.where(_ROWS.c.personal.is_(personal))
        with self.connect() as connection:
            return list(connection.scalars(statement.order_by(_ROWS.c.customer_id).limit(limit)))

    def categories(self, connection: Connection) -> Mapping[int, int]:
        """Product number -> category number; a product never changes its category, so only new ones are read."""
        if len(self._category_of) != _rows.count_products(connection):
            self._category_of = _rows.categories_of(connection)
        return self._category_of

    def forget(self) -> None:
        """Drop what was read inside a transaction that was rolled back."""
        self._category_of = {}

    @contextmanager
    def begin(self, *, patient: bool = False) -> Iterator[Connection]:
        with self.transaction(patient=patient) as connection:
            lock_bank(connection)
            yield connection
            refuse_abandoned()

    @contextmanager
    def _changing(self, customer_ids: Collection[str]) -> Iterator[Connection]:
        with self.transaction() as connection:
            lock_customers(connection, customer_ids)
            yield connection
            refuse_abandoned()

    def _in(self, within: Connection | None) -> AbstractContextManager[Connection]:
        return self.begin() if within is None else nullcontext(within)

    def _is_prepared(self) -> bool:
        """Nothing is left to write, so that a process starts while another one holds the database."""
        with self.connect() as connection:
            return is_prepared(connection, self.bank)

    def _refresh(self, connection: Connection, customer_ids: Sequence[str]) -> int:
        return _rows.refresh(connection, self.bank, self.categories(connection), customer_ids)
