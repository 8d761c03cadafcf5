"""The exploration slot."""

from __future__ import annotations

from collections import Counter
from math import exp, log
from typing import Any

import pytest

from shelf_rules.arrange import levels
from shelf_rules.arrangement.explore import explore
from shelf_rules.policy_rules import Exploration
from shelf_rules.slate import Slate
from tests.factories import make_product
from tests.unit.shelf_rules.arrangement.slates import make_policy, make_slate

CODES = ("fund.bond", "fund.mixed", "fund.index", "wealth.mixed", "pay.bill", "pay.fx", "svc.rights", "gold.accum")
STEPS = levels(("spread", "category_cap"))[0]
SCORES = (0.9, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def make_drawn(seed: int, placed: int = 2, **arrangement: Any) -> Slate:
    products = [make_product(code, code, risk_issuer=1) for code in CODES]
    slate = make_slate(*products, ranked={"transferable": SCORES}, seed=seed, policy=make_policy(**arrangement))
    for row in range(placed):
        slate.place(row, "transferable")
    explore(slate, STEPS)
    return slate


def expected(
    scores: tuple[float, ...], eps: float = 0.1, floor: float = 0.002, temperature: float = 1.0
) -> list[float]:
    weights = [exp(log(score / (1 - score)) / temperature) for score in scores]
    spent = eps - len(scores) * floor
    chances = [floor + spent * weight / sum(weights) for weight in weights]
    return [chances[0] + 1 - eps, *chances[1:]]


def test_the_last_slot_states_the_probability_of_what_it_shows() -> None:
    chances = dict(zip(range(1, 8), expected(SCORES[1:]), strict=True))
    for seed in range(300):
        slate = make_drawn(seed)
        first, last = slate.rows["transferable"]
        assert first == 0
        assert slate.draws[last].propensity == pytest.approx(chances[last], abs=1e-12)
        assert slate.draws[last].explored == (last != 1)
        assert list(slate.draws) == [last]


def test_what_is_drawn_is_drawn_as_often_as_it_says() -> None:
    times = 4_000
    seen = Counter(
        make_drawn(seed, drawn=Exploration(1, 0.5), explore_floor=0.02).rows["transferable"][1] for seed in range(times)
    )
    for row, chance in enumerate(expected(SCORES[1:], 0.5, 0.02), start=1):
        assert seen[row] / times == pytest.approx(chance, abs=4 * (chance * (1 - chance) / times) ** 0.5)


@pytest.mark.parametrize("temperature", [0.3, 3.0])
def test_the_temperature_sharpens_or_flattens_the_draw(temperature: float) -> None:
    slate = make_drawn(1, explore_temperature=temperature)
    last = slate.rows["transferable"][1]
    assert slate.draws[last].propensity == pytest.approx(expected(SCORES[1:], temperature=temperature)[last - 1])


def test_the_floors_take_at_most_half_of_epsilon() -> None:
    drawn = {
        make_drawn(seed, drawn=Exploration(1, 0.2), explore_floor=0.05).rows["transferable"][1] for seed in range(400)
    }
    assert drawn == {1, 2}


def test_without_epsilon_the_best_stands_with_certainty() -> None:
    slate = make_drawn(3, drawn=Exploration(1, 0.0))
    assert slate.rows["transferable"] == [0, 1]
    assert slate.draws[1] == (1.0, False)


def test_no_slot_explores_where_the_policy_has_none() -> None:
    slate = make_drawn(3, drawn=Exploration(0))
    assert slate.rows["transferable"] == [0, 1]
    assert slate.draws == {}


def test_an_empty_tier_has_nothing_to_explore() -> None:
    assert make_drawn(3, placed=0).draws == {}


def test_what_breaks_a_constraint_is_never_drawn() -> None:
    for seed in range(200):
        products = [
            make_product("a", series_id="s"),
            make_product("b", "cash.mmf", series_id="s"),
            make_product("c", "svc.rights"),
        ]
        slate = make_slate(
            *products, ranked={"transferable": (0.9, 0.8, 0.7)}, seed=seed, policy=make_policy(Exploration(1, 0.5))
        )
        slate.place(0, "transferable")
        slate.place(2, "transferable")
        explore(slate, STEPS)
        assert slate.rows["transferable"] == [0, 2]
        assert slate.draws[2] == (pytest.approx(1.0), False)


def test_of_two_exploration_slots_the_second_depends_on_the_first() -> None:
    for seed in range(100):
        slate = make_drawn(seed, drawn=Exploration(2, 0.5))
        first, second = slate.rows["transferable"]
        left = tuple(score for row, score in enumerate(SCORES) if row != first)
        rows = [row for row in range(len(SCORES)) if row != first]
        assert slate.draws[first].propensity == pytest.approx(expected(SCORES, 0.5)[first])
        assert slate.draws[second].propensity == pytest.approx(expected(left, 0.5)[rows.index(second)])


def test_the_same_seed_draws_the_same() -> None:
    assert make_drawn(5).rows == make_drawn(5).rows
    assert make_drawn(5).draws == make_drawn(5).draws


def test_a_drawn_slot_tells_what_it_was_drawn_from() -> None:
    slate = make_drawn(5)
    (draw,) = slate.drawn
    assert (draw.tier, draw.slot, draw.row) == ("transferable", 2, slate.rows["transferable"][-1])
    assert draw.rows == tuple(range(1, 8))
    assert draw.chances == pytest.approx(expected(SCORES[1:]))
    assert draw.chances[draw.rows.index(draw.row)] == slate.draws[draw.row].propensity


def test_what_is_given_stands_there_with_the_chance_of_its_draw() -> None:
    steps, both = STEPS, Exploration(2, 0.5)
    free = make_drawn(3, placed=3, drawn=both, explore_floor=0.02)
    given = {("transferable", 2): 6, ("transferable", 3): 4}
    products = [make_product(code, code, risk_issuer=1) for code in CODES]
    policy = make_policy(drawn=both, explore_floor=0.02)
    slate = make_slate(*products, ranked={"transferable": SCORES}, seed=3, policy=policy)
    slate.given = given
    for row in range(3):
        slate.place(row, "transferable")
    explore(slate, steps)
    assert slate.rows["transferable"] == [0, 6, 4]
    first, second = slate.drawn
    assert (first.rows, first.chances) == (free.drawn[0].rows, free.drawn[0].chances)
    assert second.rows == (1, 2, 3, 4, 5, 7)  # what is left once the given card stands
    assert [slate.draws[row].propensity for row in (6, 4)] == [first.chances[5], second.chances[3]]


def test_what_could_not_be_drawn_cannot_be_given() -> None:
    slate = make_slate(
        *[make_product(code, code, risk_issuer=1) for code in CODES], ranked={"transferable": SCORES}, seed=3
    )
    slate.given = {("transferable", 2): 0}
    for row in range(2):
        slate.place(row, "transferable")
    explore(slate, STEPS)
    assert slate.rows["transferable"][0] == 0
    assert slate.rows["transferable"][1] == make_drawn(3).rows["transferable"][1]
