"""A simulated bank with its written truth beside what the service knows of it: who prefers what, who may buy what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from recommender.artifact import Artifact
from recommender.interactions import PURCHASES
from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.tag_life import COUNTING
from recommender.training_data import Bools, Floats, Ints, TrainingData
from service.calendar import DAY_US
from service.jobs.measure_tags import measure_tags
from service.pipeline.facts import build_facts
from service.pipeline.gather import Gathered, gather_now
from service.progress import Progress
from service.runtime import Runtime
from service.study.served import Served
from service.tag_evidence import tag_evidence
from service.tag_lives import given
from service.training_data import customers_of, training_data
from shelf_rules.catalogue import Catalogue, Categories
from shelf_rules.evidence import gather_evidence
from shelf_rules.facts import Query
from shelf_rules.gate import PASSED, gate_before_tiers
from shelf_rules.situation import Situation

MEASURED_DAYS = (300, 240, 180, 120, 60, 0)
"""Days before the last one at whose end tags are measured: training weighs each day by what was known of it."""


@dataclass(frozen=True, slots=True, eq=False)
class TruthBank:
    """Customers are those of `data`, products the rows of the catalogue; `carriers` those of `evidence`, numbered so.

    `category` is each product's and `preference` [customers, products] the true one for it, `free` what the gate lets
    through and nobody holds, `new` what is of a category that the customer never bought or held, `holdings` the open
    spells, `judged` the customers with a personal shelf. `trusted` are the tags that may count at all, as given;
    `served` is `Served.scores` of the service that the bank was read from.
    """

    data: TrainingData
    evidence: Evidence
    carriers: Ints
    product_no: Ints
    category: Ints
    preference: Floats
    free: Bools
    new: Bools
    holdings: Ints
    judged: Bools
    trusted: Bools
    unmeasured: float
    served: Callable[[Artifact, TrainingData, Bools], Floats]


def truth_bank(runtime: Runtime, truth: Path, progress: Progress) -> TruthBank:
    """Measure the tags as of several days, then read everything as of the last day before now."""
    last_day = runtime.calendar.day(runtime.clock.now_us()) - 1
    midnight = runtime.calendar.midnight_us(last_day + 1)
    for before in MEASURED_DAYS:
        measure_tags(runtime, midnight - before * DAY_US - 1, progress)
    data, numbers = training_data(runtime, last_day), customers_of(runtime)
    evidence, ids = tag_evidence(runtime, midnight - 1, progress)
    world = runtime.worlds.last()
    catalogue = world.catalogue
    eligible, personal = _eligible(runtime, numbers)
    held, known = _had(data, catalogue)
    return TruthBank(
        data=data,
        evidence=evidence,
        carriers=np.array([numbers[customer_id] for customer_id in ids], dtype=np.int64),
        product_no=catalogue.product_no,
        category=catalogue.category.astype(np.int64),
        preference=_preferences(truth / "preferences.parquet", numbers, catalogue.categories)[:, catalogue.category],
        free=eligible & ~held,
        new=~known,
        holdings=_open_spells(data),
        judged=np.isin(np.arange(data.customers), list(personal)),
        trusted=np.array([given(item) in COUNTING for item in runtime.store.tag_version(world.versions.tags)]),
        unmeasured=world.policy.unmeasured_quality,
        served=Served(world, personal).scores,
    )


def _preferences(path: Path, numbers: Mapping[str, int], categories: Categories) -> Floats:
    """[customers, categories]; 0 for a category that the simulation does not have."""
    rows = pq.read_table(path)
    customer = np.array([numbers.get(one, -1) for one in rows["customer_id"].to_pylist()])
    category = np.array([categories.number.get(one, -1) for one in rows["category"].to_pylist()])
    known = (customer >= 0) & (category >= 0)
    found = np.zeros((len(numbers), len(categories)))
    found[customer[known], category[known]] = rows["preference"].to_numpy()[known]
    return found


def _eligible(runtime: Runtime, numbers: Mapping[str, int]) -> tuple[Bools, dict[int, Gathered]]:
    """What the gate lets through for each customer now, [customers, products]; and what personal shelves read."""
    world = runtime.worlds.last()
    eligible = np.zeros((len(numbers), len(world.catalogue)), np.bool_)
    personal: dict[int, Gathered] = {}
    for customer_id, number in numbers.items():
        read = gather_now(runtime, customer_id, Query())
        facts = build_facts(read.asked, read.row, world)
        if facts.past is None:
            continue
        situation = Situation(facts, world.catalogue, world.policy, world.regime)
        situation.evidence = gather_evidence(facts, world.catalogue, world.policy, world.regime)
        eligible[number], personal[number] = gate_before_tiers(situation) == PASSED, read
    return eligible, personal


def _had(data: TrainingData, catalogue: Catalogue) -> tuple[Bools, Bools]:
    """[customers, products]: whether it is held, and whether anything of its category was ever bought or held."""
    spells, events = data.spells, data.events
    row = catalogue.rows(spells.product.astype(np.int64))
    there = _is_open(data) & (row >= 0)
    held = np.zeros((data.customers, len(catalogue)), np.bool_)
    held[spells.customer[there], row[there]] = True
    ever = np.zeros((data.customers, data.categories), np.bool_)
    ever[spells.customer, spells.category] = True
    bought = np.isin(events.kind, PURCHASES) & (events.category >= 0)
    ever[events.customer[bought], events.category[bought]] = True
    return held, ever[:, catalogue.category]


def _is_open(data: TrainingData) -> Bools:
    spells = data.spells
    return np.asarray((spells.closed < 0) & ((spells.matures < 0) | (spells.matures > data.as_of)))


def _open_spells(data: TrainingData) -> Ints:
    return np.bincount(data.spells.customer[_is_open(data)], minlength=data.customers)
