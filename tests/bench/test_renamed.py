"""A copy of a data set in which everything has another name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from service.evaluation.benchmarks import Benchmark
from service.evaluation.reading import read_journal
from tests.bench import renamed as module
from tests.bench.renamed import main, renamed
from tests.unit.service.evaluation.folders import SINCE, UNTIL, drawn, folder

OPTIONS = (("from", SINCE), ("until", UNTIL), ("k", "3"), ("task", "all"))


def test_no_name_is_kept_and_what_belongs_together_still_does(tmp_path: Path) -> None:
    source = folder(tmp_path / "bank", test_customers="customer_id\nc1\nc2\n")
    copy = renamed(source, tmp_path)
    one, other = read_journal(source), read_journal(copy)
    assert other.name != "bank"
    assert not {*one.customers, *one.products, *one.categories} & {
        *other.customers,
        *other.products,
        *other.categories,
    }
    for found in (one, other):
        assert found.test_customers is not None
        assert len(found.test_customers) == 2
    assert sorted(other.events.time) == sorted(one.events.time)
    assert np.flatnonzero(other.events.undone >= 0).size == 1
    for found in (one, other):
        twice = np.bincount(found.events.customer, minlength=4)
        assert sorted(twice) == [1, 2, 2, 4]


def test_the_same_seed_gives_the_same_names_and_another_seed_others(tmp_path: Path) -> None:
    source = folder(tmp_path / "bank")
    places = [tmp_path / str(place) for place in range(3)]
    for place in places:
        place.mkdir()
    names = [renamed(source, place, seed).name for place, seed in zip(places, (0, 0, 1), strict=True)]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(("most", "code"), [(1.0, 0), (-1.0, 1)])
def test_the_exit_code_says_whether_a_figure_moved(
    most: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "BENCHMARKS", (Benchmark("bank", "Drawn.", "By chance.", (OPTIONS,)),))
    monkeypatch.setattr(module, "MOST", most)
    drawn(tmp_path / "bank")
    assert main([str(tmp_path)]) == code
    assert "largest difference" in capsys.readouterr().out


def test_a_folder_without_a_data_set_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as raised:
        main([str(tmp_path), "santander"])
    assert raised.value.code == 2
