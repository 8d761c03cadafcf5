"""The measurement of scale, on a small bank."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.bench.large_bank import Size
from service.bench.scale import measure
from service.commands.scaling import CUSTOMERS, PRODUCTS, show
from service.errors import Refused

SIZE = Size(600, 30)


def test_it_says_what_everything_took_and_that_a_process_with_two_threads_trains_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    report = measure(tmp_path, SIZE, ["huojia", "popularity"], said.append)
    assert len(said) == 4
    assert report["same_bytes"]
    assert [report["train"][name]["threads"] for name in ("1", "2")] == [1, 2]
    assert report["train"]["1"]["sha256"] == report["train"]["2"]["sha256"]
    assert set(report["evaluate"]["models"]) == {"huojia", "popularity"}
    for cost in (report["make"], report["evaluate"], report["train"]["1"]["cost"]):
        assert min(cost["wall_s"], cost["cpu_s"], cost["peak_gib"]) > 0
    parts = [report["evaluate"][name] for name in ("read_s", "train_s", "rank_s")]
    assert sum(parts) < report["evaluate"]["wall_s"]
    assert report["train"]["1"]["learnt_from"]["customers"] <= SIZE.customers
    assert report["train"]["1"]["sampled"]["fit"] > 0
    show(report)
    assert "480 s" not in capsys.readouterr().out, "a limit of the bank of the default size"
    show(report | {"size": Size(CUSTOMERS, PRODUCTS)._asdict()})
    assert "480 s" in capsys.readouterr().out


def test_a_part_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="evaluate"):
        measure(tmp_path, SIZE, ["nothing of that name"], lambda line: None)
