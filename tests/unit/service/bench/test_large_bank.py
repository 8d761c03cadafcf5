"""The bank that training is measured on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from service.bench.large_bank import EVENTS_EACH, Size, write_bank
from service.evaluation.reading import read_journal

SIZE = Size(2_000, 80)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_read_whole_and_looks_like_a_bank(tmp_path: Path) -> None:
    rows = write_bank(tmp_path, SIZE)
    journal = read_journal(tmp_path)
    assert not any("left out" in note for note in journal.notes)
    assert len(journal.customers) == SIZE.customers
    assert len(journal.products) == SIZE.products
    assert len(journal.events.customer) == rows["events"]
    assert 0.9 < rows["events"] / SIZE.customers / EVENTS_EACH < 1.1
    assert 1.5 < rows["holdings"] / SIZE.customers < 3.0
    assert (journal.spells.closed >= 0).any()
    assert (journal.spells.matures >= 0).any()
    sold = np.sort(np.bincount(journal.events.item, minlength=SIZE.products))[::-1]
    assert sold[: SIZE.products // 10].sum() > 0.3 * sold.sum()


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        write_bank(tmp_path / name, SIZE._replace(seed=seed))
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert files(tmp_path / "one") != files(tmp_path / "other")
