"""What the ranker is worth with histories cut short."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from recommender.evaluation.bootstrap import Bootstrap
from recommender.evaluation.known import Known as Before
from recommender.training_data import Bools, Floats, Ints
from service.evaluation.asked import Asked
from service.evaluation.contenders import Menu
from service.evaluation.evidence import Against, evidence
from service.evaluation.huojia import Huojia, Listing
from service.evaluation.reading import read_journal
from service.evaluation.request import Request
from service.jobs.evaluate import evaluate
from service.progress import silent
from tests.unit.service.evaluation.folders import SINCE, UNTIL, drawn


@dataclass(frozen=True)
class Cut:
    """A ranking by what is kept of the histories, to stand for a trained one."""

    scores: dict[int | None, Floats]
    newest: int | None = None

    def __call__(self, customers: Ints, _eligible: Bools | None = None, /) -> Floats:
        return np.tile(self.scores.get(self.newest, self.scores[None]), (len(customers), 1))


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    path = drawn(tmp_path / "bank")
    return Asked(Request.of(path, since=SINCE, until=UNTIL, k=3, evidence=True), read_journal(path))


@pytest.mark.parametrize(
    ("mean", "high", "below"),
    [(-0.004, -0.001, False), (-0.006, 0.001, False), (-0.006, -0.001, True), (0.1, 0.2, False)],
)
def test_a_loss_counts_beyond_half_a_per_cent_of_popularity_and_if_it_is_no_chance(
    mean: float, high: float, below: bool
) -> None:
    assert Against(0.0, 1.0, "popularity", Bootstrap(mean, -1.0, high)).below is below


def test_each_number_of_events_is_compared_with_the_better_popularity(asked: Asked) -> None:
    study, menu = asked.study, Menu(asked.split.before, "all", 0)
    fits = menu.fixed()
    counts = study.known.popularity
    plain = {
        "popularity": study.measure(fits["popularity"](study.known)).measures,
        "upside down": study.measure(Cut({None: -counts})).measures,
    }
    points = list(evidence(study, cast(Listing, Cut({None: counts, 0: -counts})), plain, 0, silent))
    assert [point.events for point in points] == [0, 1, 3, 5, 10, 20, None]
    assert [point.below for point in points] == [True] + [False] * 6
    assert {one.to for point in points for one in point.against.values()} == {"popularity"}
    assert all(one.difference == (0, 0, 0) for one in points[-1].against.values())


def test_whole_histories_give_the_figures_of_the_table_and_no_history_one_list_for_all(asked: Asked) -> None:
    listing = cast(Listing, Huojia(asked.journal)(asked.study.known))
    nothing = Listing(listing.scorer, listing.data, newest=0)(np.arange(80))
    assert np.ptp(nothing, axis=0).max() == 0
    report = evaluate(
        Request.of(asked.request.folder, since=SINCE, until=UNTIL, k=3, models=("huojia",), evidence=True)
    )
    means = report.rows[0].outcome.measures.means()
    for name, one in report.evidence[-1].against.items():
        assert one.own == pytest.approx(means[name])


def test_the_same_events_kept_as_there_are_change_nothing(asked: Asked) -> None:
    listing = cast(Listing, Huojia(asked.journal)(Before(asked.split.before, asked.split.time)))
    most = Listing(listing.scorer, listing.data, newest=1_000)
    assert np.array_equal(most(np.arange(80)), listing(np.arange(80)))
