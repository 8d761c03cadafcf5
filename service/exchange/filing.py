"""One file of a folder into its table, batch by batch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from service.exchange import schema
from service.exchange.block import Block
from service.exchange.check import Checked, Surroundings, check
from service.exchange.claims import Taxonomy, UnknownClaims
from service.exchange.logged import Logged
from service.exchange.merge import Merger, Outcome
from service.exchange.raw import Raw
from service.exchange.read import Batch, Source, batches
from service.exchange.registry import Registry
from service.exchange.rejects import Rejects
from service.exchange.report import FileCounts
from service.exchange.schema import File
from service.exchange.statements import Statements
from service.exchange.stored import Shaper
from service.exchange.targets import TARGETS
from service.exchange.tombstones import Tombstones
from service.keyed import Secrets
from service.progress import Progress

_COUNTED = ("inserted", "replaced", "unchanged", "duplicate")
_FAULTS = {Outcome.TWICE: "duplicate_key", Outcome.CONFLICT: "event_conflict"}
# Intent and exposure while personalisation was off. The rows of customers are computed from everything afterwards,
# and that corrects the mark where the bank's default is another.
_MUTED = (
    ":muted AND NOT coalesce((SELECT granted FROM consents WHERE customer_id = :customer_id "
    "AND scope = 'personalisation' AND changed_us <= :occurred_us ORDER BY changed_us DESC LIMIT 1), false)"
)

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Terms:
    """What all files of an import have in common: the time, the statement's time, the keys, how long deletions run.

    `taxonomy` is what tags may claim; without it no claim is looked at.
    """

    now_us: int
    as_of_us: int
    tombstone_days: int
    keyed: Secrets | None = None
    taxonomy: Taxonomy | None = None


class Filing:
    """Loads one file; afterwards `counts` says what became of its rows and `customers` whom they changed."""

    def __init__(self, connection: Raw, registry: Registry, file: File, terms: Terms) -> None:
        target = TARGETS[file.name]
        self._file, self._registry, self._terms = file, registry, terms
        self._shaper = Shaper(file, registry, terms.now_us, terms.keyed)
        self._merger = Merger(connection, target, {"muted": _MUTED} if target.immutable else None)
        self._statements = Statements(connection, terms.as_of_us) if file is schema.HOLDINGS else None
        self._tombstones = Tombstones(connection, terms.tombstone_days) if file is schema.TAGS else None
        self._logged = Logged(connection, registry) if file is schema.EVENTS else None
        known = terms.taxonomy if file is schema.TAG_DEFINITIONS else None
        self._claims = None if known is None else UnknownClaims(known.beside(registry.sold()))
        self._of_customers = "customer_id" in target.columns
        self.counts = FileCounts()
        self.customers: set[str] = set()

    def load(self, source: Source, report_folder: Path, progress: Progress) -> None:
        """Load every batch of the file, keeping the rows that cannot be."""
        self.counts.missing_columns, self.counts.ignored_columns = self._file.compare(source.columns)
        inferred = self._registry.inferred_tags()
        around = Surroundings(self._terms.now_us, self._registry.product_ids, inferred, of_file=True)
        progress(source.name, 0, source.total)
        with Rejects(report_folder, source.name, text=source.text) as rejects:
            for batch in batches(source):
                checked = check(self._file, batch.rows, around, text=source.text)
                self._load_batch(checked)
                self._reject(rejects, batch, checked)
                if batch.broken and self._statements is not None:
                    self._statements.name_rejected(pa.nulls(1, pa.string()))
                progress(source.name, self.counts.read, max(source.total, self.counts.read))
            self.counts.rejected_file = str(rejects.path or "")
        if self._claims is not None:
            self.counts.warnings = self._claims.warnings()
        if self._statements is not None:
            changed, self.counts.ended = self._statements.close(self._merger)
            self.customers |= changed

    def _load_batch(self, checked: Checked) -> None:
        self._shaper.judge(checked)
        places, block = np.flatnonzero(checked.good), self._shaper.block(checked)
        if self._claims is not None:
            self._claims.note(checked.columns, places)
        held = self._held_back(block, checked)
        places, block = places[~np.array(held, dtype=bool)], block.without(held)
        if not block.count:
            return
        outcomes = np.array(self._merger.merge(block), dtype=np.int8)
        for outcome, name in enumerate(_COUNTED):
            setattr(self.counts, name, getattr(self.counts, name) + int((outcomes == outcome).sum()))
        for outcome, code in _FAULTS.items():
            mask = np.zeros(checked.rows, dtype=bool)
            mask[places[outcomes == outcome]] = True
            checked.fault(code, self._file.key[-1], mask)
        self._note_customers(checked, places, outcomes)

    def _held_back(self, block: Block, checked: Checked) -> list[bool]:
        """Rows not merged: holdings older than what is stored, tags the customer has deleted, what the log tells."""
        if self._statements is not None:
            held = self._statements.superseded(block)
            self.counts.superseded += sum(held)
            self._statements.name_rejected(checked.columns["customer_id"].filter(pa.array(~checked.good)))
            return held
        if self._tombstones is not None:
            held = self._tombstones.held_back(block)
            self.counts.tombstoned += sum(held)
            return held
        if self._logged is not None:
            held = self._logged.held_back(block)
            self.counts.duplicate += sum(held)
            return held
        return [False] * block.count

    def _note_customers(self, checked: Checked, places: Places, outcomes: npt.NDArray[np.int8]) -> None:
        changed = (outcomes == Outcome.INSERTED) | (outcomes == Outcome.REPLACED)
        if self._of_customers and changed.any():
            ids = checked.columns["customer_id"].take(pa.array(places[changed]))
            self.customers.update(pc.unique(ids).to_pylist())

    def _reject(self, rejects: Rejects, batch: Batch, checked: Checked) -> None:
        places = np.flatnonzero(~checked.good).tolist()
        reasons = [checked.reason(place) for place in places]
        self.counts.read += checked.rows + len(batch.broken)
        codes = Counter(code for code, _ in reasons) + Counter(bad_row=len(batch.broken))
        self.counts.rejected = dict(Counter(self.counts.rejected) + codes)
        rejects.rows(batch.rows, places, batch.first, reasons)
        rejects.lines(batch.broken, batch.rows.schema)
