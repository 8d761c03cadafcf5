from __future__ import annotations

import random

from loadtest.arrivals import Arrivals


def test_a_slow_answer_does_not_slow_the_visits_down(chance: random.Random) -> None:
    clock = [0.0]
    arrivals = Arrivals(2.0, chance, lambda: clock[0])
    visits = late = 0
    while clock[0] < 1_000:
        wait = arrivals.wait()
        late += wait == 0.0
        clock[0] += wait + (5.0 if visits % 100 == 0 else 0.0)  # every hundredth answer takes as long as ten visits
        visits += 1
    assert 1_850 < visits < 2_150
    assert late > 100
