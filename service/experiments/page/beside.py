"""What the page shows besides the results: the sample ratio's evidence by day, and who was put into an arm by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service.calendar import DAY_US
from service.experiments.results.checks import Epoch, srm_of
from service.experiments.results.units import Units
from service.experiments.spec import Override, Spec


class Beside(NamedTuple):
    """`evidence`: ln Bayes factor of the sample ratio at the end of each day since the start, none before two days."""

    evidence: Sequence[tuple[int, float]] = ()
    overrides: Sequence[Override] = ()


def evidence(units: Units, spec: Spec, epochs: Sequence[Epoch], as_of_us: int) -> list[tuple[int, float]]:
    """ln Bayes factor by day since the first epoch, of the very customers whom the experiment's health counts."""
    started_us = epochs[0].since_us
    told = []
    for day in range(1, -(-(as_of_us - started_us) // DAY_US) + 1):
        inside = units.first_us < min(started_us + day * DAY_US, as_of_us)
        value = srm_of(units, spec, epochs, inside).log_bayes_factor if inside.any() else None
        told += [] if value is None else [(day, value)]
    return told
