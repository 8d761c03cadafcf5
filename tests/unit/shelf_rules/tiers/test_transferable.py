from __future__ import annotations

from dataclasses import replace
from math import exp, log
from typing import Any

import numpy as np
import pytest

from shelf_rules.situation import Situation, TierEvidence
from shelf_rules.tiers.transferable import transferable
from tests.factories import (
    category_number,
    make_catalogue,
    make_evidence,
    make_facts,
    make_past,
    make_product,
    make_scores,
    make_situation,
)
from tests.population import make_column, make_peers, make_population

TERM, MMF, BOND = (category_number(code) for code in ("deposit.term", "cash.mmf", "fund.bond"))
LOAN = category_number("loan.consumer")
RATE = 0.001
BASE = 1 - exp(-180 * RATE)
CATALOGUE = make_catalogue(
    make_product("t", "deposit.term", min_amount=3_000),
    make_product("t2", "deposit.term", min_amount=1_000),
    make_product("m", "cash.mmf"),
    make_product("b", "fund.bond", min_amount=0),
    make_product("l", "loan.consumer", min_amount=1_000),
)


def make(
    *, holdings_read: bool = True, eligible: Any = None, cf: Any = None, facts: Any = None, **fields: Any
) -> Situation:
    given: dict[str, Any] = {"population": make_population(CATALOGUE, RATE)} | (facts or {})
    return make_situation(
        catalogue=CATALOGUE,
        facts=make_facts(CATALOGUE, past=make_past(holdings_read=holdings_read), scores=make_scores(5, cf=cf), **given),
        evidence=make_evidence(CATALOGUE, **fields),
        eligible=np.ones(5, dtype=np.bool_) if eligible is None else np.array(eligible),
    )


def pooled(*chances: tuple[float, float]) -> float:
    """The log-opinion pool of (probability, weight)."""
    total = sum(weight for _, weight in chances)
    z = sum(weight / total * log(chance / (1 - chance)) for chance, weight in chances)
    return 1 / (1 + exp(-z))


def lifts(evidence: TierEvidence, category: int) -> dict[str, float]:
    return {code: column[category] for code, column in evidence.parts.items()}


def test_with_the_base_rate_alone_everybody_is_the_average_customer() -> None:
    evidence = transferable(make())
    assert evidence.score[TERM] == pytest.approx(BASE, abs=1e-9)
    assert lifts(evidence, TERM) == pytest.approx(
        {"next_step": 0.0, "similar_customers": np.nan, "life_stage": np.nan}, nan_ok=True
    )


def test_the_hazards_of_the_recent_categories_are_mixed_newest_first() -> None:
    hazard = np.zeros((len(CATALOGUE.categories),) * 2)
    hazard[MMF, TERM], hazard[BOND, TERM] = 0.004, 0.001
    situation = make(recent=(MMF, BOND), facts={"population": make_population(CATALOGUE, RATE, hazard=hazard)})
    mixed = (0.5 * 0.004 + 0.3 * 0.001) / 0.8
    assert transferable(situation).inputs["q1"][TERM] == pytest.approx(1 - exp(-180 * mixed))


def test_the_base_probability_is_scaled_by_the_percentile_of_the_best_score() -> None:
    evidence = transferable(make(cf=[0.2, 0.9, 0.5, 0.1, np.nan]))
    q2 = evidence.inputs["q2"]
    assert q2[[TERM, MMF, BOND]] == pytest.approx([BASE * 3, BASE * 0.5 * 6**0.5, BASE * 0.5])
    assert np.isnan(q2[LOAN])
    assert evidence.score[MMF] == pytest.approx(pooled((BASE, 0.5), (BASE * 0.5 * 6**0.5, 0.3)), abs=1e-9)
    assert evidence.score[LOAN] == pytest.approx(BASE, abs=1e-9)


def test_only_eligible_products_compete_for_the_percentile() -> None:
    evidence = transferable(make(cf=[0.2, 0.9, 0.5, 0.1, 0.0], eligible=[True, False, True, False, False]))
    assert evidence.inputs["q2"][[TERM, MMF]] == pytest.approx([BASE * 0.5, BASE * 3])


def test_the_only_category_with_a_score_stands_in_the_middle() -> None:
    q2 = transferable(make(cf=[np.nan, np.nan, 0.4, np.nan, np.nan])).inputs["q2"]
    assert q2[MMF] == pytest.approx(BASE * 0.5 * 6**0.5)


def test_no_probability_exceeds_one() -> None:
    situation = make(cf=[1.0, 1.0, 0.5, 0.5, 0.5], facts={"population": make_population(CATALOGUE, 0.01)})
    assert transferable(situation).inputs["q2"][TERM] == 1.0


def test_peers_are_shrunk_to_all_customers() -> None:
    share = make_column(CATALOGUE, {"deposit.term": 0.1}, default=np.nan)
    situation = make(
        facts={
            "population": make_population(CATALOGUE, RATE, peer_share=share),
            "peers": make_peers(CATALOGUE, n=100, deposit_term=40),
        }
    )
    evidence = transferable(situation)
    assert evidence.inputs["q3"][TERM] == pytest.approx((40 + 20) / 300)
    assert np.isnan(evidence.inputs["q3"][MMF])
    assert evidence.score[TERM] == pytest.approx(pooled((BASE, 0.5), (0.2, 0.2)), abs=1e-9)
    expected = 2 / 7 * (log(0.2 / 0.8) - log(BASE / (1 - BASE)))
    assert lifts(evidence, TERM)["life_stage"] == pytest.approx(expected)


def test_without_consent_holdings_the_transition_is_left_out() -> None:
    evidence = transferable(make(holdings_read=False, cf=[0.2, 0.9, 0.5, 0.1, np.nan]))
    assert np.isnan(evidence.inputs["q1"]).all()
    assert evidence.score[TERM] == pytest.approx(BASE * 3, abs=1e-9)
    assert evidence.score[LOAN] == 0


def test_without_the_figures_of_the_population_nothing_is_transferable() -> None:
    evidence = transferable(make(facts={"population": None}))
    assert not evidence.score.any()


def test_what_is_held_is_not_new() -> None:
    held = make_column(CATALOGUE, {"deposit.term": 1}) > 0
    score = transferable(make(held=held)).score
    assert score[TERM] == 0
    assert score[MMF] > 0


def test_funds_that_do_not_reach_the_smallest_entry_scale_the_score() -> None:
    evidence = transferable(make(new_funds=500.0))
    assert evidence.inputs["nu"][TERM] == pytest.approx(500 / 1_500)
    assert evidence.score[TERM] == pytest.approx(BASE / 3, abs=1e-9)


def test_the_smallest_entry_is_that_of_an_eligible_product() -> None:
    situation = make(new_funds=500.0, eligible=[True, False, True, True, True])
    assert transferable(situation).inputs["nu"][TERM] == pytest.approx(500 / 3_500)


@pytest.mark.parametrize("category", [MMF, BOND, LOAN], ids=["unknown entry", "no entry", "credit"])
def test_funds_do_not_matter_without_an_entry_or_for_credit(category: int) -> None:
    assert transferable(make(new_funds=0.0)).inputs["nu"][category] == 1


def test_unknown_funds_do_not_matter() -> None:
    assert (transferable(make(new_funds=None)).inputs["nu"] == 1).all()


def test_no_funds_at_all_leave_no_score_where_there_is_an_entry() -> None:
    assert transferable(make(new_funds=0.0)).score[TERM] == 0


def test_no_evidence_flag_is_needed() -> None:
    assert transferable(make()).flag.all()


def ranked(*chances: float, cf: Any = None, eligible: Any = None) -> TierEvidence:
    situation = make(cf=cf, eligible=eligible)
    tiers = np.full((3, 5), np.nan)
    tiers[2] = chances
    facts = replace(situation.facts, scores=replace(situation.facts.scores, tiers=tiers))
    return transferable(
        make_situation(catalogue=CATALOGUE, facts=facts, evidence=situation.evidence, eligible=situation.eligible)
    )


def test_a_promoted_ranker_gives_the_chance_that_any_product_of_the_category_is_bought() -> None:
    q2 = ranked(0.2, 0.1, 0.05, np.nan, 0.0, cf=[9, 9, 9, 9, 9]).inputs["q2"]
    assert q2[TERM] == pytest.approx(1 - 0.8 * 0.9)
    assert q2[MMF] == pytest.approx(0.05)
    assert np.isnan(q2[BOND])  # no product of it is known to the ranker
    assert q2[LOAN] == 0


def test_only_eligible_products_count() -> None:
    q2 = ranked(0.2, 0.1, 0.05, 0.1, 0.1, eligible=[False, True, True, True, True]).inputs["q2"]
    assert q2[TERM] == pytest.approx(0.1)


def test_a_ranker_that_was_not_promoted_leaves_the_score() -> None:
    unknown = ranked(*[np.nan] * 5, cf=[0.1, 0.4, 0.3, 0.2, 0.5])
    assert unknown.inputs["q2"].tolist() == pytest.approx(
        transferable(make(cf=[0.1, 0.4, 0.3, 0.2, 0.5])).inputs["q2"].tolist(), nan_ok=True
    )
