"""Tags assigned while the bank lives on: as right, as rare and as copied as their providers are."""

from __future__ import annotations

import numpy as np
import pytest

from service.simulate.chance import dice
from service.simulate.live import providing
from service.simulate.live.growth import grow
from service.simulate.live.providing import Providers, whole_history
from service.simulate.period import DAY
from tests.unit.service.simulate.live.pretending import bank


@pytest.fixture(scope="module")
def assigned() -> Providers:
    """Twelve weeks of assignments at ten times the usual pace."""
    small, roll = bank(), dice(1, "providers")
    providers = Providers(small)
    begin = small.period.as_of
    grow(small, 12)
    providers.grow(small)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(providing, "RENEWED", 0.2)
        for week in range(12):
            providers.assign(small, roll, begin + 7 * DAY * week)
    return providers


def test_nobody_is_assigned_a_tag_that_they_carry(assigned: Providers) -> None:
    for number, pieces in enumerate(assigned.history):
        live = np.concatenate([one.customer for one in pieces[1:]]) if len(pieces) > 1 else np.zeros(0)
        assert live.size == np.unique(live).size
        assert assigned.carried[live.astype(int), number].all()


def test_later_assignments_are_about_as_right_as_the_first_ones(assigned: Providers) -> None:
    pairs = [
        (whole_history(pieces[1:]).true.mean(), tag.precision)
        for tag, pieces in zip(assigned.tags, assigned.history, strict=True)
        if tag.categories and not tag.of and sum(one.customer.size for one in pieces[1:]) > 40
    ]
    assert len(pairs) > 10
    measured, planned = np.array(pairs).T
    assert np.corrcoef(measured, planned)[0, 1] > 0.8


def test_tags_that_claim_nothing_are_not_assigned_anew(assigned: Providers) -> None:
    plain = [pieces for tag, pieces in zip(assigned.tags, assigned.history, strict=True) if not tag.categories]
    assert plain
    assert all(len(pieces) == 1 for pieces in plain)


def test_a_copied_tag_takes_customers_over_from_its_source(assigned: Providers) -> None:
    place = {tag.tag: number for number, tag in enumerate(assigned.tags)}
    most = max((tag for tag in assigned.tags if tag.of), key=lambda tag: tag.copied)
    source = whole_history(assigned.history[place[most.of]][1:]).customer
    copy = whole_history(assigned.history[place[most.tag]][1:]).customer
    assert source.size
    assert np.isin(source, copy).mean() > 0.4
