"""Event weights and the customers × products matrix."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.interactions import HalfLives, Items, event_weights, interactions, usual_amounts, usual_of
from recommender.profile.fold import Base, Happening, read_parts, refold
from recommender.profile.state import EVENT_KINDS, KIND
from recommender.scorer import Scorer
from recommender.train import TrainingSettings, fit
from recommender.training_data import Events
from tests.unit.recommender.bank import AS_OF, bank_of_tastes, events_of

HALF_LIFE = HalfLives().by_kind()


def weight_of(kind: str, age: int = 0, amount: int = -1, usual: float = np.nan) -> float:
    given = (np.array([value]) for value in (KIND[kind], age, amount))
    return float(event_weights(*given, np.array([usual]), HALF_LIFE)[0])


@pytest.mark.parametrize(
    ("kind", "weight"),
    [
        ("click", 0.1),
        ("list", 0.1),
        ("detail", 0.3),
        ("compare", 0.3),
        ("apply", 0.6),
        ("purchase", 1.0),
        ("top_up", 1.2),
        ("renewal", 1.2),
        ("impression", 0.0),
        ("served", 0.0),
        ("redeem", 0.0),
        ("dismiss", 0.0),
    ],
)
def test_a_kind_has_its_weight(kind: str, weight: float) -> None:
    assert weight_of(kind) == weight


def test_a_weight_halves_with_the_half_life_of_its_kind() -> None:
    assert weight_of("detail", age=90) == pytest.approx(0.15)
    assert weight_of("purchase", age=365) == pytest.approx(0.5)


def test_an_amount_counts_against_what_is_usual() -> None:
    assert weight_of("purchase", amount=99, usual=np.log1p(9)) == pytest.approx(2.0)


@pytest.mark.parametrize(("amount", "usual"), [(-1, 3.0), (0, 3.0), (50, np.nan)])
def test_an_unknown_amount_or_usual_amount_counts_one(amount: int, usual: float) -> None:
    assert weight_of("purchase", amount=amount, usual=usual) == 1.0


def test_what_lies_ahead_counts_nothing() -> None:
    assert weight_of("purchase", age=-1) == 0.0


def test_the_usual_amount_is_the_median_of_the_known_purchases() -> None:
    events = events_of([(0, 1, 0, 9, "purchase", amount) for amount in (9, 99, 999, -1)] + [(0, 1, 1, 9, "redeem", 5)])
    usual = usual_amounts(events, 2)
    assert usual[0] == pytest.approx(np.log(100))
    assert np.isnan(usual[1])


def test_items_map_product_numbers_to_rows_and_back() -> None:
    items = Items.of(events_of([(0, 8, 1, 1, "click", -1), (0, 3, 0, 1, "detail", -1), (0, 9, 0, 1, "impression", -1)]))
    assert items.product.tolist() == [3, 8]
    assert items.category.tolist() == [0, 1]
    assert items.rows(np.array([8, 3, 9, -1, 2, 100])).tolist() == [1, 0, -1, -1, -1, -1]
    assert Items.of(Events()).rows(np.array([1, 2])).tolist() == [-1, -1]


def test_the_matrix_sums_what_a_customer_did_with_a_product_up_to_the_day() -> None:
    rows = [
        (1, 3, 0, 10, "click", -1),
        (1, 3, 0, 10, "apply", -1),
        (0, 5, 0, 10, "click", -1),
        (1, 5, 0, 11, "click", -1),
    ]
    events = events_of(rows)
    items = Items.of(events)
    matrix = interactions(
        events, items, customers=3, today=10, usual=np.full(2, np.nan), half_lives=HalfLives()
    ).toarray()
    assert matrix == pytest.approx(np.array([[0, 0.1], [0.7, 0], [0, 0]]))


def test_weights_at_request_time_are_those_of_training() -> None:
    data = bank_of_tastes(customers=60, count=3_000)
    scorer = Scorer(fit(data, TrainingSettings(als_grid=())), np.arange(200))
    items = Items.of(data.events)
    usual = usual_of(items, usual_amounts(data.events, data.categories))
    matrix = interactions(
        data.events, items, customers=data.customers, today=AS_OF, usual=usual, half_lives=HalfLives()
    )
    for customer in range(data.customers):
        own = data.events.where(data.events.customer == customer)
        columns = (own.kind, own.product, own.category, own.day, own.amount)
        happenings = [
            Happening(day * 86_400_000_000, f"e{number}", kind, product, category, day, amount)
            for number, (kind, product, category, day, amount) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True)
            )
        ]
        state = read_parts(refold(Base(), happenings).encode())
        assert np.isin(state.events["kind"], range(len(EVENT_KINDS))).all()
        np.testing.assert_allclose(scorer.weights(state.events, AS_OF), matrix[[customer]].toarray()[0], rtol=1e-12)
