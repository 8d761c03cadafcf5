"""Values of metrics as people read them."""

from __future__ import annotations

from service.report_page.figures import told

NBSP = "\N{NO-BREAK SPACE}"
DASH = "\N{EN DASH}"


def unit_of(kind: str) -> str:
    """A proportion is told in per cent, everything else as it is."""
    return "share" if kind == "proportion" else "number"


def plain(value: float | None, kind: str) -> str:
    """The value of an arm."""
    return DASH if value is None else told(value, unit_of(kind))


def change(value: float | None, kind: str) -> str:
    """A difference of two arms: of proportions in percentage points."""
    if value is None:
        return DASH
    if kind == "proportion":
        return f"{100 * value:+.2f}{NBSP}pp"
    return f"{value:+,.0f}" if abs(value) >= 1_000 else f"{value:+.3g}"


def per_cent(value: float | None) -> str:
    """A relative difference."""
    return DASH if value is None else f"{100 * value:+.1f}{NBSP}%"


def between(low: float | None, high: float | None) -> str:
    """A relative interval."""
    return DASH if low is None and high is None else f"{per_cent(low)} … {per_cent(high)}"


def chance(p: float | None) -> str:
    """A p."""
    if p is None:
        return DASH
    return "<\N{NO-BREAK SPACE}.0001" if p < 0.0001 else f"{p:.4f}" if p < 0.1 else f"{p:.2f}"
