"""The evidence and scores of random customers against the reference implementation of the domain model."""

from __future__ import annotations

import importlib.util
import math
import statistics
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules.evidence import Evidence, gather_evidence
from shelf_rules.facts import COUNTERPARTIES, EVENT_KINDS, Facts
from shelf_rules.policy import Policy
from shelf_rules.tiers.fixed import fixed
from shelf_rules.tiers.migratable import migratable
from shelf_rules.tiers.transferable import transferable
from tests.factories import TODAY, make_regime, make_situation
from tests.property.pasts import CATEGORIES, busy_catalogue, make_busy_facts

PATH = Path(__file__).resolve().parents[3] / "shared" / "reference" / "domain_ref.py"
SEEDS = st.integers(0, 2**32 - 1)
POLICY, CATALOGUE = Policy(), busy_catalogue()


def _load() -> ModuleType | None:
    spec = importlib.util.spec_from_file_location("domain_ref", PATH)
    if spec is None or spec.loader is None or not PATH.exists():
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFERENCE: Any = _load()
pytestmark = pytest.mark.skipif(REFERENCE is None, reason="the reference implementation is not beside the repository")


def read(seed: int) -> tuple[Facts, Evidence]:
    facts = make_busy_facts(seed)
    return facts, gather_evidence(facts, CATALOGUE, POLICY, make_regime())


def rows(records: Any, category: int) -> list[dict[str, Any]]:
    return [dict(zip(records.dtype.names, row, strict=True)) for row in records.tolist() if row[0] == category]


def occasions_of(facts: Facts, category: int) -> list[tuple[float, float, float]]:
    assert facts.past is not None
    bought = [row for row in rows(facts.past.purchases, category) if row["day"] <= TODAY]
    grace = max(7, int(CATALOGUE.categories.cooling_off[category]))
    weights = [
        0.0 if -1 < row["cancelled"] <= TODAY and row["cancelled"] - row["day"] <= grace else (0.3, 1.0)[row["weight"]]
        for row in bought
    ]
    merged: list[tuple[float, float, float]] = REFERENCE.occasions(
        [row["day"] for row in bought], [row["amount"] for row in bought], weights, 3
    )
    return merged


def spells_of(facts: Facts, category: int) -> list[tuple[int, int | None]]:
    """[start, end) by the words of §1: closed by its day, else by its maturity, else by the term of the product."""
    assert facts.past is not None
    spells: list[tuple[int, int | None]] = []
    for row in rows(facts.past.spells, category):
        product = row["product"]
        matures = row["matures"]
        if matures < 0 and row["since"] >= 0 and CATALOGUE.matures[product] and CATALOGUE.term_days[product] >= 0:
            matures = row["since"] + int(CATALOGUE.term_days[product])
        if -1 < row["closed"] <= TODAY:
            end = row["closed"]
        else:
            end = max(matures, row["opened"]) if -1 < matures <= TODAY else None
        if row["opened"] <= TODAY:
            spells.append((row["opened"], end))
    return spells


def alive_of(facts: Facts, category: int) -> float:
    """P(alive) or its fallback; nan without a past."""
    assert facts.past is not None
    assert facts.population is not None
    counted = [day for day, _, weight in occasions_of(facts, category) if weight > 0]
    kept = len(rows(facts.past.purchases, category))
    head = rows(facts.past.heads, category)
    dropped = head[0]["count"] - kept if head and occasions_of(facts, category) else 0
    spells = spells_of(facts, category)
    fit, gap = facts.population.bgnbd[category], float(facts.population.gap[category])
    if not counted and not dropped and not spells:
        return math.nan
    repeats = len(counted) + dropped - 1
    first = head[0]["first_day"] if dropped else min(counted, default=0)
    last = max(counted) if counted else first
    if repeats > 0 and np.isfinite(fit).all():
        alive: float = REFERENCE.p_alive(repeats, last - first, TODAY - first, *fit)
        return alive
    if len(counted) > 1:
        gap = statistics.median(b - a for a, b in zip(sorted(counted), sorted(counted)[1:], strict=False))
    if not counted and not dropped:
        last = max(TODAY if end is None else end for _, end in spells)
    half_life = float(CATALOGUE.categories.half_life[category])
    return 2 ** (-max(0.0, (TODAY - last) - (0.0 if math.isnan(gap) else gap)) / half_life)


@given(SEEDS)
def test_the_past_is_that_of_the_reference(seed: int) -> None:
    facts, evidence = read(seed)
    situation = make_situation(catalogue=CATALOGUE, facts=facts, evidence=evidence)
    score = fixed(situation).score
    for category in CATEGORIES:
        half_life = float(CATALOGUE.categories.half_life[category])
        repeats = REFERENCE.effective_repeats(occasions_of(facts, category), TODAY, half_life)
        share = REFERENCE.holding_share(spells_of(facts, category), TODAY, half_life)
        alive = alive_of(facts, category)
        assert evidence.repeats[category] == pytest.approx(repeats, abs=1e-8)
        assert evidence.share[category] == pytest.approx(share, abs=1e-8)
        assert evidence.alive[category] == pytest.approx(alive, abs=1e-8, nan_ok=True)
        held = any(end is None for _, end in spells_of(facts, category))
        assert evidence.held[category] == held
        factor = 1.0 if held else (0.0 if math.isnan(alive) else alive)
        expected = REFERENCE.fixed_score(repeats, share, float(evidence.balance_share[category]), factor)
        assert score[category] == pytest.approx(expected, abs=1e-8)


@given(SEEDS)
def test_the_present_is_that_of_the_reference(seed: int) -> None:
    facts, evidence = read(seed)
    assert facts.past is not None
    situation = make_situation(catalogue=CATALOGUE, facts=facts, evidence=evidence)
    score = migratable(situation).score
    for category in CATEGORIES:
        events = [
            (row["day"], EVENT_KINDS[row["kind"]], row["session"])
            for row in rows(facts.past.intent, category)
            for _ in range(row["count"])
            if TODAY - row["day"] <= 120
        ]
        intent = REFERENCE.intent(events, TODAY)
        gap = REFERENCE.wallet_gap(external_of(facts, category), float(evidence.balance[category]), 1_000_000)
        assert evidence.intent[category] == pytest.approx(intent, abs=1e-8)
        assert evidence.gap[category] == pytest.approx(gap, abs=1e-8)
        expected = REFERENCE.migratable_score(intent, gap, float(evidence.maturity[category]))
        assert score[category] == pytest.approx(expected, abs=1e-8)


def external_of(facts: Facts, category: int) -> float:
    """ext of §4 from the own-name flows of every class that the policy maps to the category."""
    assert facts.past is not None
    if not facts.past.outflow_read:
        return 0.0
    total, code, week = 0.0, CATALOGUE.categories.codes[category], (TODAY + 3) // 7
    for kind, own, at, money_in, money_out in facts.past.flows.tolist():
        share = POLICY.wallet.shares[COUNTERPARTIES[kind]].get(code, 0.0)
        if own and at <= week:
            total += share * (money_out - money_in) * 2 ** (-7 * (week - at) / 60)
    return max(0.0, total)


@given(SEEDS)
def test_the_future_is_that_of_the_reference(seed: int) -> None:
    facts, evidence = read(seed)
    assert facts.population is not None
    situation = make_situation(catalogue=CATALOGUE, facts=facts, evidence=evidence)
    result = transferable(situation)
    chances = np.array([result.inputs[name] for name in ("q1", "q2", "q3")])
    for category in CATEGORIES:
        recent = evidence.recent
        phi = np.array([0.5, 0.3, 0.2][: len(recent)])
        hazard = float(facts.population.base_rate[category])
        if recent:
            hazard = float(phi / phi.sum() @ facts.population.hazard[list(recent), category])
        assert chances[0, category] == pytest.approx(REFERENCE.hit_probability(hazard, 180))
        known = [place for place in range(3) if not math.isnan(chances[place, category])]
        weights = np.array([0.5, 0.3, 0.2])[known]
        pool = REFERENCE.log_pool(chances[known, category], weights / weights.sum())
        expected = 0.0 if evidence.held[category] else pool * result.inputs["nu"][category]
        assert result.score[category] == pytest.approx(expected, abs=1e-8)
