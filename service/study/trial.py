"""Experiments whose effect is known, lived many times: how often it is found, and how often the intervals are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.inference.plan import sample_size
from recommender.inference.sample import Sample
from recommender.inference.welch import welch
from recommender.training_data import Floats, Ints
from service.experiments.growthbook_assigner import GrowthBookAssigner
from service.experiments.results.document import MetricResult
from service.experiments.results.estimating import Look, estimate
from service.experiments.results.units import Units
from service.experiments.spec import Arm, Experiment, Layer, Metric, Spec
from service.keyed import Secrets
from service.progress import Progress, silent
from service.simulate.trial.people import DAY_S, People, TrialSize, people_of

KEY, LAYER = "trial", "trial"
_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Lived:
    """What one experiment came to; `estimated` is the fixed 95 % interval at the end, `sequence` that of any time."""

    seed: int
    customers: int
    true: float
    diff: float
    low: float
    high: float
    sequence_width: float
    badge: str

    @property
    def is_covered(self) -> bool:
        """Whether the fixed interval holds the true effect."""
        return self.low <= self.true <= self.high


def spec_of(size: TrialSize, n_star: int) -> Spec:
    """The experiment: two equal arms, whether somebody buys within the window."""
    bought = Metric("bought", "proportion", "purchases", window_days=size.window_days)
    arms = (Arm("control", 0.5), Arm("variant", 0.5))
    return Spec(KEY, LAYER, "the effect that is planted", arms, (bought,), n_star=n_star, min_days=1)


def planned_size(
    base_rate: float, effect: float, seed: int, *, enrol_days: int = 14, window_days: int = 7
) -> TrialSize:
    """An experiment of the planner's own number of customers: looked at whenever one likes, power .8, alpha .05."""
    need = sample_size(base_rate, effect)
    return TrialSize(2 * need.sequential_per_arm, base_rate, effect, seed, enrol_days, window_days)


def experiment_of(size: TrialSize, spec: Spec, began_us: int = 0) -> tuple[Layer, Experiment]:
    """The experiment as it runs; its salt is of the seed, so that another seed draws other arms."""
    layer = Layer(LAYER, ("tasks.offered",), salt=f"trial-{size.seed}")
    return layer, Experiment(spec, 1, "running", "", 1, began_us)


def arms_of(people: People, layer: Layer, experiment: Experiment, keyed: Secrets, holdout: float = 0.0) -> Ints:
    """The place of each customer's arm among the experiment's, by the assigner that serves; -1 in the hold-out."""
    places = {arm.key: place for place, arm in enumerate(experiment.spec.arms)}
    assigner = GrowthBookAssigner([layer], [experiment])
    found = [
        None if keyed.is_held_out(customer, holdout) else assigner.choose(keyed.unit_ref(customer), {})[experiment.key]
        for customer in people.customer
    ]
    return np.array([-1 if one is None else places.get(one.arm or "", -1) for one in found], dtype=np.int64)


def units_of(people: People, arms: Ints, size: TrialSize, effect: float, began_us: int = 0) -> Units:
    """The columns that results are made of, without a service in between."""
    seen = people.sees & (arms >= 0)
    window = ("purchases", size.window_days)
    buys = people.buys(np.where(arms == 1, effect, 0.0))
    tiers = np.full(int(seen.sum()), 1, dtype=np.int64)
    return Units(
        customer=[customer for customer, sees in zip(people.customer, seen, strict=True) if sees],
        arm=arms[seen],
        first_us=began_us + people.comes_s[seen] * _US,
        after={window: buys[seen].astype(np.float64)},
        before={window: (people.before_s[seen] >= 0).astype(np.float64)},
        tiers=tiers,
        is_same=np.ones((len(tiers), 2), dtype=np.bool_),  # nothing on the shelf moves anybody here
    )


def end_us(size: TrialSize, began_us: int = 0) -> int:
    """When the last customer's window is over."""
    return began_us + (size.enrol_days + size.window_days + 1) * DAY_S * _US


def live_once(size: TrialSize, keyed: Secrets, effect: float) -> Lived:
    """One experiment with an effect, which may be none, at the number of customers that was planned."""
    people = people_of(size)
    layer, experiment = experiment_of(size, spec_of(size, size.customers))
    units = units_of(people, arms_of(people, layer, experiment, keyed), size, effect)
    metric = estimate(experiment, units, Look(end_us(size), 0), is_whole=False).metrics[0]
    return _lived(size, people.true_effect(effect), units, metric)


def live_often(size: TrialSize, runs: int, keyed: Secrets, effect: float, progress: Progress = silent) -> list[Lived]:
    """Experiments of consecutive seeds."""
    found = []
    for run in range(runs):
        one = TrialSize(size.customers, size.base_rate, effect, size.seed + run, size.enrol_days, size.window_days)
        found.append(live_once(one, keyed, effect))
        progress("experiments", run + 1, runs)
    return found


@dataclass(frozen=True, slots=True)
class Summary:
    """What many experiments of one effect came to; widths are means of the intervals', absolute."""

    effect: float
    runs: int
    customers: int
    found: float  # the badge says that the arms differ
    right: float  # and in the direction that was planted
    covered: float
    true: float
    mean: float
    width: float
    sequence_width: float

    @classmethod
    def of(cls, effect: float, lived: Sequence[Lived]) -> Summary:
        """The means over all of them."""
        right = "better" if effect > 0 else "worse"

        def mean(values: Sequence[float]) -> float:
            return float(np.mean(values))

        return cls(
            effect=effect,
            runs=len(lived),
            customers=lived[0].customers,
            found=mean([one.badge in {"better", "worse"} for one in lived]),
            right=mean([one.badge == right for one in lived]),
            covered=mean([one.is_covered for one in lived]),
            true=mean([one.true for one in lived]),
            mean=mean([one.diff for one in lived]),
            width=mean([one.high - one.low for one in lived]),
            sequence_width=mean([one.sequence_width for one in lived]),
        )


def _lived(size: TrialSize, true: float, units: Units, metric: MetricResult) -> Lived:
    (comparison,) = metric.comparisons
    bought: Floats = units.after["purchases", size.window_days]
    fixed = welch(Sample.of(bought[units.arm == 0]), Sample.of(bought[units.arm == 1]))
    sequence = comparison.sequence
    if fixed.low is None or fixed.high is None or sequence.low is None or sequence.high is None:
        raise ValueError("base-rate: nobody buys, or everybody: there is nothing to compare")
    width = sequence.high - sequence.low
    return Lived(size.seed, size.customers, true, fixed.diff or 0.0, fixed.low, fixed.high, width, comparison.badge)
