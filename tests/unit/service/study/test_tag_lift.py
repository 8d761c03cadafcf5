from __future__ import annotations

import numpy as np
import orjson
import pytest

from recommender.artifact import Artifact
from recommender.ranker import LISTING
from recommender.training_data import TrainingData
from service.study import tag_lift as module
from service.study.orders import ORDERS, POPULARITY
from service.study.tag_lift import ERRORS, STRANGE, WITH, WITHOUT, WRONG, Judged, QualityDrop, TagLift, judge
from tests.unit.service.study.truth import small, trained

HOLDINGS = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 9.0])


def by_hand() -> Judged:
    """Tags add .3, .2, .2, .1, 0; wrong ones cost the weighted ranker .1 and the other one .2; the last has no gain."""
    lift = np.array([0.3, 0.2, 0.2, 0.1, 0.0, np.nan])
    plain = np.full(6, 0.5)
    gains = {
        WITH: plain + lift,
        WITHOUT: plain,
        POPULARITY: plain - 0.25,
        STRANGE: plain,
    }
    loses = {
        "weighted": (0.1, 0.2),
        "not weighted": (0.15, 0.6),
        "quality of before": (0.15, 0.4),
        "unweighted": (0.2, 0.5),
        "unweighted, leaning alike": (0.4, 0.6),
        "wrong ones silenced": (0.05, 0.05),
    }
    for model, (plainly, freshly) in loses.items():
        gains[model] = plain + lift
        gains |= {f"{model}, {kind}": plain + lift - (plainly if kind == WRONG else freshly) for kind in ERRORS}
    return Judged(HOLDINGS, dict.fromkeys(ORDERS, gains))


def test_lifts_are_by_how_much_customers_hold() -> None:
    found = {row.group: row for row in by_hand().lifts() if row.order == LISTING}
    lifts = {group: row.differences["with tags - without tags"].mean for group, row in found.items()}
    assert lifts == pytest.approx({"all": 0.16, "0": 0.3, "1-2": 0.2, "3-5": 0.1, "6+": 0.0})
    assert [found[group].customers for group in found] == [5, 1, 2, 1, 1]
    assert found["all"].differences["without tags - popularity"].low == pytest.approx(0.25)
    assert found["all"].ndcg[STRANGE] == pytest.approx(0.5)


def test_what_quality_saves_is_the_difference_of_the_losses() -> None:
    row = by_hand().losses()[0]
    assert row.differences["saved against unweighted"] == pytest.approx((0.1, 0.1, 0.1))
    assert {name: round(one.mean, 3) for name, one in row.differences.items()} == {
        "weighted": -0.1,
        "not weighted": -0.15,
        "unweighted": -0.2,
        "unweighted, leaning alike": -0.4,
        "quality of before": -0.15,
        "wrong ones silenced": -0.05,
        "saved against not weighted": 0.05,
        "saved against unweighted": 0.1,
        "saved against unweighted, leaning alike": 0.3,
        "saved against quality of before": 0.05,
        "saved against wrong ones silenced": -0.05,
        "recovered": 0.333,  # of .15 that the same model loses with every tag in full, .05
        "recovered by silencing": 0.667,
    }
    fresh = next(one for one in by_hand().losses() if one.order == "listing, exchanged, fresh")
    assert fresh.differences["saved against unweighted"].mean == pytest.approx(0.3)


def test_banks_are_judged_together_and_each_by_itself() -> None:
    both = TagLift((1, 2), (by_hand(), by_hand()), (QualityDrop(0.5, 0.2, 0.5, 0.4),) * 2)
    told = orjson.loads(orjson.dumps(both.document()))
    assert told["customers"] == [6, 6]
    assert told["lifts"][0]["customers"] == 10
    assert told["by_seed"]["2"]["lifts"][0]["customers"] == 5
    assert told["by_seed"]["2"]["quality"]["wrong_after"] == 0.2


def test_every_model_is_judged_on_the_customers_who_have_a_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    bank, learnt = small(), []

    def fit(data: TrainingData) -> Artifact:
        learnt.append(data)
        return trained()

    monkeypatch.setattr(module, "fit", fit)
    judged, drop = judge(bank, 1, 0.5)
    assert len(learnt) == 4  # with tags, without, with those of others, unweighted
    assert len(judged.holdings) == bank.judged.sum()
    for gains in judged.gains.values():
        assert set(gains) == set(by_hand().gains[LISTING])
    assert drop.wrong_before == 0.5
    rows = judged.lifts()
    assert rows[0].customers == bank.judged.sum()
    assert all(0 < value < 1 for value in rows[0].ndcg.values())
