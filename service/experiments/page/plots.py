"""Inline SVG of differences around zero: an effect over days, an interval in a row, evidence by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import floor, log10
from typing import NamedTuple

WIDTH, TALL, LEFT, RIGHT, TOP, FOOT = 760, 260, 74, 18, 14, 46
ROW, HEIGHT = 190, 18
_STEPS = (1, 2, 2.5, 5, 10, 20)


class Point(NamedTuple):
    """A place of a curve; without bounds it has no band."""

    x: float
    value: float
    low: float | None = None
    high: float | None = None


class Axes(NamedTuple):
    """What stands below, what one of y is told as and with which ending, and lines across: (y, what it says)."""

    label: str
    unit: float = 1.0
    suffix: str = ""
    lines: Sequence[tuple[float, str]] = ()


class _Frame(NamedTuple):
    first: float
    last: float
    low: float
    high: float

    def x(self, of: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (of - self.first) / (self.last - self.first)

    def y(self, of: float) -> float:
        inside = min(max(of, self.low), self.high)
        return TOP + (TALL - TOP - FOOT) * (self.high - inside) / (self.high - self.low)


def signed(curves: Sequence[tuple[str, Sequence[Point]]], axes: Axes) -> str:
    """A figure of curves that may go below zero, zero always in it; bands far wider than what is told are cut."""
    points = [point for _, curve in curves for point in curve]
    if not points:
        return ""
    frame = _frame(points, [at for at, _ in axes.lines])
    parts = [*_grid(frame, axes)]
    for number, (_, curve) in enumerate(curves):
        parts.append(f'<g class="s{number % 4}">{"".join(_curve(frame, curve))}</g>')
    legend = "".join(f'<span class="s{number % 4}">{escape(name)}</span>' for number, (name, _) in enumerate(curves))
    picture = f'<svg viewBox="0 0 {WIDTH} {TALL}" width="{WIDTH}" height="{TALL}" role="img">{"".join(parts)}</svg>'
    return f'<figure><div class="legend">{legend}</div><div class="wide">{picture}</div></figure>'


def around(of: tuple[float | None, float | None, float | None], most: float, mark: float | None = None) -> str:
    """A value's dot on the line of its interval, zero in the middle, `most` at either end; `mark` is a line across."""
    value, low, high = of

    def x(at: float) -> str:
        share = min(max(at / most, -1.0), 1.0) if most > 0 else 0.0
        return f"{ROW / 2 + (ROW / 2 - 5) * share:.1f}"

    middle, top, end = HEIGHT / 2, 2, HEIGHT - 2
    parts = [f'<line class="zero" x1="{x(0)}" y1="{top}" x2="{x(0)}" y2="{end}"/>']
    if low is not None or high is not None:
        ends = (x(-most if low is None else low), x(most if high is None else high))
        parts.append(f'<line class="span" x1="{ends[0]}" y1="{middle:g}" x2="{ends[1]}" y2="{middle:g}"/>')
    if mark is not None:
        parts.append(f'<line class="limit" x1="{x(mark)}" y1="{top}" x2="{x(mark)}" y2="{end}"/>')
    if value is not None:
        parts.append(f'<circle class="dot" cx="{x(value)}" cy="{middle:g}" r="3.2"/>')
    body = "".join(parts)
    return f'<svg width="{ROW}" height="{HEIGHT}" viewBox="0 0 {ROW} {HEIGHT}" aria-hidden="true">{body}</svg>'


def length(share: float, number: int) -> str:
    """A bar as long as a share, in the colour of an arm."""
    wide = 6 + (ROW - 6) * min(max(share, 0.0), 1.0) if share > 0 else 0
    return (
        f'<svg class="s{number % 4}" width="{ROW}" height="{HEIGHT}" viewBox="0 0 {ROW} {HEIGHT}" aria-hidden="true">'
        f'<rect class="bar" x="0" y="3" width="{wide:.1f}" height="{HEIGHT - 6}" rx="2"/></svg>'
    )


def _frame(points: Sequence[Point], lines: Sequence[float]) -> _Frame:
    told = [abs(point.value) for point in points]
    bounds = [abs(end) for point in points[-3:] for end in (point.low, point.high) if end is not None]
    reach = max([*told, *(1.25 * end for end in bounds), *map(abs, lines)]) or 1.0
    ends = [point.value for point in points] + [0.0, *lines]
    ends += [end for point in points for end in (point.low, point.high) if end is not None]
    low, high = max(min(ends), -reach), min(max(ends), reach)
    room = 0.06 * (high - low) or reach
    first, last = min(point.x for point in points), max(point.x for point in points)
    return _Frame(first, max(last, first + 1), low - room if low < 0 else low, high + room)


def _grid(frame: _Frame, axes: Axes) -> Iterator[str]:
    for at in _ticks(frame.low / axes.unit, frame.high / axes.unit, 6):
        y = frame.y(at * axes.unit)
        yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{at:g}{axes.suffix}</text>'
    for at in filter(float.is_integer, _ticks(frame.first, frame.last, 12)):
        yield f'<text x="{frame.x(at):.1f}" y="{TALL - FOOT + 18}" text-anchor="middle">{at:g}</text>'
    yield f'<line class="zero" x1="{LEFT}" y1="{frame.y(0):.1f}" x2="{WIDTH - RIGHT}" y2="{frame.y(0):.1f}"/>'
    for at, says in axes.lines:
        y = frame.y(at)
        yield f'<line class="limit" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        yield f'<text x="{WIDTH - RIGHT}" y="{y - 5:.1f}" text-anchor="end">{escape(says)}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle:.1f}" y="{TALL - 6}" text-anchor="middle">{escape(axes.label)}</text>'


def _curve(frame: _Frame, points: Sequence[Point]) -> Iterator[str]:
    band = [(point.x, point.high, point.low) for point in points if point.low is not None and point.high is not None]
    ends = [(x, high) for x, high, _ in band] + [(x, low) for x, _, low in reversed(band)]
    area = " ".join(f"{frame.x(x):.1f},{frame.y(y or 0.0):.1f}" for x, y in ends)
    yield f'<polygon class="area" points="{area}"/>' if len(band) > 1 else ""
    line = " ".join(f"{frame.x(point.x):.1f},{frame.y(point.value):.1f}" for point in points)
    yield f'<polyline class="curve" points="{line}"/>'
    for point in points:
        yield f'<circle class="point" cx="{frame.x(point.x):.1f}" cy="{frame.y(point.value):.1f}" r="3"/>'
    if len(band) == 1:
        x, high, low = band[0]
        at, top, end = frame.x(x), frame.y(high or 0.0), frame.y(low or 0.0)
        yield f'<line class="curve" x1="{at:.1f}" y1="{end:.1f}" x2="{at:.1f}" y2="{top:.1f}"/>'


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two ends, no more than so many."""
    size = 10.0 ** floor(log10((high - low) / most))
    step = next(size * step for step in _STEPS if (high - low) / (size * step) < most)
    first = -(-low // step)
    return [round(number * step, 10) for number in range(int(first), int(high // step) + 1)]
