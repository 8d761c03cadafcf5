"""What is asked of an experiment over a running bank: its clock, secrets, cooling-off days and policy filled in."""

from __future__ import annotations

import numpy as np

from service.crediting import cancel_days
from service.experiments.results.whole import Asked
from service.runtime import Runtime


def asked_of(
    runtime: Runtime, as_of_us: int | None = None, *, mature_only: bool = True, untrusted: bool = False
) -> Asked:
    """The question as of a time, by default that of the service's clock; what comes later is not read."""
    categories = runtime.worlds.last().catalogue.categories
    days = cancel_days(categories, np.append(np.arange(len(categories)), -1))
    now_us = runtime.clock.now_us()
    until_us = now_us if as_of_us is None else min(as_of_us, now_us)
    unfit = runtime.worlds.last().running.unfit
    return Asked(until_us, mature_only, untrusted, runtime.keyed.unit_ref, tuple(int(one) for one in days), unfit)
