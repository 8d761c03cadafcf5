"""Plots of an evaluation as SVG."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from recommender.evaluation.calibration_error import Entries
from service.evaluation.drawing import SIDE, Axis, Panel, Series, svg
from service.evaluation.plots import bins_of, name_of, write_plots
from service.evaluation.request import Request
from service.jobs.evaluate import evaluate
from tests.unit.service.evaluation.folders import SINCE, UNTIL, drawn

SVG = "{http://www.w3.org/2000/svg}"
LINEAR = Axis("x", 0.0, 2.0, [(0.0, "0"), (2.0, "2")])


def test_a_point_lies_where_its_axes_say() -> None:
    log = Axis("<y>", 0.01, 1.0, [(0.1, ".1")], log=True)
    root = ET.fromstring(svg([Panel("a & b", LINEAR, log, [Series("one", [(0.5, 0.1, 0.01, 1.0)])], diagonal=True)]))  # noqa: S314
    circle = next(root.iter(f"{SVG}circle"))
    assert (float(circle.attrib["cx"]), float(circle.attrib["cy"])) == (SIDE / 4, SIDE / 2)
    spread = list(root.iter(f"{SVG}line"))[-1]
    assert (float(spread.attrib["y1"]), float(spread.attrib["y2"])) == (SIDE, 0)
    assert {"a & b", "<y>", ".1"} <= {text.text for text in root.iter(f"{SVG}text")}


def test_what_lies_outside_an_axis_is_drawn_at_its_end() -> None:
    assert (LINEAR.share(-1), LINEAR.share(9)) == (0, 1)


def test_bins_are_means_with_the_interval_of_their_share() -> None:
    (point,) = bins_of(Entries(np.array([100.0]), np.array([20.0]), np.array([50.0])))
    assert point == pytest.approx((0.2, 0.5, 0.40383, 0.59617), abs=1e-5)


def test_the_same_report_gives_the_same_bytes_and_without_evidence_no_plot_of_it(tmp_path: Path) -> None:
    path = drawn(tmp_path / "bank")
    report = evaluate(Request.of(path, since=SINCE, until=UNTIL, k=3, models=("popularity", "huojia")))
    assert name_of(report) == f"bank-{SINCE}-all"
    files = [write_plots(report, tmp_path, name) for name in ("one", "two")]
    assert [set(one) for one in files] == [{"reliability"}] * 2
    one, two = (found["reliability"].read_bytes() for found in files)
    assert one == two
    titles = {text.text for text in ET.fromstring(one).iter(f"{SVG}text")}  # noqa: S314
    assert {"huojia, first 3", "huojia, all candidates"} <= titles
