"""Import: a folder of the exchange format into the database, all of it or nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from service.errors import Refused
from service.exchange import schema
from service.exchange.check import Checked, Surroundings, check
from service.exchange.merge import Merger, Outcome
from service.exchange.read import Batch, Folder, Source, batches, latest_time, open_folder
from service.exchange.registry import Registry
from service.exchange.rejects import Rejects
from service.exchange.report import FileCounts, ImportReport
from service.exchange.schema import ATTRIBUTE, File
from service.exchange.stored import Shaper
from service.exchange.touched import Touched
from service.jobs.rebuild import rebuild_states
from service.progress import Progress, silent
from service.stores.protocols import Store

_UNFINISHED = "import_unfinished"
_COUNTED = {
    Outcome.INSERTED: "inserted",
    Outcome.REPLACED: "replaced",
    Outcome.UNCHANGED: "unchanged",
    Outcome.DUPLICATE: "duplicate",
}
_FAULT = {Outcome.TWICE: "duplicate_key", Outcome.CONFLICT: "event_conflict"}
