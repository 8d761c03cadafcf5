"""The BG/NBD fit."""

from __future__ import annotations

import numpy as np
from scipy.optimize import check_grad

from recommender.bgnbd import fit_bgnbd, negative_log_likelihood

TRUE = np.array([0.8, 120.0, 0.6, 2.5])


def simulated(customers: int = 4_000, seed: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Repeats, time of the last one, age in days, and who is alive at the end, under the model itself."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = TRUE
    rate, leave = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    age = rng.integers(200, 900, customers)
    repeats, last = np.zeros(customers, np.int64), np.zeros(customers)
    alive = np.ones(customers, np.bool_)  # nobody drops out before the first repeat
    clock = rng.exponential(1 / rate)
    while (going := alive & (clock < age)).any():
        repeats[going] += 1
        last[going] = clock[going]
        alive[going] = rng.random(going.sum()) >= leave[going]
        clock = np.where(going, clock + rng.exponential(1 / rate), clock)
    return repeats, np.ceil(last).astype(np.int64), age, alive


def test_the_gradient_is_that_of_the_likelihood() -> None:
    rng = np.random.default_rng(0)
    x = np.array([0.0, 1.0, 2.0, 7.0])
    last, age, count = np.array([0.0, 0.3, 0.5, 0.9]), np.array([0.2, 0.8, 0.9, 1.0]), np.array([5.0, 2.0, 1.0, 3.0])
    for _ in range(5):
        error = check_grad(
            lambda logs: negative_log_likelihood(logs, x, last, age, count)[0],
            lambda logs: negative_log_likelihood(logs, x, last, age, count)[1],
            rng.normal(0, 1, 4),
        )
        assert error < 1e-5


def test_the_fit_tells_who_is_still_alive() -> None:
    repeats, last, age, alive = simulated()
    r, alpha, a, b = fit_bgnbd(repeats, last, age)
    odds = a / (b + repeats - 1) * ((alpha + age) / (alpha + last)) ** (r + repeats)
    again = repeats > 0
    chance = 1 / (1 + odds[again])
    order = np.argsort(chance)
    for group in np.array_split(order, 4):
        assert abs(chance[group].mean() - alive[again][group].mean()) < 0.05


def test_the_fit_is_near_the_truth() -> None:
    repeats, last, age, _ = simulated(20_000)
    fitted = fit_bgnbd(repeats, last, age)
    assert np.abs(np.log(fitted / TRUE)).max() < 0.35


def test_too_few_customers_who_came_back_give_no_fit() -> None:
    repeats, last, age, _ = simulated(250)
    assert np.count_nonzero(repeats) < 200
    assert np.isnan(fit_bgnbd(repeats, last, age)).all()


def test_the_order_of_the_customers_does_not_matter() -> None:
    repeats, last, age, _ = simulated(1_000)
    order = np.random.default_rng(1).permutation(1_000)
    assert fit_bgnbd(repeats, last, age).tolist() == fit_bgnbd(repeats[order], last[order], age[order]).tolist()
