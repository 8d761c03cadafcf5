"""The job that measures the ranker and the baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recommender.evaluation.tuning import Tuning
from service.errors import Refused
from service.evaluation.memory import Memory
from service.evaluation.request import Request
from service.jobs.evaluate import evaluate
from tests.unit.service.evaluation.folders import SINCE, UNTIL, drawn, folder

QUICK = ("popularity", "personal_frequency")


def asked(path: Path, **options: Any) -> Request:
    return Request.of(path, **{"since": SINCE, "until": UNTIL, "k": 2, "models": QUICK, **options})


def measures(report: Any) -> dict[str, dict[str, float]]:
    return {row.contender.row: row.outcome.measures.means() for row in report.rows}


def test_the_figures_are_those_of_the_folder_by_hand(tmp_path: Path) -> None:
    # Before March p1 was bought three times, p2 never (cancelled), p3 never. c1 buys p2 (second), c2 p1 and p3.
    report = evaluate(asked(folder(tmp_path / "bank")))
    found = measures(report)["popularity"]
    assert (report.rankings, report.customers) == (2, 2)
    assert found["mrr"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["map"] == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert found["recall"] == pytest.approx((1 + 1 / 2) / 2)


def test_the_task_of_new_products_drops_what_was_bought_before(tmp_path: Path) -> None:
    report = evaluate(asked(folder(tmp_path / "bank"), task="first_time", models=("popularity",)))
    # c1 had p1, p2 is first of p2 and p3; c2 had p1, p3 is second of p2 and p3.
    assert measures(report)["popularity"]["mrr"] == pytest.approx(3 / 4)


def test_the_repeat_task_ranks_only_what_was_had(tmp_path: Path) -> None:
    report = evaluate(asked(folder(tmp_path / "bank"), task="repeat"))
    assert measures(report)["popularity"]["mrr"] == 1.0
    assert "1 rankings left out: what was bought is forbidden by task repeat" in report.notes


def test_what_is_held_is_no_candidate_of_not_held_and_goes_last_otherwise(tmp_path: Path) -> None:
    snapshots = "customer_id,as_of,product_id\nc1,2024-03-01,p1\nc2,2024-03-01,p3\n"
    path = folder(tmp_path / "bank", snapshots=snapshots)
    held = evaluate(asked(path, task="not_held", models=("popularity",)))
    assert measures(held)["popularity"]["mrr"] == 1.0
    everything = evaluate(asked(path, models=("popularity", "popularity_held_last")))
    assert [row.contender.row for row in everything.rows] == ["popularity", "popularity_held_last"]
    assert measures(everything)["popularity_held_last"]["hr1"] == 1.0


def test_the_last_baskets_of_the_test_customers_are_ranked(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "shop",
        events="",
        basket_order="customer_id,basket,product_id\na,0,p2\na,1,p2\na,2,p1\na,2,p2\nb,0,p1\nb,1,p1\nb,2,p1\n",
        test_customers="customer_id\na\n",
    )
    report = evaluate(asked(path, since="", until="", protocol="basket"))
    assert measures(report)["personal_frequency"]["map"] == 1.0
    assert measures(report)["popularity"]["hr1"] == 1.0


def test_the_purchase_is_the_unit_where_eligibility_has_its_time(tmp_path: Path) -> None:
    eligibility = "customer_id,as_of,product_id\nc1,2024-03-02,p2\nc2,2024-03-03,p1\nc2,2024-03-03,p2\n"
    report = evaluate(asked(folder(tmp_path / "bank", eligibility=eligibility)))
    assert measures(report)["popularity"]["hr1"] == 1.0
    assert "eligibility limits the candidates of 2 of 2 rankings" in report.notes
    assert "1 products were bought without being eligible: no model can find them" in report.notes


def test_every_baseline_is_in_the_table_and_the_difference_is_to_the_best_of_them(tmp_path: Path) -> None:
    report = evaluate(asked(drawn(tmp_path / "bank"), models=(), k=3))
    rows = {row["name"]: row for row in report.as_dict()["models"]}
    assert set(rows) == {
        "random", "popularity", "popularity_60d", "personal_frequency", "als_default", "als_tuned", "item_item", "ease",
        "ridge", "huojia",
    }  # fmt: skip
    assert [name for name, row in rows.items() if not row["is_baseline"]] == ["huojia"]
    assert [name for name, row in rows.items() if row["ece"] is not None] == ["huojia"]
    best = max((row["map"], name) for name, row in rows.items() if row["is_baseline"])[1]
    change = rows["huojia"]["difference"]["map"]
    assert change["to"] == best
    assert change["low"] <= change["mean"] <= change["high"]
    assert change["mean"] == pytest.approx(rows["huojia"]["map"] - rows[best]["map"])
    assert "bought_when_eligible left out: no eligibility before the split" in report.notes


def test_a_second_run_gives_the_same_figures_and_chooses_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(drawn(tmp_path / "bank"), models=("ease", "als_tuned", "random"))
    first = evaluate(request, cache=tmp_path / "cache")
    monkeypatch.setattr(Tuning, "maps", None)
    second = evaluate(request, cache=tmp_path / "cache")
    assert measures(first) == measures(second)
    with pytest.raises(TypeError):
        evaluate(request)


def test_another_past_is_tuned_on_anew_and_another_future_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    evaluate(asked(drawn(tmp_path / "one", seed=1, future=1), models=("ease",)), cache=cache)
    kept = set(cache.iterdir())
    evaluate(asked(drawn(tmp_path / "two", seed=1, future=2), models=("ease",)), cache=cache)
    assert set(cache.iterdir()) == kept
    evaluate(asked(drawn(tmp_path / "three", seed=2), models=("ease",)), cache=cache)
    assert len(set(cache.iterdir())) == 2


def test_a_spoilt_choice_is_made_again(tmp_path: Path) -> None:
    request = asked(drawn(tmp_path / "bank"), models=("ease",))
    first = evaluate(request, cache=tmp_path / "cache")
    for path in (tmp_path / "cache").iterdir():
        path.write_text('{"l2 10": ')
    assert measures(evaluate(request, cache=tmp_path / "cache")) == measures(first)


def test_a_memory_fits_each_model_once_for_all_tasks(tmp_path: Path) -> None:
    path, memory = drawn(tmp_path / "bank"), Memory()
    for task in ("all", "first_time"):
        evaluate(asked(path, task=task), memory=memory)
    assert len(memory.fitted) == len(QUICK)


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        ({"events": ""}, {}, "no purchase in it"),
        ({}, {"since": "2030-01-01", "until": "2030-02-01"}, "no test customers for task all from 2030-01-01"),
        ({}, {"task": "not_held"}, "nothing before --from says what customers hold"),
        ({}, {"models": ("best",)}, "--model best: must be among random, popularity"),
        ({}, {"since": "", "until": "", "protocol": "basket"}, "no basket_order file"),
        (
            {"basket_order": "customer_id,basket,product_id\na,0,p2\n"},
            {"since": "", "until": "", "protocol": "basket"},
            "no test_customers file",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_in_one_line(
    tmp_path: Path, files: dict[str, str], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match=message) as refused:
        evaluate(asked(folder(tmp_path / "bank", **files), **options))
    assert "\n" not in str(refused.value)
