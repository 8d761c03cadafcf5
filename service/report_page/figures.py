"""Numbers as people read them."""

from __future__ import annotations

from service.reports.metric import Metric

PER_CENT = "\N{NO-BREAK SPACE}%"


def number(value: float | None) -> str:
    """A count, whole where it is."""
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1_000 else f"{value:,.1f}"


def told(value: float | None, unit: str) -> str:
    """A value in its unit: a share in per cent, others as they are."""
    if value is None:
        return ""
    if unit == "share":
        return f"{100 * value:.2f}{PER_CENT}" if abs(value) < 0.1 else f"{100 * value:.1f}{PER_CENT}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def share_of(metric: Metric) -> str:
    """The value of a metric."""
    return told(metric.value, metric.unit)


def interval(metric: Metric) -> str:
    """The interval of a metric."""
    if metric.low is None or metric.high is None:
        return ""
    return f"{told(metric.low, metric.unit)} … {told(metric.high, metric.unit)}"
