"""Yields as they are printed on products, by the kind of yield."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Yield:
    """How a kind of yield is worded; `value` is a standard score, its worth in per cent is middle + spread · value."""

    text: str
    disclaimer: str
    middle: float = 0.0
    spread: float = 0.0

    def draw(self, roll: np.random.Generator) -> float:
        """A standard score within ±2.5, or 0 where there is no yield that could attract."""
        return float(np.clip(roll.normal(), -2.5, 2.5)) if self.spread else 0.0

    def worded(self, value: float) -> str:
        """The text on the product; for prices of credit a better score is a lower rate."""
        rate = self.middle + self.spread * value
        return self.text.format(rate=rate, low=max(rate * 0.85, 0.05), high=rate * 1.15)


YIELDS = {
    "contractual_rate": Yield("年利率{rate:.2f}%", "d-deposit", 1.5, 0.25),
    "scenario_range": Yield("收益情景区间{low:.2f}%-{high:.2f}%", "d-structured", 1.9, 0.3),
    "annualised_7d": Yield("七日年化{rate:.3f}%", "d-cash", 1.45, 0.2),
    "performance_benchmark": Yield("业绩比较基准{low:.2f}%-{high:.2f}%", "d-benchmark", 2.6, 0.35),
    "nav_return": Yield("近一年净值变动{rate:+.2f}%", "d-past", 4.0, 6.0),
    "price": Yield("价格随市场变动", "d-gold"),
    "premium": Yield("保费以投保测算为准", "d-insurance"),
    "illustration": Yield("利益演示见产品说明书", "d-illustration"),
    "apr": Yield("年化利率(单利){low:.2f}%-{high:.2f}%", "d-credit", 6.5, -0.8),
    "none": Yield("", ""),
}
