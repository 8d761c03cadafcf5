"""Weighted logistic regression by Newton steps, and its calibration by two numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from recommender.evaluation.calibration_error import BINS, CalibrationError
from recommender.training_data import Bools, Floats

Rows = NDArray[np.float32]
STEPS, TOLERANCE = 60, 1e-6
_BLOCK = 1 << 16
_STEEPEST, _FARTHEST = 3.0, 30.0  # bounds of the logarithm of a calibration's slope, and of its shift


class Fitted(NamedTuple):
    """Weights by feature and the constant, for features as they come, and the penalty that they were fitted with."""

    weights: Floats
    constant: float
    l2: float = 0.0


def fit_logistic(
    rows: Rows, truth: Bools, weight: Floats, l2: float, start: Fitted | None = None, *, without: Sequence[int] = ()
) -> Fitted:
    """Minimises the weighted mean log loss + ½·l2·|β|², β the weights of the standardised features.

    `rows` [n, features]; a feature that does not vary, or is one of `without`, gets no weight. By Newton steps within a
    trust region: features that are nearly the same leave L-BFGS far from the minimum after hundreds of steps, these are
    there in a dozen.
    """
    total = weight.sum()
    mean = (weight @ rows) / total
    spread = np.sqrt(np.maximum((weight @ np.square(rows)) / total - mean**2, 0.0))
    spread[list(without)] = 0.0
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 1e-6)
    share, target = weight / total, truth.astype(np.float64)
    ridge = np.append(np.where(scale > 0, l2, 1.0), 0.0)

    def chances(flat: Floats) -> tuple[Floats, Floats]:
        own = flat[:-1] * scale
        z = (rows @ own.astype(np.float32)).astype(np.float64) + (flat[-1] - own @ mean)
        return z, expit(z)

    def loss(flat: Floats) -> tuple[float, Floats]:
        z, chance = chances(flat)
        error = share * (chance - target)
        slope = ((error.astype(np.float32) @ rows).astype(np.float64) - error.sum() * mean) * scale
        value = share @ (np.logaddexp(0.0, z) - z * target) + 0.5 * ridge @ np.square(flat)
        return float(value), np.append(slope, error.sum()) + ridge * flat

    def curvature(flat: Floats) -> Floats:
        _, chance = chances(flat)
        return _curvature(rows, share * chance * (1 - chance), mean, scale) + np.diag(ridge)

    base = np.clip(share @ target, 1e-6, 1 - 1e-6)
    first = np.zeros(rows.shape[1] + 1)
    first[-1] = np.log(base / (1 - base))
    if start is not None:
        first[:-1] = start.weights * spread
        first[-1] = start.constant + start.weights @ mean
    options = {"maxiter": STEPS, "gtol": TOLERANCE, "initial_trust_radius": 4.0, "max_trust_radius": 64.0}
    found = minimize(loss, first, jac=True, hess=curvature, method="trust-exact", options=options)
    own = found.x[:-1] * scale
    return Fitted(own, float(found.x[-1] - own @ mean), l2)


def _curvature(rows: Rows, weight: Floats, mean: Floats, scale: Floats) -> Floats:
    """Σ weight·x·xᵀ of the standardised features and the constant, in blocks of rows."""
    size = rows.shape[1]
    found = np.zeros((size + 1, size + 1))
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK].astype(np.float64)
        part -= mean
        part *= scale
        own = weight[start : start + _BLOCK]
        weighed = own[:, None] * part
        found[:size, :size] += part.T @ weighed
        found[:size, size] += weighed.sum(axis=0)
        found[size, size] += own.sum()
    found[size, :size] = found[:size, size]
    return found


def log_loss(logits: Floats, truth: Bools, weight: Floats) -> float:
    """The weighted mean log loss."""
    return float(weight @ (np.logaddexp(0.0, logits) - logits * truth) / weight.sum())


def fit_platt(logits: Floats, truth: Bools, doubt: float = np.inf) -> tuple[float, float]:
    """Slope and shift of σ(slope·z + shift) by maximum likelihood (Platt 1999); the slope stays above 0.

    Where there is nothing to learn from, both classes not being seen, the logits stay as they are. `doubt` is how far
    off they may be expected to be: the standard deviation, beforehand, of the slope's logarithm and of the shift at the
    logits that weigh most; a few rows do not move them much then.
    """
    if not truth.any() or truth.all():
        return 1.0, 0.0
    target, rows = truth.astype(np.float64), len(truth)
    trust = 1.0 / (rows * doubt**2)
    chance = expit(logits)
    weight = np.maximum(chance * (1.0 - chance), np.finfo(np.float64).tiny)
    centre = float(weight @ logits / weight.sum()) if trust else 0.0
    apart = logits - centre

    def loss(both: Floats) -> tuple[float, Floats]:
        slope = np.exp(both[0])
        z = slope * apart + centre + both[1]
        error = (expit(z) - target) / rows
        value = np.mean(np.logaddexp(0.0, z) - z * target) + 0.5 * trust * (both @ both)
        return float(value), np.array([slope * (error @ apart), error.sum()]) + trust * both

    limits = [(-_STEEPEST, _STEEPEST), (-_FARTHEST, _FARTHEST)]
    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=limits)
    slope = float(np.exp(found.x[0]))
    return slope, float(found.x[1]) + centre * (1.0 - slope)


def calibration_noise(p: Floats, bins: int = BINS) -> float:
    """The ECE that chance alone gives a calibrated model on so many rows: the mean of a folded normal a bin."""
    parts = np.array_split(np.sort(p), bins)
    return float(sum(np.sqrt(2 / np.pi * np.sum(one * (1 - one))) for one in parts) / max(len(p), 1))


def calibration_error(p: Floats, truth: Bools) -> float:
    """ECE over 15 bins of equal mass; 0 without a row."""
    found = CalibrationError()
    found.add(p, truth)
    return found.error() or 0.0
