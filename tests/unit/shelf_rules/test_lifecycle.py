from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shelf_rules.lifecycle import at_risk, overlay, stage, tenure, wake_up, wallet_share
from shelf_rules.situation import FIXED, MIGRATABLE, Situation
from tests.factories import TODAY, category_number, make_catalogue, make_evidence, make_past, make_situation
from tests.population import make_column

TERM, MMF = category_number("deposit.term"), category_number("cash.mmf")
CATALOGUE = make_catalogue()
MILLION = 100_000_000  # CNY in minor units


def make(past: dict[str, Any] | None = None, situation: dict[str, Any] | None = None, **evidence: Any) -> Situation:
    defaults: dict[str, Any] = {"joined_day": TODAY - 400, "active_day": TODAY}
    columns = {
        name: make_column(CATALOGUE, value, np.nan if name == "alive" else 0.0) if isinstance(value, dict) else value
        for name, value in evidence.items()
    }
    if "held" in columns:
        columns["held"] = columns["held"] > 0
    return make_situation(
        catalogue=CATALOGUE,
        past=make_past(**defaults | (past or {})),
        evidence=make_evidence(CATALOGUE, **columns),
        **situation or {},
    )


TWICE = {"deposit.term": 1, "cash.mmf": 1}


class TestStage:
    @pytest.mark.parametrize(("days", "expected"), [(89, "acquisition"), (90, "cultivation")])
    def test_a_new_customer_is_being_acquired(self, days: int, expected: str) -> None:
        assert stage(make({"joined_day": TODAY - days}, occasions=TWICE)) == expected

    def test_so_is_one_who_bought_less_than_twice(self) -> None:
        assert stage(make(occasions={"deposit.term": 1})) == "acquisition"

    def test_so_is_one_of_whom_no_day_is_known(self) -> None:
        assert stage(make({"joined_day": -1}, occasions=TWICE)) == "acquisition"

    def test_a_new_customer_of_wealth_is_still_being_acquired(self) -> None:
        assert stage(make({"joined_day": TODAY}, occasions=TWICE, aum=9.0 * MILLION)) == "acquisition"

    @pytest.mark.parametrize(("aum", "expected"), [(MILLION - 1.0, "cultivation"), (float(MILLION), "value")])
    def test_wealth_is_of_value(self, aum: float, expected: str) -> None:
        assert stage(make(occasions=TWICE, aum=aum)) == expected

    @pytest.mark.parametrize(
        ("third", "expected"), [("deposit.cd", "cultivation"), ("fund.bond", "value")], ids=["same zone", "new zone"]
    )
    def test_holding_in_three_zones_is_of_value(self, third: str, expected: str) -> None:
        held = {"deposit.term": 1, "cash.mmf": 1, third: 1}
        assert stage(make(occasions=TWICE, held=held)) == expected

    @pytest.mark.parametrize(
        ("external", "outflow_read", "days", "expected"),
        [
            (100.0, True, 365, "value"),
            (101.0, True, 365, "cultivation"),
            (100.0, True, 364, "cultivation"),
            (0.0, False, 365, "cultivation"),
        ],
    )
    def test_a_large_share_of_wallet_is_of_value_after_a_year_where_it_is_known(
        self, external: float, outflow_read: bool, days: int, expected: str
    ) -> None:
        past = {"joined_day": TODAY - days, "outflow_read": outflow_read}
        assert stage(make(past, occasions=TWICE, aum=100.0, external={"deposit.term": external})) == expected


class TestWalletShare:
    def test_only_assets_count(self) -> None:
        external = {"deposit.term": 50.0, "loan.consumer": 900.0}
        assert wallet_share(make({"outflow_read": True}, aum=50.0, external=external)) == pytest.approx(0.5)

    def test_it_is_unknown_where_there_is_no_money(self) -> None:
        assert wallet_share(make({"outflow_read": True})) is None


class TestTenure:
    def test_it_counts_from_the_day_of_joining(self) -> None:
        assert tenure(make({"joined_day": TODAY - 5, "first_day": TODAY - 9})) == 5

    def test_without_one_from_the_first_event(self) -> None:
        assert tenure(make({"joined_day": -1, "first_day": TODAY - 9})) == 9


class TestOverlay:
    @pytest.mark.parametrize(("days", "expected"), [(59, None), (60, "dormant")])
    def test_sixty_quiet_days_make_dormant(self, days: int, expected: str | None) -> None:
        assert overlay(make({"active_day": TODAY - days})) == expected

    @pytest.mark.parametrize(
        ("joined", "alive", "expected"),
        [(59, {"deposit.term": 1.0}, None), (60, {"deposit.term": 1.0}, "dormant"), (600, {}, None)],
    )
    def test_one_who_never_did_anything_needs_a_past_and_a_tenure(
        self, joined: int, alive: dict[str, float], expected: str | None
    ) -> None:
        assert overlay(make({"active_day": -1, "joined_day": TODAY - joined}, alive=alive)) == expected

    def test_a_customer_of_whom_nothing_is_known_has_no_overlay(self) -> None:
        assert overlay(make({"active_day": -1, "joined_day": -1})) is None

    def test_churned_goes_before_dormant(self) -> None:
        assert overlay(make({"active_day": TODAY - 60}, alive={"deposit.term": 0.29})) == "churned"

    def test_one_living_category_keeps_from_churning(self) -> None:
        assert overlay(make(alive={"deposit.term": 0.29, "cash.mmf": 0.3})) is None

    def test_a_holding_keeps_from_churning(self) -> None:
        assert overlay(make(alive={"deposit.term": 0.29}, held={"deposit.term": 1})) is None

    def test_without_a_past_nothing_has_churned(self) -> None:
        assert overlay(make()) is None


class TestCategoriesInDanger:
    TIERS = make_column(CATALOGUE, {"deposit.term": FIXED, "cash.mmf": MIGRATABLE}).astype(np.int64)

    @pytest.mark.parametrize(
        ("gap", "alive", "expected"), [(0.4, 1.0, True), (0.39, 0.5, False), (0.0, 0.49, True), (0.0, np.nan, False)]
    )
    def test_a_fixed_category_is_at_risk_with_money_elsewhere_or_a_low_chance(
        self, gap: float, alive: float, expected: bool
    ) -> None:
        columns = {"gap": {"deposit.term": gap, "cash.mmf": gap}, "alive": {"deposit.term": alive, "cash.mmf": alive}}
        situation = make(situation={"tier": self.TIERS}, **columns)
        assert at_risk(situation, TERM) == expected
        assert not at_risk(situation, MMF)

    @pytest.mark.parametrize(("name", "expected"), [("dormant", True), ("churned", True), (None, False)])
    def test_a_fixed_category_may_wake_up_whom_an_overlay_covers(self, name: str | None, expected: bool) -> None:
        situation = make(situation={"tier": self.TIERS, "overlay": name})
        assert wake_up(situation, TERM) == expected
        assert not wake_up(situation, MMF)

    def test_before_assignment_nothing_is_fixed(self) -> None:
        assert not wake_up(make(situation={"overlay": "dormant"}), TERM)
