"""Inline SVG: the bar of one interval, small and large curves with their bands; colours come from the page's style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import floor, log10
from typing import NamedTuple

BAR, HEIGHT = 170, 16
SMALL, LOW = 96, 26
WIDTH, TALL, LEFT, RIGHT, TOP, FOOT = 760, 300, 62, 18, 14, 46
_STEPS = (1, 2, 2.5, 5, 10, 20)


class Curve(NamedTuple):
    """A name and points (x, value, low, high) in the order of x."""

    name: str
    points: Sequence[tuple[float, float, float, float]]


def bar(of: tuple[float, float, float], most: float) -> str:
    """A value's dot on the line of its interval, on a scale from 0 to `most`."""
    value, low, high = of

    def x(at: float) -> str:
        return f"{4 + (BAR - 8) * min(max(at / most, 0.0), 1.0) if most > 0 else 4:.1f}"

    middle = HEIGHT / 2
    return (
        f'<svg width="{BAR}" height="{HEIGHT}" viewBox="0 0 {BAR} {HEIGHT}" aria-hidden="true">'
        f'<line class="grid" x1="4" y1="{middle:g}" x2="{BAR - 4}" y2="{middle:g}" stroke="currentColor"/>'
        f'<line class="span" x1="{x(low)}" y1="{middle:g}" x2="{x(high)}" y2="{middle:g}"/>'
        f'<circle class="dot" cx="{x(value)}" cy="{middle:g}" r="3.2"/></svg>'
    )


def small_curve(points: Sequence[tuple[float, float, float, float]], span: tuple[float, float]) -> str:
    """A curve (x, value, low, high) of values from 0 to 1 on a scale of just that, x over `span`, a dot at its end."""
    first, last = span

    def at(x: float, y: float) -> str:
        right = (x - first) / (last - first) if last > first else 0.5
        return f"{4 + (SMALL - 8) * right:.1f},{4 + (LOW - 8) * (1 - min(max(y, 0.0), 1.0)):.1f}"

    line = " ".join(at(x, value) for x, value, _, _ in points)
    band = [at(x, high) for x, _, _, high in points] + [at(x, low) for x, _, low, _ in reversed(points)]
    x, y = at(*points[-1][:2]).split(",")
    return (
        f'<svg class="s0" width="{SMALL}" height="{LOW}" viewBox="0 0 {SMALL} {LOW}" aria-hidden="true">'
        f'<polygon class="area" points="{" ".join(band)}"/><polyline class="curve" points="{line}"/>'
        f'<circle class="point" cx="{x}" cy="{y}" r="2.6"/></svg>'
    )


def curves(label: str, drawn: Sequence[Curve], unit: float, suffix: str) -> str:
    """A figure of curves over whole numbers, its legend above; `unit` of y is told as one, with its suffix."""
    points = [point for curve in drawn for point in curve.points]
    if not points:
        return ""
    most = max(min(high, 1.5 * max(point[1] for point in points) or high) for _, _, _, high in points) or 1.0
    low, last = min(point[0] for point in points), max(point[0] for point in points)
    frame = _Frame(low, max(last, low + 1), most)
    lines = [*_axes(frame, label, (unit, suffix))]
    for number, curve in enumerate(drawn):
        lines.append(f'<g class="s{number % 4}">{_drawn(frame, curve)}</g>')
    legend = "".join(f'<span class="s{number % 4}">{escape(curve.name)}</span>' for number, curve in enumerate(drawn))
    picture = f'<svg viewBox="0 0 {WIDTH} {TALL}" width="{WIDTH}" height="{TALL}" role="img">{"".join(lines)}</svg>'
    return f'<figure><div class="legend">{legend}</div><div class="wide">{picture}</div></figure>'


class _Frame(NamedTuple):
    first: float
    last: float
    most: float

    def x(self, of: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (of - self.first) / (self.last - self.first)

    def y(self, of: float) -> float:
        return TOP + (TALL - TOP - FOOT) * (1 - min(of / self.most, 1.0))


def _axes(frame: _Frame, label: str, told: tuple[float, str]) -> Iterator[str]:
    unit, suffix = told
    for at in _ticks(0.0, frame.most / unit, 5):
        y = frame.y(at * unit)
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{at:g}{suffix}</text>'
    for at in filter(float.is_integer, _ticks(frame.first, frame.last, 12)):
        yield f'<text x="{frame.x(at):.1f}" y="{TALL - FOOT + 18}" text-anchor="middle">{at:g}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle:.1f}" y="{TALL - 6}" text-anchor="middle">{escape(label)}</text>'


def _drawn(frame: _Frame, curve: Curve) -> str:
    points = list(curve.points)
    line = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y, _, _ in points)
    band = [(x, high) for x, _, _, high in points] + [(x, low) for x, _, low, _ in reversed(points)]
    area = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in band)
    dots = "".join(_dot(frame, x, y) for x, y, _, _ in points)
    return f'<polygon class="area" points="{area}"/><polyline class="curve" points="{line}"/>{dots}'


def _dot(frame: _Frame, x: float, y: float) -> str:
    return f'<circle class="point" cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="3"/>'


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two ends, no more than so many."""
    size = 10.0 ** floor(log10((high - low) / most))
    step = next(size * step for step in _STEPS if (high - low) / (size * step) < most)
    first = -(-low // step)
    return [round(number * step, 10) for number in range(int(first), int(high / step + 1e-9) + 1)]
