"""Plots as SVG text: panels side by side with points, spreads, lines and axes; the same points, the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np

WIDTH, HEIGHT, LEFT, TOP, SIDE = 420, 400, 60, 40, 300
FONT = 'font-family="sans-serif" font-size="12"'
COLOURS = ("#1f5fa8", "#b5541c")


class Axis(NamedTuple):
    """From `low` to `high`, on a logarithmic scale where `log`; `ticks` are (value, text)."""

    label: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    log: bool = False

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high one."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, at = (float(np.log(one)) for one in (low, high, at))
        return (at - low) / (high - low)


class Series(NamedTuple):
    """Points (x, y, low, high) with the spread of y, joined where `line`."""

    name: str
    points: Sequence[tuple[float, float, float, float]]
    line: bool = False


class Panel(NamedTuple):
    """One plot; `diagonal`: with the line on which both axes agree."""

    title: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    diagonal: bool = False


def svg(panels: Sequence[Panel]) -> str:
    """A picture of the panels."""
    width = WIDTH * len(panels)
    size = f'width="{width}" height="{HEIGHT}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" {size} {FONT}>',
        f'<rect {size} fill="white"/>',
    ]
    for place, panel in enumerate(panels):
        lines += [f'<g transform="translate({place * WIDTH + LEFT},{TOP})">', *_panel(panel), "</g>"]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _panel(panel: Panel) -> Iterator[str]:
    yield f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>'
    yield _text(SIDE / 2, -14, panel.title)
    yield _text(SIDE / 2, SIDE + 38, panel.x.label)
    yield f'<g transform="translate(-44,{SIDE / 2:g}) rotate(-90)">{_text(0, 0, panel.y.label)}</g>'
    yield from (_text(SIDE * panel.x.share(value), SIDE + 18, text) for value, text in panel.x.ticks)
    yield from (_text(-8, SIDE * (1 - panel.y.share(value)) + 4, text, "end") for value, text in panel.y.ticks)
    if panel.diagonal:
        yield f'<line x1="0" y1="{SIDE}" x2="{SIDE}" y2="0" stroke="#888" stroke-dasharray="4 4"/>'
    for number, series in enumerate(panel.series):
        yield f'<g stroke="{COLOURS[number]}" fill="{COLOURS[number]}">'
        yield from _series(panel, series)
        yield "</g>"
        if len(panel.series) > 1:
            yield f'<g fill="{COLOURS[number]}">{_text(8, 18 + 16 * number, series.name, "start")}</g>'


def _series(panel: Panel, series: Series) -> Iterator[str]:
    def place(x: float, *heights: float) -> tuple[float, ...]:
        return SIDE * panel.x.share(x), *(SIDE * (1 - panel.y.share(y)) for y in heights)

    places = [place(*point) for point in series.points]
    if series.line:
        yield f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in places)}" fill="none"/>'
    for x, y, low, high in places:
        yield f'<line x1="{x:.1f}" y1="{low:.1f}" x2="{x:.1f}" y2="{high:.1f}"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" stroke="none">{escape(text)}</text>'
