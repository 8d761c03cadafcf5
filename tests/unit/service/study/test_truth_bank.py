from __future__ import annotations

import numpy as np
import pytest

from service.progress import silent
from service.runtime import Runtime
from service.study import truth_bank as module
from service.study.truth_bank import truth_bank
from tests.sample_bank import SampleBank
from tests.unit.service.jobs.conftest import tag_bank, tagged

__all__ = ["tag_bank", "tagged"]


def test_a_bank_is_read_with_its_truth_as_of_its_last_day(
    tagged: Runtime, tag_bank: SampleBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MEASURED_DAYS", (60, 0))
    bank = truth_bank(tagged, tag_bank.source / "truth", silent)
    today = tagged.calendar.day(tagged.clock.now_us())
    assert bank.data.as_of == today - 1
    assert bank.data.tag_quality.days.tolist() == [today - 61, today - 1]
    assert bank.preference.shape == bank.free.shape == (bank.data.customers, len(bank.product_no))
    assert (bank.preference.max(axis=1) > 0).all()  # everybody prefers something
    assert not bank.free[~bank.judged].any()
    assert bank.free[bank.judged].any(axis=1).mean() > 0.9
    carried = np.zeros(bank.data.customers, np.bool_)
    carried[bank.carriers] = True
    assert carried[bank.data.tags.customer].all()  # the tags learnt from are those that quality is measured on
    assert bank.trusted.any()
    held = bank.holdings > 0
    assert held.any()
    assert not held.all()
