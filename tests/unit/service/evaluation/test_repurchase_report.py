"""A reading of a data set as JSON and as tables."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from service.errors import Refused
from service.evaluation.journal import Journal
from service.evaluation.repurchase import carried
from service.evaluation.repurchase_report import RepurchaseReport
from service.evaluation.tag_benchmarks import TAG_BENCHMARKS, TagBenchmark
from tests.unit.service.evaluation.past_and_future import histories, planted


@pytest.fixture(scope="module")
def report() -> RepurchaseReport:
    history = planted(21, customers=600)
    return RepurchaseReport("drawn", "day 1000", history, carried(history), everyone=True)


def test_every_table_has_a_line_for_all_that_is_told_and_cells_for_all_heads(report: RepurchaseReport) -> None:
    titles = []
    for title, heads, lines in report.tables():
        titles.append(title)
        assert lines
        assert all(len(line) == len(heads) for line in lines)
    assert all(title.startswith("drawn: ") for title in titles)
    assert len(set(titles)) == 5


def test_the_document_says_what_it_counts(report: RepurchaseReport) -> None:
    told = orjson.loads(orjson.dumps(report.as_dict()))
    history = report.histories
    assert told["occasions"] == {"first": int((~history.later).sum()), "held_back": int(history.later.sum())}
    assert {one["carriers"] for one in told["orders"]} == {"with evidence", "active later", "all"}
    assert {one["of"] for one in told["calibration"]} >= {"expected", "ratio", "once"}
    assert sum(one["carriers"] for one in told["tags"]) == len(report.carried.tag)
    assert [one["active"] for one in told["tags"]] == sorted((one["active"] for one in told["tags"]), reverse=True)


def test_a_tag_row_counts_its_own_carriers(report: RepurchaseReport) -> None:
    row = next(one for one in report.tags if one.tag == "c0")
    own = report.carried.where(report.carried.tag == 0)
    lively = own.where(own.later > 0)
    assert (row.carriers, row.active) == (len(own.tag), len(lively.tag))
    assert (row.evidence, row.hit) == (int((lively.n > 0).sum()), int((lively.hits > 0).sum()))
    assert row.share == pytest.approx(lively.later_hits.sum() / lively.later.sum())
    assert row.base == pytest.approx(float((report.histories.category[~report.histories.later] == 0).mean()))


def test_carriers_of_whom_nothing_followed_are_told_without_figures() -> None:
    history = histories(np.array([0, 1]), np.array([0, 1]), np.array([1, 1_000]), tags=1, customers=2)
    found = RepurchaseReport("quiet", "day 1000", history, carried(history), everyone=False)
    assert [line[:3] for line in found.tables()[4][2]] == [("all", "1", "0"), ("c0", "1", "0")]
    assert found.note().startswith("P(θ > θ0) itself: 0 of 0 carriers")
    assert orjson.loads(orjson.dumps(found.as_dict()))["calibration"] == []


@pytest.mark.parametrize("benchmark", TAG_BENCHMARKS, ids=lambda one: f"{one.folder}-{one.reading}")
def test_a_set_without_purchases_is_refused(benchmark: TagBenchmark) -> None:
    with pytest.raises(Refused, match=f"{benchmark.folder}: nothing bought before"):
        benchmark.histories(Journal("empty", (), ("p",), np.zeros(1, np.int64), {"c": 0}))
