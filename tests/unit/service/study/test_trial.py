"""Experiments whose effect is known: a large one is found, none is not, and the number is the planner's own."""

from __future__ import annotations

import numpy as np

from recommender.inference.plan import sample_size
from service.keyed import Secrets
from service.simulate.trial.people import people_of
from service.study.trial import Summary, arms_of, experiment_of, live_often, planned_size, spec_of

KEYED = Secrets("secret", "unit")
SIZE = planned_size(0.3, 0.4, 3)


def test_a_trial_has_the_planners_number_of_customers() -> None:
    assert SIZE.customers == 2 * sample_size(0.3, 0.4).sequential_per_arm


def test_the_planted_effect_is_found_and_its_absence_is_not() -> None:
    planted = Summary.of(0.4, live_often(SIZE, 12, KEYED, 0.4))
    twin = Summary.of(0.0, live_often(SIZE, 12, KEYED, 0.0))
    assert planted.right >= 0.5
    assert planted.found == planted.right
    assert twin.found <= 0.1
    assert twin.true == 0.0
    assert min(planted.covered, twin.covered) >= 0.75
    assert planted.width < planted.sequence_width


def test_every_customer_is_in_an_arm_but_those_who_are_held_out() -> None:
    people = people_of(SIZE)
    layer, experiment = experiment_of(SIZE, spec_of(SIZE, SIZE.customers))
    arms = arms_of(people, layer, experiment, KEYED)
    assert set(arms.tolist()) == {0, 1}
    held = arms_of(people, layer, experiment, KEYED, 0.2)
    assert 0.1 < float((held < 0).mean()) < 0.3
    assert np.array_equal(held[held >= 0], arms[held >= 0])
