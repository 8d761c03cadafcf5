"""PostgreSQL hangs, comes back, crashes and starts again under 50 shelves a second, once at a small size."""

from __future__ import annotations

import pytest

from tests.faults.database_outage import Size, bank_of, measure

SMALL = Size(customers=200, products=120, fault_s=3.0, settle_s=2.5)
# What hangs on how fast this machine is at the moment is reported by the command, not judged here.
OF_SPEED = ("p50 ", "p99 ", "slowest ", "personal of those", "last marked")


@pytest.mark.slow
def test_shelves_stay_lawful_and_marked_and_no_acknowledged_event_is_lost() -> None:
    with bank_of(SMALL) as bank:
        checks = measure(bank, SMALL)
    print(*checks, sep="\n")  # noqa: T201 - the figures are what this test is for
    judged = [check for check in checks if not check.name.startswith(OF_SPEED)]
    assert len(judged) > 20
    assert [str(check) for check in judged if not check.passed] == []
