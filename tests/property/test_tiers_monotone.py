"""More of a signal never lowers a score (domain model §20, invariant 6)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.profile.state import SPELLS
from shelf_rules.evidence import Evidence, gather_evidence
from shelf_rules.facts import Facts
from shelf_rules.formulas import fixed_score, migratable_score, wallet_gap
from shelf_rules.policy import Policy
from tests.factories import TODAY, make_records, make_regime
from tests.property.pasts import CATEGORIES, busy_catalogue, make_busy_facts

SHARE = st.floats(0, 1)
REPEATS = st.floats(0, 50)
MORE = st.floats(0, 1)
MONEY = st.floats(0, 1e12)
SEEDS = st.integers(0, 2**32 - 1)
POLICY = Policy()
TERM = CATEGORIES[1]


def gather(facts: Facts) -> Evidence:
    return gather_evidence(facts, busy_catalogue(), POLICY, make_regime())


@given(REPEATS, SHARE, SHARE, SHARE, MORE)
def test_the_fixed_score_never_falls_with_more_repeats_holding_or_balance(
    repeats: float, share: float, balance_share: float, alive: float, more: float
) -> None:
    score = fixed_score(repeats, share, balance_share, alive, POLICY.fixed)
    assert 0 <= score <= 1
    assert fixed_score(repeats + more, share, balance_share, alive, POLICY.fixed) >= score
    assert fixed_score(repeats, max(share, more), balance_share, alive, POLICY.fixed) >= score
    assert fixed_score(repeats, share, max(balance_share, more), alive, POLICY.fixed) >= score
    assert fixed_score(repeats, share, balance_share, max(alive, more), POLICY.fixed) >= score


@given(SHARE, SHARE, SHARE, MORE)
def test_the_migratable_score_never_falls_with_any_signal(
    intent: float, gap: float, maturity: float, more: float
) -> None:
    score = migratable_score(intent, gap, maturity, POLICY.migratable)
    assert 0 <= score <= 1
    assert migratable_score(max(intent, more), gap, maturity, POLICY.migratable) >= score
    assert migratable_score(intent, max(gap, more), maturity, POLICY.migratable) >= score
    assert migratable_score(intent, gap, max(maturity, more), POLICY.migratable) >= score


@given(MONEY, MONEY, MONEY)
def test_the_wallet_gap_rises_with_money_elsewhere_and_falls_with_money_here(
    external: float, balance: float, more: float
) -> None:
    gap = wallet_gap(external, balance, 1e6)
    assert wallet_gap(external + more, balance, 1e6) >= gap - 1e-12
    assert wallet_gap(external, balance + more, 1e6) <= gap


@given(SEEDS, st.integers(0, 400), st.integers(0, 400))
def test_another_spell_never_shortens_the_holding_share(seed: int, opened: int, length: int) -> None:
    facts = make_busy_facts(seed)
    assert facts.past is not None
    row = {
        "category": TERM,
        "product": 3,
        "opened": TODAY - opened,
        "closed": min(TODAY, TODAY - opened + length),
    }
    longer = np.concatenate([facts.past.spells, make_records(SPELLS, row)])
    more = gather(replace(facts, past=replace(facts.past, spells=longer)))
    assert (more.share >= gather(facts).share).all()


@given(SEEDS)
def test_what_a_task_led_to_never_counts_more_than_what_was_bought_freely(seed: int) -> None:
    facts = make_busy_facts(seed)
    assert facts.past is not None
    freely = facts.past.purchases.copy()
    freely["weight"] = 1
    assert (gather(replace(facts, past=replace(facts.past, purchases=freely))).repeats >= gather(facts).repeats).all()
