from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recommender.profile import state
from shelf_rules import facts as facts_module
from shelf_rules.evidence import Evidence, gather_evidence
from shelf_rules.facts import COUNTERPARTIES, EVENT_KINDS
from shelf_rules.policy import Policy
from tests.factories import (
    TODAY,
    category_number,
    make_catalogue,
    make_facts,
    make_past,
    make_product,
    make_regime,
)
from tests.population import make_population

TERM, CD, DEMAND = category_number("deposit.term"), category_number("deposit.cd"), category_number("deposit.demand")
MMF, HEALTH, LOAN = category_number("cash.mmf"), category_number("ins.health"), category_number("loan.consumer")
WALLET = category_number("pay.wallet")
YUAN = 100
CATALOGUE = make_catalogue(
    make_product("d1", "deposit.term", liquidity="maturity", term_days=90),
    make_product("d2", "deposit.term", liquidity="T+1", exit="any_day", term_days=90),
    make_product("m1", "cash.mmf"),
)
ORGANIC, TASK = 1, 0


def gather(population: Any = None, policy: Policy | None = None, **past: Any) -> Evidence:
    facts = make_facts(CATALOGUE, past=make_past(**past), population=population)
    return gather_evidence(facts, CATALOGUE, policy or Policy(), make_regime())


def bought(category: int, *ages: int, weight: int = ORGANIC, **fields: Any) -> list[dict[str, Any]]:
    return [{"category": category, "product": 0, "day": TODAY - age, "weight": weight} | fields for age in ages]


def heads(category: int, count: int, first_age: int) -> list[dict[str, Any]]:
    return [{"category": category, "first_day": TODAY - first_age, "count": count}]


def spell(category: int, opened_age: int, **fields: Any) -> dict[str, Any]:
    return {"category": category, "product": 0, "opened": TODAY - opened_age} | fields


def wanted(age: int, kind: str, *, session: int = 1, count: int = 1) -> dict[str, Any]:
    number = EVENT_KINDS.index(kind)
    return {"category": MMF, "session": session, "day": TODAY - age, "kind": number, "count": count}


def flow(kind: str, weeks: int, *, out: int = 0, back: int = 0, own: int = 1) -> dict[str, Any]:
    week = (TODAY + 3) // 7 - weeks
    number = COUNTERPARTIES.index(kind)
    return {"kind": number, "own": own, "week": week, "money_in": back, "money_out": out}


def test_the_names_behind_the_numbers_are_those_of_the_state() -> None:
    assert facts_module.EVENT_KINDS == state.EVENT_KINDS
    assert facts_module.COUNTERPARTIES == state.COUNTERPARTIES


def test_without_a_past_there_is_no_evidence() -> None:
    with pytest.raises(ValueError, match="past"):
        gather_evidence(make_facts(CATALOGUE, past=None), CATALOGUE, Policy(), make_regime())


def test_an_empty_past_says_nothing() -> None:
    evidence = gather()
    for column in ("repeats", "share", "balance", "balance_share", "intent", "external", "gap", "maturity"):
        assert not getattr(evidence, column).any()
    assert np.isnan(evidence.alive).all()
    assert not evidence.held.any()
    assert evidence.recent == ()
    assert evidence.new_funds is None
    assert evidence.ability is None


class TestOccasions:
    def test_purchases_within_three_days_of_the_first_are_one_occasion(self) -> None:
        assert gather(purchases=bought(TERM, 10, 8, 7)).occasions[TERM] == 1
        assert gather(purchases=bought(TERM, 10, 8, 6)).occasions[TERM] == 2

    def test_the_last_purchase_of_a_chain_does_not_stretch_the_occasion(self) -> None:
        assert gather(purchases=bought(TERM, 12, 10, 8, 6)).occasions[TERM] == 2

    def test_repeats_halve_with_each_half_life(self) -> None:
        evidence = gather(purchases=bought(TERM, 0, 365, 730))
        assert evidence.repeats[TERM] == pytest.approx(1.75)

    def test_a_task_led_purchase_counts_three_tenths(self) -> None:
        assert gather(purchases=bought(TERM, 0, weight=TASK)).repeats[TERM] == pytest.approx(0.3)

    def test_an_occasion_weighs_as_its_heaviest_purchase(self) -> None:
        purchases = bought(TERM, 2, weight=TASK) + bought(TERM, 0)
        assert gather(purchases=purchases).repeats[TERM] == pytest.approx(2 ** (-2 / 365), abs=1e-9)

    @pytest.mark.parametrize(
        ("category", "days", "counts"), [(TERM, 7, 0), (TERM, 8, 1), (HEALTH, 15, 0), (HEALTH, 16, 1)]
    )
    def test_a_purchase_cancelled_in_time_never_happened(self, category: int, days: int, counts: int) -> None:
        evidence = gather(purchases=bought(category, 30, cancelled=TODAY - 30 + days))
        assert evidence.occasions[category] == counts
        assert (evidence.repeats[category] > 0) == bool(counts)
        assert np.isnan(evidence.alive[category]) == (not counts)
        assert evidence.recent == ((category,) if counts else ())

    def test_what_lies_ahead_is_not_read(self) -> None:
        evidence = gather(purchases=bought(TERM, -1) + bought(MMF, 2, cancelled=TODAY + 1))
        assert evidence.occasions[TERM] == 0
        assert evidence.occasions[MMF] == 1

    def test_each_purchase_no_longer_kept_is_an_occasion(self) -> None:
        evidence = gather(purchases=bought(TERM, 100, 10), heads=heads(TERM, count=5, first_age=900))
        assert evidence.occasions[TERM] == 5


class TestHolding:
    def test_the_share_covers_the_union_of_the_spells(self) -> None:
        spells = [spell(TERM, 730, closed=TODAY - 365), spell(TERM, 500, closed=TODAY - 365)]
        assert gather(spells=spells).share[TERM] == pytest.approx(0.25)

    def test_an_open_spell_lasts_until_today(self) -> None:
        evidence = gather(spells=[spell(TERM, 365)])
        assert evidence.share[TERM] == pytest.approx(0.5)
        assert evidence.held[TERM]
        assert evidence.held_products.tolist() == [True, False, False]

    def test_a_spell_past_its_maturity_has_ended_there(self) -> None:
        evidence = gather(spells=[spell(TERM, 730, matures=TODAY - 365, amount=5 * YUAN)])
        assert evidence.share[TERM] == pytest.approx(0.25)
        assert not evidence.held[TERM]
        assert evidence.balance[TERM] == 0
        assert not evidence.held_products.any()

    @pytest.mark.parametrize(("product", "held"), [(0, False), (1, True), (99, True), (-1, True)])
    def test_without_a_date_a_product_that_ends_with_its_term_matures_after_it(self, product: int, held: bool) -> None:
        evidence = gather(spells=[spell(TERM, 300, product=product, since=TODAY - 91)])
        assert evidence.held[TERM] == held

    def test_a_stated_spell_without_a_date_does_not_end(self) -> None:
        assert gather(spells=[spell(TERM, 300, since=-1)]).held[TERM]

    def test_shares_are_of_what_counts_as_assets(self) -> None:
        spells = [spell(TERM, 9, amount=300), spell(MMF, 9, amount=100), spell(HEALTH, 9, amount=900)]
        evidence = gather(spells=spells)
        assert evidence.aum == 400
        assert evidence.balance_share[TERM] == pytest.approx(0.75)
        assert evidence.balance_share[HEALTH] == 0
        assert evidence.balance[HEALTH] == 900

    def test_an_unknown_balance_is_held_and_has_no_share(self) -> None:
        evidence = gather(spells=[spell(TERM, 9, amount=-1)])
        assert evidence.held[TERM]
        assert evidence.balance_share[TERM] == 0

    def test_recent_are_the_categories_last_opened_or_bought_newest_first(self) -> None:
        evidence = gather(
            spells=[spell(TERM, 20), spell(CD, 5), spell(DEMAND, 400)], purchases=bought(TERM, 3) + bought(MMF, 5)
        )
        assert evidence.recent == (TERM, CD, MMF)


class TestAlive:
    FIT = (0.8, 120.0, 0.6, 2.5)

    def test_with_a_fit_it_is_the_model_of_repeats(self) -> None:
        fits = np.tile(self.FIT, (len(CATALOGUE.categories), 1))
        evidence = gather(make_population(CATALOGUE, bgnbd=fits), purchases=bought(TERM, 420, 240, 60))
        assert evidence.alive[TERM] == pytest.approx(0.807492101944, abs=1e-9)

    def test_dropped_purchases_are_repeats_since_the_first_of_all(self) -> None:
        fits = np.tile(self.FIT, (len(CATALOGUE.categories), 1))
        evidence = gather(
            make_population(CATALOGUE, bgnbd=fits),
            purchases=bought(TERM, 60),
            heads=heads(TERM, count=3, first_age=420),
        )
        assert evidence.alive[TERM] == pytest.approx(0.807492101944, abs=1e-9)

    def test_without_a_fit_it_halves_once_the_median_gap_is_over(self) -> None:
        evidence = gather(purchases=bought(TERM, 365 + 100, 365 + 200, 365 + 400))
        assert evidence.alive[TERM] == pytest.approx(2 ** (-(365 + 100 - 150) / 365), abs=1e-9)

    def test_one_occasion_takes_the_gap_of_all_customers_even_with_a_fit(self) -> None:
        categories = len(CATALOGUE.categories)
        known = make_population(CATALOGUE, bgnbd=np.tile(self.FIT, (categories, 1)), gap=np.full(categories, 60.0))
        purchases = bought(TERM, 425)
        assert gather(known, purchases=purchases).alive[TERM] == pytest.approx(0.5)
        assert gather(purchases=purchases).alive[TERM] == pytest.approx(2 ** (-425 / 365), abs=1e-9)

    def test_a_holding_without_a_purchase_is_alive_since_its_last_day(self) -> None:
        assert gather(spells=[spell(TERM, 900)]).alive[TERM] == 1
        assert gather(spells=[spell(TERM, 900, closed=TODAY - 365)]).alive[TERM] == pytest.approx(0.5)

    def test_so_many_repeats_that_a_power_would_overflow_are_no_error(self) -> None:
        fits = np.tile((0.8, 1.0, 0.6, 2.5), (len(CATALOGUE.categories), 1))
        evidence = gather(
            make_population(CATALOGUE, bgnbd=fits),
            purchases=bought(TERM, 900),
            heads=heads(TERM, count=900, first_age=901),
        )
        assert evidence.alive[TERM] < 1e-9


class TestIntent:
    def test_kinds_weigh_and_decay_and_saturate(self) -> None:
        evidence = gather(intent=[wanted(14, "search"), wanted(0, "detail", session=2)])
        assert evidence.intent[MMF] == pytest.approx(1 - np.exp(-(0.5 + 0.6) / 1.5), abs=1e-9)

    def test_of_a_session_the_three_strongest_events_count(self) -> None:
        events = [wanted(0, "search"), wanted(0, "detail", count=3), wanted(0, "consult")]
        assert gather(intent=events).intent[MMF] == pytest.approx(1 - np.exp(-(1.2 + 1.0 + 0.6) / 1.5), abs=1e-9)

    def test_events_older_than_120_days_count_nothing(self) -> None:
        assert gather(intent=[wanted(120, "search")]).intent[MMF] > 0
        assert gather(intent=[wanted(121, "search")]).intent[MMF] == 0

    def test_kinds_that_are_no_intent_count_nothing(self) -> None:
        assert gather(intent=[wanted(0, "login")]).intent[MMF] == 0

    def test_without_consent_there_is_none(self) -> None:
        assert gather(intent=[wanted(0, "search")], behaviour_read=False).intent[MMF] == 0


class TestWallet:
    def test_own_money_that_left_is_decayed_in_whole_weeks_and_shared_out(self) -> None:
        evidence = gather(flows=[flow("bank", 10, out=80_000 * YUAN)], outflow_read=True)
        outflow = 80_000 * YUAN * 2 ** (-70 / 60)
        assert evidence.external[TERM] == pytest.approx(0.5 * outflow)
        assert evidence.gap[TERM] == pytest.approx(0.5 * outflow / (0.5 * outflow + 10_000 * YUAN), abs=1e-9)
        assert evidence.outflow_recent[TERM]

    def test_what_comes_back_is_taken_off_and_never_goes_below_nothing(self) -> None:
        flows = [flow("wallet", 0, out=1_000, back=400), flow("fund_platform", 0, back=900)]
        evidence = gather(flows=flows, outflow_read=True)
        assert evidence.external[WALLET] == pytest.approx(300)
        assert evidence.external[MMF] == 0  # half of 600 out against half of 900 back

    def test_money_of_others_is_no_wallet(self) -> None:
        evidence = gather(flows=[flow("bank", 0, out=1_000, own=0)], outflow_read=True)
        assert not evidence.external.any()
        assert not evidence.outflow_recent.any()

    def test_an_outflow_is_recent_for_thirteen_weeks(self) -> None:
        assert gather(flows=[flow("lender", 13, out=1)], outflow_read=True).outflow_recent[LOAN]
        assert not gather(flows=[flow("lender", 14, out=1)], outflow_read=True).outflow_recent[LOAN]

    def test_without_consent_nothing_is_elsewhere(self) -> None:
        evidence = gather(flows=[flow("bank", 0, out=1_000)], outflow_read=False)
        assert not evidence.external.any()
        assert not evidence.gap.any()
        assert not evidence.outflow_recent.any()

    def test_weeks_begin_on_monday(self) -> None:
        monday = TODAY - (TODAY + 3) % 7  # 1970-01-05, day 4, was a Monday
        assert (monday - 4) % 7 == 0
        assert gather(flows=[flow("lender", 0, out=1)], outflow_read=True).external[LOAN] == 1


class TestMaturities:
    def population(self) -> Any:
        substitution = np.zeros((len(CATALOGUE.categories),) * 2)
        substitution[TERM, [TERM, CD]] = (0.5, 0.2)
        return make_population(CATALOGUE, substitution=substitution)

    @pytest.mark.parametrize(("ahead", "counts"), [(0, True), (30, True), (31, False), (-1, False)])
    def test_they_count_from_today_to_thirty_days_ahead(self, ahead: int, counts: bool) -> None:
        spells = [spell(TERM, 90, matures=TODAY + ahead, amount=300), spell(MMF, 90, amount=100)]
        evidence = gather(self.population(), spells=spells)
        assert evidence.maturity[CD] == pytest.approx(0.2 * 300 / 400 if counts else 0.0)
        assert evidence.due == (300 if counts else 0)
        assert evidence.held[TERM] == (ahead > 0)

    def test_all_that_matures_goes_where_it_is_replaced(self) -> None:
        evidence = gather(self.population(), spells=[spell(TERM, 90, matures=TODAY + 9, amount=300)])
        assert evidence.maturity[TERM] == pytest.approx(0.5)

    def test_without_assets_there_is_no_signal(self) -> None:
        evidence = gather(self.population(), spells=[spell(TERM, 90, matures=TODAY + 9, amount=-1)])
        assert not evidence.maturity.any()


class TestFunds:
    def test_new_funds_are_idle_money_maturities_and_a_third_of_the_inflow(self) -> None:
        evidence = gather(
            spells=[
                spell(DEMAND, 9, amount=500),
                spell(TERM, 90, matures=TODAY + 9, amount=300),
                spell(MMF, 9, amount=50),
            ],
            flows=[flow("bank", 3, back=900, own=0), flow("lender", 13, out=300), flow("bank", 14, back=10_000)],
            statement=True,
            outflow_read=True,
        )
        assert (evidence.idle, evidence.due, evidence.inflow) == (500, 300, 600)
        assert evidence.new_funds == 500 + 300 + 200
        elsewhere = 300 * 2 ** (-91 / 60)
        assert evidence.ability == pytest.approx(850 + elsewhere + 200)

    def test_an_outflow_over_all_is_no_inflow(self) -> None:
        assert gather(flows=[flow("bank", 0, out=900)]).inflow == 0

    def test_the_end_of_a_loan_frees_nothing(self) -> None:
        assert gather(spells=[spell(LOAN, 90, matures=TODAY + 9, amount=300)], statement=True).due == 0

    def test_a_flow_alone_makes_them_known(self) -> None:
        assert gather(flows=[flow("bank", 0, back=300)]).new_funds == 100

    def test_a_statement_of_nothing_makes_them_known(self) -> None:
        assert gather(statement=True).new_funds == 0

    def test_without_consent_holdings_neither_past_nor_funds_are_known(self) -> None:
        evidence = gather(
            spells=[spell(TERM, 9, matures=TODAY + 9, amount=500)],
            purchases=bought(TERM, 4),
            statement=True,
            flows=[flow("bank", 0, back=300)],
            holdings_read=False,
        )
        assert evidence.new_funds is None
        assert evidence.ability is None
        assert not evidence.held.any()
        assert not evidence.repeats.any()
        assert np.isnan(evidence.alive).all()


def test_a_category_newer_than_the_catalogue_is_not_read() -> None:
    newer = len(CATALOGUE.categories)
    evidence = gather(
        purchases=bought(newer, 5) + bought(-1, 5),
        spells=[spell(newer, 9), spell(-1, 9)],
        intent=[wanted(0, "search") | {"category": newer}, wanted(0, "search") | {"category": -1}],
    )
    assert evidence.recent == ()
    assert not evidence.held.any()
    assert not evidence.intent.any()
