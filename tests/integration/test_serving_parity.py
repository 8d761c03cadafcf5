"""What training and `evaluate` read of a customer is what a request reads, for everybody of a bank of thousands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pytest
from sqlalchemy import func, select

from recommender.at_least_one import at_least_one
from recommender.blending import final_stage
from recommender.factorisation import AlsSettings
from recommender.features import FEW, NAMES, features
from recommender.first_stage import FirstStage, StageSettings
from recommender.interactions import HalfLives, Items
from recommender.profile.parts import Parts, read_parts
from recommender.profile.state import EVENTS_MAX
from recommender.ranker import BLENDS, LISTING, TIERS
from recommender.scorer import Scorer
from recommender.stage_of import ranking_of
from recommender.states import Histories, Past, states_of
from recommender.training_data import Floats, TrainingData
from service.bootstrap import runtime_of
from service.model_shelf import ModelShelf
from service.pipeline.facts import Asked, Moment, build_all, ranker_past
from service.runtime import Runtime
from service.stores import tables
from service.stores._upsert import table
from service.training_data import training_data
from shelf_rules.facts import Facts, Query
from tests.sample_bank import SampleBank
from tests.unit.service.jobs.tag_bank import event

SAME = 1e-6
CUSTOMERS = 1_000
MET = 100  # customers of whom each kind of fact has to be known, lest nothing is compared
UNKNOWN_HERE = {"choice"}  # a bank's own store does not say what each customer could have bought
TWICE = 40  # customers who buy a product twice on a day and take one of the two back
ROWS, EVENTS, CONSENTS = table(tables.CustomerRows), table(tables.Events), table(tables.Consents)


class Read(NamedTuple):
    """What a request reads of one customer, who has this number in the training data."""

    number: int
    facts: Facts
    parts: Parts
    past: Past


class Bank(NamedTuple):
    """A bank on a day: the training data, and what requests read of everybody who may be compared."""

    runtime: Runtime
    today: int
    data: TrainingData
    read: list[Read]


@pytest.fixture(scope="module")
def bank(sample_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    copy = sample_bank.copy(tmp_path_factory.mktemp("parity") / "bank")
    with runtime_of(copy.settings()) as runtime:
        _bought_twice(runtime)
        now_us = runtime.clock.now_us()
        moment = Moment(now_us, runtime.calendar.day(now_us), runtime.calendar.year(now_us))
        read = list(_read(runtime, moment))
        whole = [one for one in read if not _crowded(one)]
        assert len(read) - len(whole) < len(read) / 100
        yield Bank(runtime, moment.today, training_data(runtime, moment.today), whole)


def _bought_twice(runtime: Runtime) -> None:
    """One of two purchases of a day is taken back, in time or late, known before the purchases or after them."""
    products = runtime.worlds.last().catalogue.product_no
    for number, who in enumerate(runtime.store.customer_ids(personal=True, limit=TWICE)):
        bought = {"days_ago": 40.0, "product_no": int(products[number]), "amount": 1_000_00}
        first, again = (event(runtime, name, who, "purchase", **bought) for name in ("first", "again"))
        back = event(runtime, "back", who, "cancel", days_ago=(37.0, 5.0)[number % 2], refers_to="first")
        runtime.store.append([back, again, first] if number % 4 < 2 else [first, again, back])


def _read(runtime: Runtime, moment: Moment) -> Iterator[Read]:
    """Everybody with a personal shelf whose holdings may be read; as many facts at once as in a request."""
    world, number = runtime.worlds.last(), 0
    with runtime.store.connect() as connection:
        ids = connection.execute(select(ROWS.c.customer_id).order_by(ROWS.c.customer_id)).scalars().all()
    for start in range(0, len(ids), FEW):
        asked = [(Asked(one, Query(), moment, 0, held_out=False), one) for one in ids[start : start + FEW]]
        rows = [runtime.store.read(one, personal=True)[1] for _, one in asked]
        found = build_all([(one, row) for (one, _), row in zip(asked, rows, strict=True)], world)
        for row, facts in zip(rows, found, strict=True):
            learnt_from = "holdings" in facts.gate.scopes
            if learnt_from and facts.past is not None and row is not None and row.state is not None:
                parts = read_parts(row.state)
                yield Read(number, facts, parts, ranker_past(world, parts, facts.past, facts.gate, moment.today))
            number += learnt_from


def _crowded(one: Read) -> bool:
    """Whether looks that may not be read have crowded older purchases out of the state."""
    return one.facts.past is not None and not one.facts.past.behaviour_read and len(one.parts.events) == EVENTS_MAX


@pytest.fixture(scope="module")
def stage(bank: Bank) -> FirstStage:
    """Every kind of first-stage model, factors too: no feature is left out."""
    items = Items.of(bank.data.events, bank.data.spells)
    return final_stage(bank.data, items, StageSettings(AlsSettings(8, 1.0, 4.0), HalfLives()))


def _both(bank: Bank, stage: FirstStage) -> Iterator[tuple[list[Read], Floats, Floats]]:
    """Features of some customers as a request makes them, and as training does."""
    histories, item_of = Histories.of(bank.data, stage.items), np.full(int(stage.items.product.max()) + 2, -1)
    item_of[stage.items.product] = np.arange(len(stage.items.product))
    for start in range(0, len(bank.read), FEW):
        part = bank.read[start : start + FEW]
        asked, _ = features(stage, states_of([one.past for one in part], item_of, bank.today))
        numbers = np.array([one.number for one in part])
        yield part, asked, features(stage, histories.at(numbers, np.full(len(part), bank.today)))[0]


def test_features_at_training_are_those_at_request_time(bank: Bank, stage: FirstStage) -> None:
    apart, met = np.zeros(len(NAMES)), np.zeros(len(NAMES), np.int64)
    for _, asked, trained in _both(bank, stage):
        apart = np.maximum(apart, np.abs(asked - trained).max(axis=(1, 2)))
        met += (trained != 0).any(axis=2).sum(axis=1)
    assert {name: float(most) for name, most in zip(NAMES, apart, strict=True) if most > SAME} == {}
    assert {name for name, count in zip(NAMES, met, strict=True) if count < MET} <= UNKNOWN_HERE


def test_a_shelf_and_evaluate_score_what_training_knew(bank: Bank) -> None:
    artifact = ModelShelf(bank.runtime.settings.folder / "models", bank.runtime.store).load(1)
    assert artifact is not None
    ranking, product_no = ranking_of(artifact), bank.runtime.worlds.last().catalogue.product_no
    assert ranking is not None
    assert ranking.ranker.known.all()
    row = ranking.stage.items.rows(product_no)
    numbers = np.array([one.number for one in bank.read])
    listed = iter(Scorer(artifact, product_no).listing(bank.data, numbers, np.full(len(numbers), bank.today)))
    for part, asked, trained in _both(bank, ranking.stage):
        learnt, served = (ranking.ranker.probabilities(block)[..., row] for block in (trained, asked))
        for number, one in enumerate(part):
            assert one.facts.scores.tiers is not None
            for tier in range(len(TIERS)):
                own = one.facts.scores.tiers[tier]
                assert np.abs(own - learnt[tier, number])[row >= 0].max() < SAME
            expected = at_least_one(np.where(row >= 0, served[BLENDS.index(LISTING), [number]], np.nan))[0]
            assert np.abs(next(listed) - expected)[row >= 0].max() < SAME


def test_the_bank_that_is_compared_has_every_kind_of_past(bank: Bank) -> None:
    spells, tags, day = bank.data.spells, bank.data.tags, bank.today
    compared = {one.number for one in bank.read}

    def counted(customers: np.ndarray) -> int:
        return len(compared.intersection(customers.tolist()))

    with bank.runtime.store.connect() as connection:
        many = select(func.count(EVENTS.c.customer_id.distinct()))
        muted = connection.execute(many.where(EVENTS.c.muted)).scalar_one()
        cancelled = connection.execute(many.where(EVENTS.c.kind == "cancel")).scalar_one()
        shut = select(func.count(CONSENTS.c.customer_id.distinct())).where(~CONSENTS.c.granted)
        closed = [
            connection.execute(shut.where(CONSENTS.c.scope == name)).scalar_one() for name in ("behaviour", "tags")
        ]
    assert len(compared) >= CUSTOMERS
    assert min(muted, cancelled, counted(spells.customer[spells.closed >= 0])) > MET
    assert min(counted(spells.customer[(spells.matures > day) & (spells.closed < 0)]), counted(tags.customer)) > MET
    assert min(counted(tags.customer[tags.removed >= 0]), *closed) > MET / 2
