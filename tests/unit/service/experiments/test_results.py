"""What the customers of an experiment come to: samples, badges, checks and the word that decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from recommender.inference.sample import Sample
from recommender.inference.welch import welch
from service.experiments.results.checks import Around, Epoch, check
from service.experiments.results.document import Verdict
from service.experiments.results.estimating import Estimated, Look, estimate
from service.experiments.results.units import DAY_US, Units
from service.experiments.results.verdict import verdict_of
from service.experiments.results.whole import Asked, Read, epochs_of, told
from service.experiments.spec import Arm, Experiment, Guardrail, Metric, Spec

START = 1_000 * DAY_US
BUYS = Metric("conversion", "proportion", "purchases")
FUNDS = Metric("funds", "mean", "funds", winsor=0.99)
RATE = Metric("click_rate", "ratio", "clicks", "impressions", covariate=False)
COMPLAINTS = Guardrail(Metric("complaints", "proportion", "complaints", is_good_up=False), margin=0.02)
ARMS = (Arm("control", 0.5), Arm("new", 0.5))


def _experiment(state: Any = "running", **other: Any) -> Experiment:
    spec = Spec("e", "l", "more", ARMS, (BUYS,), (), n_star=5_000, **other)
    spec = msgspec.structs.replace(spec, ranges=((0.0, 1.0),), secondary=(FUNDS, RATE), guardrails=(COMPLAINTS,))
    return Experiment(spec, 1, state, "", 1, START)


def _units(n: int = 4_000, lift: float = 0.0, seed: int = 1, **other: Any) -> Units:
    draw = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    fond = draw.random(n) < 0.2
    bought = (draw.random(n) < 0.05 + 0.4 * fond + lift * arm).astype(float)
    seen = draw.poisson(5, n) + 1.0
    columns = {
        "customer": [f"c{at:06d}" for at in range(n)],
        "arm": arm,
        "first_us": START + draw.integers(0, 10, n) * DAY_US,
        "after": {
            ("purchases", 7): bought,
            ("clicks", 7): draw.binomial(seen.astype(int), 0.1).astype(float),
            ("impressions", 7): seen,
            ("funds", 7): bought * draw.lognormal(8, 1, n),
            ("complaints", 7): (draw.random(n) < 0.02).astype(float),
        },
        "before": {("purchases", 7): fond.astype(float), ("funds", 7): fond * 100.0},
        "tiers": np.full(n, 0b101),
        "segment": np.array(["young", "old"])[draw.integers(0, 2, n)],
        "stage": np.full(n, "value"),
        "channel": np.array(["app", "web"])[draw.integers(0, 2, n)],
        "is_same": np.zeros((n, 2), dtype=bool),
        "lag_s": draw.exponential(2.0, n),
    }
    return Units(**{**columns, **other})


AROUND = Around([Epoch(START, 1.0, (0.5, 0.5))], assigned=(2_500, 2_500), clicked=(9, 9), converted=(5, 5))
LATER = START + 40 * DAY_US


def _judged(units: Units, days: int = 40, state: Any = "running") -> Verdict:
    experiment, as_of_us = _experiment(state), START + days * DAY_US
    health = check(experiment, units, AROUND, as_of_us)
    return verdict_of(experiment, health, estimate(experiment, units, Look(as_of_us, START)), float(days))


def _estimated(units: Units, days: int = 40) -> Estimated:
    return estimate(_experiment(), units, Look(START + days * DAY_US, START))


def test_a_proportion_is_that_of_customers_and_the_fixed_line_is_welch() -> None:
    units = _units(6_000)
    found = _estimated(units).metrics[0]
    bought = units.after["purchases", 7]
    expected = welch(*(Sample.of(bought[units.arm == arm]) for arm in (0, 1)))
    assert found.comparisons[0].fixed is not None
    assert found.comparisons[0].fixed.p == expected.p
    assert found.arms[1].value == bought[units.arm == 1].mean()


def test_the_fixed_line_waits_for_the_planned_customers() -> None:
    assert _estimated(_units(4_000)).metrics[0].comparisons[0].fixed is None
    assert _estimated(_units(6_000), days=13).metrics[0].comparisons[0].fixed is None


def test_exposed_customers_whose_window_is_open_are_not_the_planned_ones() -> None:
    units = _units(6_000, first_us=np.full(6_000, START + 15 * DAY_US))
    early, late = (_estimated(units, days) for days in (20, 23))
    assert (early.has_planned, late.has_planned) == (False, True)
    assert early.metrics[0].comparisons[0].fixed is None
    assert late.metrics[0].comparisons[0].fixed is not None
    assert _judged(units, 20).word == "keep running"
    assert _judged(units, 23).word == "inconclusive"


def test_a_metric_of_too_few_to_speak_counts_in_the_correction() -> None:
    units = _units()
    units.after["funds", 7][100:] = 0.0  # type: ignore[index]
    of = {metric.key: metric.comparisons[0] for metric in _estimated(units).metrics}
    assert of["funds"].p_adjusted is None
    assert of["click_rate"].p_adjusted == min(1.0, 2 * of["click_rate"].sequence.p)  # type: ignore[operator]


def test_only_customers_whose_window_has_passed_count() -> None:
    units = _units()
    found = estimate(_experiment(), units, Look(START + 10 * DAY_US, START)).metrics[0]
    mature = units.first_us + 7 * DAY_US <= START + 10 * DAY_US
    assert sum(arm.customers for arm in found.arms) == mature.sum()
    assert found.immature == len(units) - mature.sum()
    all_of_them = estimate(_experiment(), units, Look(START + 10 * DAY_US, START, mature_only=False)).metrics[0]
    assert all_of_them.immature == 0


def test_bounds_are_hidden_of_few_customers() -> None:
    comparison = _estimated(_units(150)).metrics[0].comparisons[0]
    assert comparison.badge == "hidden"
    assert comparison.sequence.low is None
    assert comparison.sequence.p is None
    assert comparison.sequence.diff is not None


def test_what_the_time_before_foretells_narrows_the_line_beside() -> None:
    comparison = _estimated(_units(6_000)).metrics[0].comparisons[0]
    raw, adjusted = comparison.sequence, comparison.adjusted
    assert adjusted is not None
    assert adjusted.variance_left is not None
    assert adjusted.variance_left < 0.9
    assert adjusted.sequence.high - adjusted.sequence.low < raw.high - raw.low  # type: ignore[operator]


def test_amounts_are_cut_at_the_quantile_of_all_arms_together() -> None:
    units = _units()
    found = next(one for one in _estimated(units).metrics if one.key == "funds")
    assert found.cap == np.quantile(units.after["funds", 7], 0.99)


def test_customers_whose_shelf_was_the_same_are_left_out_of_a_line_beside() -> None:
    same = np.tile((np.arange(4_000) % 4 < 2)[:, None], 2)
    comparison = _estimated(_units(is_same=same)).metrics[0].comparisons[0]
    assert comparison.triggered_customers == 2_000
    assert comparison.triggered is not None
    assert comparison.triggered.diff != comparison.sequence.diff


def test_an_arm_is_compared_without_those_alone_whom_this_arm_showed_the_same() -> None:
    spec = msgspec.structs.replace(_experiment().spec, arms=(Arm("control", 0.4), Arm("one", 0.3), Arm("two", 0.3)))
    arm = np.arange(6_000) % 3
    same = np.zeros((6_000, 3), dtype=bool)
    same[(arm == 0) & (np.arange(6_000) < 3_000), 1] = True
    same[(arm == 2) & (np.arange(6_000) < 300), 2] = True
    experiment = msgspec.structs.replace(_experiment(), spec=spec)
    found = estimate(experiment, _units(6_000, arm=arm, is_same=same), Look(LATER, START)).metrics[0].comparisons
    assert [one.triggered_customers for one in found] == [3_000, 3_900]


def test_a_part_is_told_of_a_tier_only_by_those_who_saw_it() -> None:
    found = {(part.by, part.value): part for part in _estimated(_units()).parts}
    assert ("tier", "migratable") not in found
    assert sum(arm.customers for arm in found["tier", "fixed"].arms) == 4_000
    assert sum(arm.customers for arm in found["segment", "young"].arms) < 3_000


def test_p_of_parts_are_corrected_for_being_many() -> None:
    parts = _estimated(_units(lift=0.03)).parts
    compared = [one for part in parts for one in part.comparisons]
    assert all(one.p_adjusted >= one.sequence.p for one in compared)  # type: ignore[operator]
    assert any(one.p_adjusted > one.sequence.p for one in compared)  # type: ignore[operator]


def test_the_curve_ends_at_what_is_told_now() -> None:
    found = _estimated(_units())
    assert found.curve[-1].sequence == found.metrics[0].comparisons[0].sequence


@pytest.mark.parametrize(
    ("units", "days", "state", "word"),
    [
        (_units(lift=0.1), 40, "running", "ship"),
        (_units(lift=-0.05, n=20_000), 40, "running", "roll back"),
        (_units(lift=0.1), 12, "running", "keep running"),
        (_units(), 40, "running", "keep running"),
        (_units(6_000), 40, "running", "inconclusive"),
        (_units(), 40, "stopped", "inconclusive"),
    ],
)
def test_the_word_follows_from_the_numbers(units: Units, days: int, state: str, word: str) -> None:
    assert _judged(units, days, state).word == word


def test_an_experiment_stopped_before_anybody_could_be_compared_says_so_and_not_that_nothing_differs() -> None:
    found = _judged(_units(2), days=1, state="stopped")
    assert (found.word, [said.code for said in found.reasons]) == ("inconclusive", ["nobody_compared"])


def test_a_broken_guardrail_rolls_back_however_good_the_rest() -> None:
    units = _units(lift=0.1)
    units.after["complaints", 7][:] = np.random.default_rng(2).random(4_000) < 0.02 + 0.1 * units.arm  # type: ignore[index]
    found = _judged(units)
    assert found.word == "roll back"
    assert found.reasons[0].code == "guardrail"


def test_arms_of_wrong_sizes_are_not_to_be_trusted_and_show_no_number() -> None:
    arm = (np.random.default_rng(3).random(20_000) < 0.46).astype(np.int64)
    units = _units(20_000, arm=arm)
    found = Read(_experiment(), units, AROUND, START)
    withheld = told(found, Asked(LATER))
    assert withheld.verdict.word == "do not trust"
    assert withheld.withheld_numbers
    assert not withheld.metrics
    assert not withheld.parts
    assert not withheld.curve
    assert not withheld.health.guardrails
    assert withheld.verdict.reasons[0].code == "srm"
    shown = told(found, Asked(LATER, untrusted=True))
    assert shown.verdict.word == "do not trust"
    assert shown.metrics


def test_a_mismatch_of_one_channel_alone_names_it() -> None:
    units = _units(20_000)
    lost = (units.channel == "web") & (units.arm == 1) & (np.random.default_rng(4).random(20_000) < 0.4)
    kept = {name: getattr(units, name)[~lost] for name in ("arm", "first_us", "tiers", "segment", "stage", "channel")}
    kept |= {side: {key: one[~lost] for key, one in getattr(units, side).items()} for side in ("after", "before")}
    kept |= {"is_same": None, "lag_s": None, "customer": np.arange(int((~lost).sum()))}
    health = check(_experiment(), Units(**kept), AROUND, LATER)
    assert health.srm.is_alarm
    assert next(one for one in health.hints if one.code == "one_channel").en == "only the channel web shows it"


def test_a_ramp_raises_no_alarm_and_a_change_of_weights_is_seen_by_epoch() -> None:
    units = _units(9_000)
    late = units.first_us >= START + 5 * DAY_US
    arm = np.where(late, (np.arange(9_000) % 10 > 0).astype(int), units.arm)
    epochs = [Epoch(START, 0.1, (0.5, 0.5)), Epoch(START + 5 * DAY_US, 0.5, (0.1, 0.9))]
    moved = _units(9_000, arm=arm)
    assert not check(_experiment(), moved, Around(epochs), LATER).srm.is_alarm
    assert check(_experiment(), moved, Around(epochs[:1]), LATER).srm.is_alarm


def test_arms_that_differed_before_are_not_to_be_trusted() -> None:
    units = _units()
    before = {("funds", 7): units.before["funds", 7] + 500.0 * units.arm + np.arange(4_000) % 7}
    health = check(_experiment(), _units(before=before), AROUND, LATER)
    assert [reason.code for reason in health.reasons] == ["balance"]


def test_a_chance_difference_before_that_one_look_would_call_rare_is_no_alarm() -> None:
    noise = np.random.default_rng(7).normal(0.0, 1.0, 4_000)
    arm = np.arange(4_000) % 2
    noise += arm * (3.5 * np.sqrt(4 / 4_000) + noise[arm == 0].mean() - noise[arm == 1].mean())
    units = _units(before={("funds", 7): noise})
    assert welch(*(Sample.of(noise[arm == one]) for one in (0, 1))).p < 0.001  # type: ignore[operator]
    health = check(_experiment(), units, AROUND, LATER)
    assert health.is_trusted
    assert health.balance[0].p is not None


def test_an_experiment_that_the_policy_leaves_out_is_not_to_be_trusted_and_says_why() -> None:
    health = check(_experiment(), _units(), replace(AROUND, unfit="fatigue: too many"), LATER)
    assert [reason.en for reason in health.reasons] == ["cannot run over the policy in force: fatigue: too many"]


def test_more_than_one_in_a_hundred_in_several_arms_is_an_alarm() -> None:
    many, few = (Around(AROUND.epochs, several=number) for number in (60, 20))
    assert check(_experiment(), _units(), many, LATER).several.is_alarm
    assert check(_experiment(), _units(), few, LATER).is_trusted


def test_decisions_that_come_out_otherwise_are_an_alarm() -> None:
    health = check(_experiment(), _units(), Around(AROUND.epochs, sampled=500, differing=5), LATER)
    assert [reason.code for reason in health.reasons] == ["drift"]


def test_epochs_are_made_by_what_changes_the_allocation_alone() -> None:
    def act(at_us: int, coverage: float, state: str = "running") -> dict[str, Any]:
        spec = msgspec.structs.replace(_experiment().spec, coverage=coverage)
        return {"state": state, "at_us": at_us, "spec": msgspec.json.encode(spec).decode()}

    acts = [act(1, 0.1, "draft"), act(2, 0.1), act(3, 0.1, "paused"), act(4, 0.1), act(5, 0.5)]
    assert [(one.since_us, one.coverage) for one in epochs_of(acts)] == [(2, 0.1), (5, 0.5)]


def test_the_hash_of_the_data_knows_every_number_and_no_order() -> None:
    units = _units(300)
    back = np.arange(300)[::-1]
    other = Units(
        [units.customer[at] for at in back],  # type: ignore[misc]
        units.arm[back],
        units.first_us[back],
        {key: one[back] for key, one in units.after.items()},
        {key: one[back] for key, one in units.before.items()},
        tiers=units.tiers[back],  # type: ignore[index]
    )
    assert other.sha256() == units.sha256()
    other.after["funds", 7][0] += 0.01
    assert other.sha256() != units.sha256()


def test_the_document_goes_out_as_json() -> None:
    found = told(Read(_experiment(), _units(), AROUND, START), Asked(LATER))
    assert msgspec.json.decode(msgspec.json.encode(found))["verdict"]["word"] == found.verdict.word


def test_an_experiment_without_customers_keeps_running_and_says_nothing() -> None:
    nobody = _units(0)
    found = told(Read(_experiment("draft"), nobody, AROUND, None), Asked(LATER))
    assert found.verdict.word == "keep running"
    assert found.metrics[0].comparisons[0].sequence.diff is None
