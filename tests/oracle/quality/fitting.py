"""Priors fitted to many groups at once: a gamma of rates and a beta of shares, by maximum likelihood."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from scipy.optimize import minimize, minimize_scalar, root
from scipy.special import betaln, gammaln, psi

Pairs = Sequence[tuple[float, float]]
SHAPES = (0.05, 50.0)  # of the gamma
RATES = (0.05 * math.exp(-5), 50.0 * math.exp(5))  # in units of the mean time to an event
STRONGEST, WIDEST = 50.0, 12.0


def gamma_prior(pairs: Pairs) -> tuple[float, float]:
    """(shape, rate) of the gamma from (events, time); without any event as if half a one had been seen in all."""
    seen = Counter((events, time) for events, time in pairs if time > 0)
    total = sum(seen.values())
    events = sum(count * one[0] for one, count in seen.items())
    time = sum(count * one[1] for one, count in seen.items())
    if not events:
        return 1.0, 2.0 * time
    unit = time / events

    def loss(a: float, b: float) -> float:
        told = 0.0
        for (e, t), count in seen.items():
            told += count * (a * math.log(b) - (a + e) * math.log(b + t / unit) + gammaln(a + e) - gammaln(a))
        return -float(told) / total

    def best_rate(a: float) -> tuple[float, float]:
        bounds = math.log(RATES[0]), math.log(RATES[1])
        found = minimize_scalar(lambda log: loss(a, math.exp(log)), bounds=bounds, method="bounded",
                                options={"xatol": 1e-10})  # fmt: skip
        return float(found.fun), math.exp(found.x)

    bounds = math.log(SHAPES[0]), math.log(SHAPES[1])
    outer = minimize_scalar(lambda log: best_rate(math.exp(log))[0], bounds=bounds, method="bounded",
                            options={"xatol": 1e-9})  # fmt: skip
    a = min((SHAPES[0], math.exp(outer.x), SHAPES[1]), key=lambda shape: best_rate(shape)[0])
    return a, best_rate(a)[1] * unit


def beta_prior(pairs: Pairs) -> tuple[float, float]:
    """(a, b) of the beta from (hits, trials), trials above 0; a + b at most 50, the mean then kept."""
    seen = Counter((hits, trials) for hits, trials in pairs if trials > 0)
    total = sum(seen.values())

    def loss(logs: Sequence[float]) -> float:
        a, b = math.exp(logs[0]), math.exp(logs[1])
        none = betaln(a, b)
        return -sum(count * float(betaln(a + x, b + n - x) - none) for (x, n), count in seen.items()) / total

    def slopes(logs: Sequence[float]) -> list[float]:
        a, b = math.exp(logs[0]), math.exp(logs[1])
        of_a = of_b = 0.0
        for (x, n), count in seen.items():
            together = float(psi(a + b) - psi(a + b + n))
            of_a += count * a * (float(psi(a + x) - psi(a)) + together)
            of_b += count * b * (float(psi(b + n - x) - psi(b)) + together)
        return [-of_a / total, -of_b / total]

    bounds = [(-WIDEST, WIDEST)] * 2
    tight = {"ftol": 1e-15, "gtol": 1e-10}
    near = minimize(loss, (0.0, 1.0), jac=slopes, method="L-BFGS-B", bounds=bounds, options=tight).x
    level = root(slopes, near, tol=1e-13)  # the likelihood is so flat that its value alone does not tell the place
    inside = level.success and max(map(abs, level.x)) < WIDEST and loss(level.x) <= loss(near) + 1e-12
    a, b = (math.exp(log) for log in (level.x if inside else near))
    scale = min(1.0, STRONGEST / (a + b))
    return a * scale, b * scale
