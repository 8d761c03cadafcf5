"""Training: the tables of the population, the models of the first stage, and the ranker over them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import implicit
import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender.artifact import Artifact
from recommender.blending import Protocol, Test, blend, final_stage
from recommender.cuts import cuts_of
from recommender.evaluation.metrics import Metrics
from recommender.factorisation import AlsSettings, factors_allowed, fit_als
from recommender.first_stage import StageSettings
from recommender.generators import generators
from recommender.given_factors import GivenFactors
from recommender.interactions import PURCHASES, HalfLives, Items, interactions, usual_amounts, usual_of
from recommender.leaning_choice import choose_leaning
from recommender.models.als import Als
from recommender.models.popularity import WINDOW_DAYS, Popularity
from recommender.points import spread
from recommender.population import PopulationTables
from recommender.profile.state import SCHEMA
from recommender.promotion import left_out, measure
from recommender.ranker import BLENDS, TRANSFERABLE, Ranker
from recommender.training_data import Bools, Floats, Ints, TrainingData

GRID = (
    AlsSettings(factors=2, regularisation=1.0, alpha=1.0),
    AlsSettings(factors=4, regularisation=10.0, alpha=4.0),
    AlsSettings(factors=8, regularisation=1.0, alpha=4.0),
    AlsSettings(factors=16, regularisation=10.0, alpha=10.0),
    AlsSettings(factors=32, regularisation=1.0, alpha=4.0),
    AlsSettings(factors=32, regularisation=10.0, alpha=10.0),
    AlsSettings(factors=64, regularisation=10.0, alpha=10.0),
)


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """What a training may vary; the defaults are starting values."""

    als_grid: tuple[AlsSettings, ...] = GRID
    validation_days: int = 60
    validation_customers: int = 2_000
    als_customers: int = 50_000  # on so many the factors' settings are tried; the ones chosen are fitted on everybody
    validation_cells: int = 6_000_000  # of these customers × products: fewer customers of a large catalogue
    k: int = 10
    popularity_days: int = WINDOW_DAYS
    half_lives: HalfLives = field(default_factory=HalfLives)
    seed: int = 0
    protocol: Protocol = "auto"  # window: outcomes of the last windows; occasion: the last purchase of each customer
    given: GivenFactors | None = None  # factors from outside, instead of those of `als_grid`


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """An artifact, the ranker judged, on what (no test where nothing was bought), and why blends are left out."""

    artifact: Artifact
    ranker: Ranker | None
    test: Test | None
    left_out: dict[str, str]


def fit(data: TrainingData, settings: TrainingSettings | None = None) -> Artifact:
    """A complete artifact. The same data (in any order) and settings give the same arrays."""
    return train(data, settings).artifact


def train(data: TrainingData, settings: TrainingSettings | None = None) -> Trained:
    """An artifact with the ranker's blends that beat popularity, and the rows on which they did.

    The factors are chosen by MAP@k on the last window and left out where popularity is not beaten (recommender.md §12,
    trap 7); what was compared stands in the manifest's `metrics`. Raises FactorsError for given ones that do not fit.
    """
    with threadpool_limits(1, "blas"):  # one core, and the same bits whatever number of them the machine has
        return _train(data, settings or TrainingSettings())


def _train(data: TrainingData, settings: TrainingSettings) -> Trained:
    events = data.before(data.as_of + 1)
    items = Items.of(events, data.spells)
    tables = PopulationTables.fit(data)
    popularity = Popularity.fit(events, items, data.as_of, settings.popularity_days)
    start = data.as_of - settings.validation_days + 1
    if settings.given is not None:
        cuts = cuts_of(data, items, settings.protocol)
        settings.given.check(data, items, cuts)
        start = cuts[1] + 1
    chosen, metrics = _choose(data, settings, start)
    staged = StageSettings(chosen, settings.half_lives, settings.popularity_days)
    blended = blend(data, items, staged, settings.protocol, settings.seed)
    models: dict[str, Any] = {"popularity": {"window_days": settings.popularity_days}, "als": None, "ranker": None}
    stage, ranker, dropped = final_stage(data, items, staged), None, {}
    arrays: dict[str, Any] = {
        "items.product": items.product,
        "items.category": items.category,
        **{f"popularity.{name}": array for name, array in popularity.to_arrays().items()},
        **{f"population.{name}": array for name, array in tables.to_arrays().items()},
        **stage.to_arrays(),
    }
    if stage.als is not None and chosen is not None:
        arrays |= {f"als.{name}": array for name, array in stage.als.to_arrays().items()}
        models["als"] = {**chosen.to_manifest(), "lambda_mode": stage.als.lambda_mode}
    if blended is not None:
        metrics["ranker"] = measure(blended)
        dropped = left_out(metrics["ranker"])
        metrics["ranker"]["left_out"] = dropped
        ranker = replace(blended.ranker, known=np.array([name not in dropped for name in BLENDS]))
        if TRANSFERABLE not in dropped:
            ranker, metrics["ranker"]["leaning"] = _leaning(ranker, blended.test)
        served = replace(blended.served, known=ranker.known, leaning=ranker.leaning)
        if served.known.any():
            arrays |= {f"ranker.{name}": array for name, array in served.to_arrays().items()}
            models["ranker"] = served.to_manifest()
    manifest = {
        "models": models,
        "metrics": metrics,
        "goals": list(data.goals),
        "half_lives": asdict(settings.half_lives),
        "versions": {"state": SCHEMA, "implicit": implicit.__version__, "numpy": np.__version__},
        "window": {"from_day": data.from_day, "as_of": data.as_of},
        "customers": data.customers,
        "events": len(events.day),
        "products": len(items.product),
        "generators": generators(stage, metrics),
    }
    return Trained(Artifact(arrays, manifest), ranker, None if blended is None else blended.test, dropped)


def _leaning(ranker: Ranker, test: Test) -> tuple[Ranker, dict[str, Any]]:
    """The ranker with the leaning of its transferable tier, and what was tried."""
    rows, place = test.rows[TRANSFERABLE], BLENDS.index(TRANSFERABLE)
    leaning, tried = choose_leaning(rows, ranker.chances(place, rows.features), ranker.lacking(rows.features.T))
    return replace(ranker, leaning=leaning), tried


def _choose(
    data: TrainingData, settings: TrainingSettings, start: int
) -> tuple[AlsSettings | GivenFactors | None, dict[str, Any]]:
    """The factors with the best MAP on the days from `start` (None: popularity is as good) and what was measured."""
    earlier = data.before(start)
    items = Items.of(earlier)
    base = Popularity.fit(earlier, items, start - 1, settings.popularity_days).score()
    most = min(settings.validation_customers, settings.validation_cells // max(len(items.product), 1))
    customers, truth = _truth(data, items, start, most)
    plain = np.broadcast_to(base, truth.shape)
    reference = Metrics.of(plain, truth, base, settings.k)
    metrics: dict[str, Any] = {"k": settings.k, "from_day": start, "popularity": asdict(reference), "als": []}
    usual = usual_of(items, usual_amounts(earlier, data.categories))
    weights = interactions(
        earlier, items, customers=data.customers, today=start - 1, usual=usual, half_lives=settings.half_lives
    )
    fit_on = weights[spread(data.customers, settings.als_customers)]
    metrics["customers"] = {"all": data.customers, "fit": fit_on.shape[0], "test": len(customers)}
    best, chosen = reference.map, None
    for tried in _candidates(settings, len(items.product)) if len(customers) else ():
        als = tried.at(start - 1, items) if isinstance(tried, GivenFactors) else fit_als(fit_on, tried)
        scores = _scores(als, weights[customers], plain)
        result = Metrics.of(scores, truth, base, settings.k)
        metrics["als"].append({**tried.to_manifest(), **asdict(result)})
        if result.map > best:
            best, chosen = result.map, tried
    return chosen, metrics


def _candidates(settings: TrainingSettings, items: int) -> list[AlsSettings] | list[GivenFactors]:
    if settings.given is not None:
        return [settings.given]
    return [replace(one, seed=settings.seed) for one in settings.als_grid if one.factors <= factors_allowed(items)]


def _truth(data: TrainingData, items: Items, start: int, most: int) -> tuple[Ints, Bools]:
    """Some customers who bought a known product from `start` on, evenly spaced, and what they bought [., items]."""
    events = data.events
    later = events.where((events.day >= start) & (events.day <= data.as_of) & np.isin(events.kind, PURCHASES))
    rows = items.rows(later.product)
    customer, rows = later.customer[rows >= 0], rows[rows >= 0]
    found = np.unique(customer)
    kept = found[spread(len(found), most)]
    inside = np.isin(customer, kept)
    truth = np.zeros((len(kept), len(items.product)), dtype=np.bool_)
    truth[np.searchsorted(kept, customer[inside]), rows[inside]] = True
    return kept, truth


def _scores(als: Als, weights: sparse.csr_matrix, otherwise: Floats) -> Floats:
    """Fold-in scores of each customer, as at request time; `otherwise` where there is no event to fold in."""
    scores = np.array(otherwise)
    for row in range(len(scores)):
        own = als.score(weights[row].toarray()[0])
        if own is not None:
            scores[row] = own
    return scores
