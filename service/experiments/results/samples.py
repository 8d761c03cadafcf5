"""From the customers of an experiment to the samples of its arms, metric by metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from recommender.inference.confidence_sequence import confidence_sequence
from recommender.inference.cuped import cuped
from recommender.inference.estimate import Estimate
from recommender.inference.sample import CovariateSample, RatioSample, Sample
from recommender.inference.welch import welch
from recommender.inference.winsor import winsorise
from recommender.training_data import Bools, Floats, Ints
from service.experiments.results.document import Adjusted, ArmValue, Line, Said, Sequence
from service.experiments.results.units import Units
from service.experiments.spec import Metric, Spec

LEAST_CUSTOMERS, LEAST_CONVERTED = 100, 10
_FEW = Said(
    "few_customers",
    f"每组满{LEAST_CUSTOMERS}位客户、{LEAST_CONVERTED}位转化后才给出区间",
    f"bounds are told from {LEAST_CUSTOMERS} customers and {LEAST_CONVERTED} conversions an arm on",
)


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A metric's numbers of some customers, [n]: `num` as it counts (0 or 1, cut at `cap`), `den` of a ratio."""

    metric: Metric
    arm: Ints
    num: Floats
    den: Floats | None
    covariate: Floats | None
    cap: float | None

    @classmethod
    def of(cls, units: Units, metric: Metric, mask: Bools) -> Values:
        """Those of the customers that the mask keeps; a cap is that of all arms together."""
        raw, cap = np.asarray(units.after[metric.num, metric.window_days][mask], dtype=np.float64), None
        before = units.before.get((metric.num, metric.window_days)) if metric.covariate else None
        covariate = None if before is None else np.asarray(before[mask], dtype=np.float64)
        den = None if metric.den is None else np.asarray(units.after[metric.den, metric.window_days][mask])
        if metric.kind == "proportion":
            raw = (raw > 0).astype(np.float64)
            covariate = None if covariate is None else (covariate > 0).astype(np.float64)
        elif metric.kind == "mean" and metric.winsor is not None and len(raw):
            cap = float(np.quantile(raw, metric.winsor))
            raw = winsorise(raw, cap=abs(cap))
            if covariate is not None:
                covariate = winsorise(covariate, cap=abs(cap))
        return cls(metric, units.arm[mask], raw, den, None if metric.kind == "ratio" else covariate, cap)

    def part(self, mask: Bools) -> Values:
        """Some of the customers, with the cap of all."""
        den, covariate = (None if one is None else one[mask] for one in (self.den, self.covariate))
        return Values(self.metric, self.arm[mask], self.num[mask], den, covariate, self.cap)

    def sample(self, arm: int) -> Sample:
        """One arm's sample; that of a ratio is linearised by customer."""
        of = self.arm == arm
        if self.den is not None:
            return RatioSample.of(self.num[of], self.den[of]).linear()
        return Sample.of(self.num[of])

    def value(self, arm: int, name: str) -> ArmValue:
        """One arm as it is told."""
        of = self.arm == arm
        sample = self.sample(arm)
        converted, total = int((self.num[of] > 0).sum()), float(self.num[of].sum())
        return ArmValue(name, int(of.sum()), converted, total, sample.mean if sample.n else None)

    def is_few(self, arm: int) -> bool:
        """Whether an approximation for large samples says nothing yet of an arm and the control."""
        for one in (0, arm):
            of = self.arm == one
            if int(of.sum()) < LEAST_CUSTOMERS or int((self.num[of] > 0).sum()) < LEAST_CONVERTED:
                return True
        return False

    def is_thin(self, arm: int) -> bool:
        """Whether there are too few customers for a guardrail to speak; conversions may be few in the arm unharmed."""
        sizes = [int((self.arm == one).sum()) for one in (0, arm)]
        converted = int(((self.num > 0) & np.isin(self.arm, (0, arm))).sum())
        return min(sizes) < LEAST_CUSTOMERS or converted < LEAST_CONVERTED

    def sequence(self, arm: int, spec: Spec) -> Sequence:
        """An arm against the control, at any look."""
        return sequence_of((self.sample(0), self.sample(arm)), spec, few=self.is_few(arm))

    def fixed(self, arm: int, alpha: float) -> Line:
        """An arm against the control, at one planned look."""
        return line_of(welch(self.sample(0), self.sample(arm), alpha))

    def adjusted(self, arm: int, spec: Spec, *, has_planned: bool) -> Adjusted | None:
        """The same less what the covariate foretells; None without one, or where it foretells nothing."""
        if self.covariate is None or not self.covariate.any():
            return None
        both = [self.arm == one for one in (0, arm)]
        covariate = self.covariate
        control, treatment = (CovariateSample.of(self.num[of], covariate[of]) for of in both)
        found = cuped(control, treatment, spec.alpha)
        sequence = sequence_of(found.samples, spec, few=self.is_few(arm))
        return Adjusted(sequence, line_of(found.estimate) if has_planned else None, found.theta, found.variance_left)


def sequence_of(samples: tuple[Sample, Sample], spec: Spec, *, few: bool) -> Sequence:
    """The confidence sequence of two samples, without bounds where there are too few customers."""
    control, treatment = samples
    bounds = confidence_sequence(control, treatment, spec.alpha, spec.n_star)
    base = control.mean if control.n and control.mean > 0 else None
    if few:
        relative = None if base is None or bounds.diff is None else bounds.diff / base
        return Sequence(bounds.diff, None, None, None, relative, None, None, _FEW)
    diff, low, high = (
        None if base is None or end is None else end / base for end in (bounds.diff, bounds.low, bounds.high)
    )
    return Sequence(bounds.diff, bounds.low, bounds.high, bounds.p, diff, low, high)


def line_of(estimate: Estimate) -> Line:
    """An estimate as it is told."""
    return Line(*(cast("float | None", getattr(estimate, name)) for name in Line.__struct_fields__))
