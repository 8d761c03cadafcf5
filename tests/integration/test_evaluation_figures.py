"""The baselines give the published figures of the public data sets, which do not come with the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.evaluation.request import Request
from service.jobs.evaluate import evaluate

DATA = Path(__file__).parents[3] / "shared" / "data"
MEASURES = ("hr1", "hr", "map", "ndcg", "mrr", "recall")
SANTANDER = {"since": "2016-04-01", "until": "2016-05-01", "k": 7}
FIRST = {"since": "2020-07-22T14:45:00", "until": "2020-08-27", "k": 3}
SECOND = {"since": "2020-08-13", "until": "2020-08-27", "k": 3}
# HR@1, HR@k, MAP@k, nDCG@k, MRR, Recall@k, coverage@k
TABLES = [
    (
        "santander", SANTANDER, "all", 26_736,
        {
            "popularity": (0.3665, 0.9305, 0.5463, 0.6428, 0.5501, 0.9252, 0.2917),
            "popularity_60d": (0.3665, 0.9305, 0.5292, 0.6270, 0.5343, 0.9252, 0.2917),
            "popularity_held_last": (0.4581, 0.9564, 0.6511, 0.7288, 0.6512, 0.9519, 0.8750),
            "personal_frequency": (0.3584, 0.9160, 0.5419, 0.6360, 0.5470, 0.9103, 0.7083),
            "item_item_held_last": (0.5863, 0.9443, 0.7197, 0.7765, 0.7317, 0.9368, 0.8750),
            "ease_held_last": (0.5327, 0.9437, 0.6864, 0.7517, 0.7046, 0.9261, 1.0000),
            "ridge": (0.6732, 0.9489, 0.7754, 0.8196, 0.7818, 0.9452, 0.7917),
        },
    ),
    (
        "santander", SANTANDER, "first_time", 22_426,
        {
            "popularity": (0.4139, 0.9509, 0.6222, 0.7055, 0.6215, 0.9462, 0.7917),
            "popularity_60d": (0.4436, 0.9514, 0.5943, 0.6829, 0.6036, 0.9466, 0.7917),
            "item_item": (0.5558, 0.9361, 0.6981, 0.7582, 0.7110, 0.9272, 0.8750),
            "ridge": (0.6578, 0.9643, 0.7701, 0.8194, 0.7744, 0.9612, 0.9583),
        },
    ),
    (
        "santander", SANTANDER, "not_held", 26_736,
        {
            "personal_frequency": (0.4798, 0.9568, 0.6634, 0.7381, 0.6641, 0.9524, 0.8750),
            "ridge": (0.6768, 0.9679, 0.7848, 0.8314, 0.7889, 0.9648, 0.9583),
        },
    ),
    (
        "insurance", FIRST, "all", 2_745,
        {
            "popularity": (0.3825, 0.6747, 0.4849, 0.5308, 0.5577, 0.6449, 0.6250),
            "popularity_60d": (0.3832, 0.6743, 0.4969, 0.5400, 0.5675, 0.6445, 0.5625),
            "personal_frequency": (0.3723, 0.6740, 0.4799, 0.5269, 0.5528, 0.6441, 0.8125),
            "item_item": (0.3668, 0.6587, 0.4707, 0.5161, 0.5472, 0.6279, 0.8750),
            "ease": (0.3672, 0.6557, 0.4691, 0.5142, 0.5454, 0.6244, 0.7500),
            "ridge": (0.3829, 0.6834, 0.4892, 0.5360, 0.5611, 0.6515, 0.7500),
        },
    ),
    (
        "insurance", SECOND, "all", 1_054,
        {
            "popularity": (0.3909, 0.6556, 0.4842, 0.5254, 0.5605, 0.6246, 0.5625),
            "popularity_60d": (0.3909, 0.6622, 0.4932, 0.5334, 0.5671, 0.6289, 0.5000),
            "bought_when_eligible": (0.3918, 0.7182, 0.5169, 0.5651, 0.5826, 0.6838, 0.6875),
            "personal_frequency": (0.3805, 0.6575, 0.4797, 0.5226, 0.5560, 0.6265, 0.6875),
            "ease": (0.3767, 0.6385, 0.4691, 0.5100, 0.5490, 0.6064, 0.6875),
            "ridge": (0.3918, 0.6660, 0.4886, 0.5311, 0.5641, 0.6327, 0.6250),
        },
    ),
    (
        "tafeng", {"since": "", "until": "", "protocol": "basket", "k": 10}, "repeat", 1_143,
        {
            "popularity": (0.2038, 0.7227, 0.2591, 0.3590, 0.3577, 0.5707, 0.1611),
            "personal_frequency": (0.2756, 0.7804, 0.3261, 0.4303, 0.4310, 0.6375, 0.2234),
        },
    ),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "task", "rankings", "expected"), TABLES)
def test_baselines_agree_to_the_third_digit(
    name: str, options: dict[str, object], task: str, rankings: int, expected: dict[str, tuple[float, ...]]
) -> None:
    if not (DATA / name).is_dir():
        pytest.skip("the data sets are not here")
    request = Request.of(DATA / name, **{"task": task, "models": tuple(expected), **options})  # type: ignore[arg-type]
    report = evaluate(request)
    assert report.rankings == rankings
    found = {row.contender.row: row.outcome for row in report.rows}
    for model, figures in expected.items():
        means = found[model].measures.means()
        measured = [*(means[measure] for measure in MEASURES), found[model].coverage]
        assert measured == pytest.approx(figures, abs=6e-5), model
