"""Nothing that lies at the split or after it reaches a model, whatever it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.evaluation.known import Known
from recommender.training_data import Floats
from service.evaluation.asked import Asked
from service.evaluation.contenders import Menu
from service.evaluation.huojia import Huojia
from service.evaluation.reading import read_journal
from service.evaluation.request import Request
from tests.unit.service.evaluation.folders import SINCE, UNTIL, drawn

SNAPSHOTS = "customer_id,as_of,product_id\nc00,2024-02-01,p1\nc00,2024-03-01,p1\nc01,2024-03-01,p2\n{}"
HOLDINGS = "customer_id,product_id,opened_at,closed_at\nc02,p3,2024-01-01,2024-01-20\nc03,p3,2024-01-01,{}\n{}"
PAST_OPEN = HOLDINGS.format("", "")
FUTURE_CLOSED = HOLDINGS.format("2024-03-01", "c04,p5,2024-03-01,\n")
ELIGIBILITY = "customer_id,as_of,product_id\nc00,2024-02-01,p1\n{}"
KINDS = {
    "events": ({}, {}),
    "snapshots": (
        {"snapshots": SNAPSHOTS.format("")},
        {"snapshots": SNAPSHOTS.format("c05,2024-03-02,p7\n")},
    ),
    "holdings": ({"holdings": PAST_OPEN}, {"holdings": FUTURE_CLOSED}),
    "eligibility": (
        {"eligibility": ELIGIBILITY.format("")},
        {"eligibility": ELIGIBILITY.format("c05,2024-03-05,p7\n")},
    ),
}


def scores(path: Path) -> dict[str, Floats]:
    """What every model says of every customer."""
    request = Request.of(path, since=SINCE, until=UNTIL, k=3)
    asked = Asked(request, read_journal(path))
    before = asked.split.before
    menu = Menu(before, "all", 0)
    fits = dict(menu.fixed())
    fits |= {f"{one.name} {name}": fit for one in menu.tunable() for name, fit in list(one.fits.items())[:1]}
    fits["huojia"] = Huojia(asked.journal)
    everybody = np.arange(80)
    return {name: fit(Known(before, request.start))(everybody) for name, fit in fits.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_another_future_leaves_every_score_as_it_was(kind: str, tmp_path: Path) -> None:
    now, later = KINDS[kind]
    one = scores(drawn(tmp_path / "one", future=1, files=now))
    other = scores(drawn(tmp_path / "other", future=2, files=later))
    assert set(one) == set(other)
    for name, found in one.items():
        assert np.array_equal(found, other[name]), name


def test_the_futures_do_differ(tmp_path: Path) -> None:
    truths = []
    for future in (1, 2):
        path = drawn(tmp_path / str(future), future=future)
        request = Request.of(path, since=SINCE, until=UNTIL, k=3)
        truths.append(Asked(request, read_journal(path)).split.rankings.truth.toarray())
    assert truths[0].shape != truths[1].shape or not np.array_equal(*truths)
