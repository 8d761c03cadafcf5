"""Results of made-up customers, as the real estimates tell them: sound, unsound, and of nobody."""

from __future__ import annotations

import msgspec
import numpy as np

from service.clock import iso
from service.experiments.results.checks import Around, Epoch, check, funnel
from service.experiments.results.document import Moved, Results
from service.experiments.results.estimating import Look, estimate
from service.experiments.results.units import DAY_US, Units, windows_of
from service.experiments.results.verdict import verdict_of
from service.experiments.spec import Arm, Experiment, Guardrail, Metric, Spec

START_US = 1_790_000_000_000_000
SPEC = Spec(
    key="more_explore",
    layer="ranking",
    hypothesis="More <exploration> brings more purchases",
    arms=(Arm("control", 0.5), Arm("more", 0.5)),
    primary=(Metric("buyers", "proportion", "purchases"),),
    secondary=(Metric("funds", "mean", "funds", winsor=0.99), Metric("ctr", "ratio", "clicks", "impressions")),
    guardrails=(Guardrail(Metric("complaints", "mean", "complaints", is_good_up=False, covariate=False), 0.05),),
    n_star=2_000,
)
EPOCHS = (Epoch(START_US, 0.1, (0.5, 0.5)), Epoch(START_US + 7 * DAY_US, 1.0, (0.5, 0.5)))
EXPERIMENT = Experiment(SPEC, 1, "running", "0" * 64, 4, START_US)


def units(customers: int, *, lift: float = 0.5, lost: float = 0.0, seed: int = 5) -> Units:
    """Customers who come over three weeks; `lost` of those of the treatment are never heard of."""
    chance = np.random.default_rng(seed)
    arm = chance.integers(0, 2, customers)
    arm = arm[(arm == 0) | (chance.random(customers) >= lost)]
    n = len(arm)
    taste = chance.gamma(2.0, 0.5, n)
    after, before = {}, {}
    wanted, covariates = windows_of(SPEC)
    for name, days in sorted(wanted):
        rate = {"purchases": 0.2, "funds": 0.2, "complaints": 0.02, "clicks": 1.0, "impressions": 9.0}[name]
        up = 1 + lift * arm if name in {"purchases", "funds"} else 1.0
        worth = 1_000.0 if name == "funds" else 1.0
        after[name, days] = worth * chance.poisson(rate * taste * up).astype(np.float64)
        if (name, days) in covariates:
            before[name, days] = worth * chance.poisson(rate * taste).astype(np.float64)
    return Units(
        customer=np.arange(n),
        arm=arm,
        first_us=START_US + (chance.random(n) * 21 * DAY_US).astype(np.int64),
        after=after,
        before=before,
        tiers=chance.integers(1, 8, n),
        segment=chance.choice(["wealthy", "none"], n),
        stage=chance.choice(["value", "cultivation"], n),
        channel=chance.choice(["app", "web"], n),
        is_same=np.tile(chance.random((n, 1)) < 0.4, 2),
        lag_s=chance.exponential(2.0, n),
    )


def results(found: Units, days: float = 28.0, *, untrusted: bool = False) -> Results:
    """What is told of them after so many days."""
    as_of_us = START_US + int(days * DAY_US)
    counts = [int((found.arm == arm).sum()) for arm in (0, 1)]
    around = Around(
        EPOCHS,
        assigned=[count + 40 for count in counts],
        clicked=[count // 3 for count in counts],
        converted=[count // 8 for count in counts],
    )
    health = check(EXPERIMENT, found, around, as_of_us)
    estimated = estimate(EXPERIMENT, found, Look(as_of_us, START_US))
    whole = Results(
        verdict=verdict_of(EXPERIMENT, health, estimated, days),
        withheld_numbers=not health.is_trusted and not untrusted,
        experiment=SPEC.key,
        phase=1,
        state="running",
        hypothesis=SPEC.hypothesis,
        generation=4,
        as_of=iso(as_of_us),
        started_at=iso(START_US),
        days=days,
        min_days=SPEC.min_days,
        planned_customers=SPEC.n_star,
        has_planned=estimated.has_planned,
        mature_only=True,
        alpha=SPEC.alpha,
        n_star=SPEC.n_star,
        control="control",
        arms=("control", "more"),
        customers=health.exposed,
        data_sha256=found.sha256(),
        health=health,
        funnel=funnel(SPEC, found, around),
        metrics=estimated.metrics,
        parts=estimated.parts,
        curve=estimated.curve,
        tiers_seen=(Moved("control", ("fixed",), counts[0]), Moved("more", ("fixed", "transferable"), counts[1])),
    )
    return msgspec.structs.replace(whole, metrics=(), parts=(), curve=()) if whole.withheld_numbers else whole
