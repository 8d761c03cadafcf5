"""The mistakes themselves: each takes a function as it is and gives one that falls into a trap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import ItemItemRecommender
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from recommender.factorisation import confidences
from recommender.models.als import Als
from recommender.points import choices_of
from service.evaluation.contenders import Contender
from tests.architecture.tree import short

Right = Callable[..., Any]
WINDOW_DAYS = 60
_kept: list[tuple[Any, Any]] = []
_whole: list[Any] = []


def scores_without_what_is_had(right: Right) -> Right:
    """As implicit's list has them by default: none of what the customer has."""

    def scores(self: Any, events: Any, *more: Any) -> Any:
        found = right(self, events, *more)
        if found is not None:
            found[np.isin(self._row, self._item[events["product"]]) & (self._row >= 0)] = np.nan
        return found

    return scores


def chances_without_what_is_had(right: Right) -> Right:
    """The same for the probabilities of the tiers."""

    def chances(self: Any, pasts: Any, *more: Any, **named: Any) -> Any:
        found = right(self, pasts, *more, **named)
        for place, past in enumerate(pasts):
            own = self._item[np.concatenate([past.events["product"], past.spells["product"]])]
            found.tiers[:, place, np.isin(self._row, own) & (self._row >= 0)] = np.nan
        return found

    return chances


def best_of_a_padded_list(_: Right) -> Right:
    """implicit's list of the best instead of a row sum."""

    def score(self: Any, own: Any) -> Any:
        rows = sparse.csr_matrix(own, dtype=np.float64)
        model = ItemItemRecommender(num_threads=1)
        model.__setstate__({"similarity": sparse.csr_matrix(self.similarity), "K": rows.shape[1], "num_threads": 1})
        places = np.arange(rows.shape[0])
        items, values = model.recommend(places, rows, N=rows.shape[1], filter_already_liked_items=False)
        found = np.zeros(rows.shape)
        found[places[:, None], items] = values
        return found if sparse.issparse(own) or np.ndim(own) == 2 else found[0]

    return score


def alpha_times_weight(_: Right) -> Right:
    """implicit's own convention, c = alpha·w, which may lie below the 1 of what nobody touched."""

    def wrong(weights: Any, alpha: float) -> Any:
        matrix = weights.copy()
        matrix.data = (alpha * matrix.data).astype(np.float32)
        return matrix

    return wrong


def fold_in_of_alpha_times_weight(_: Right) -> Right:
    """The same at the fold-in."""

    def fold_in(self: Any, weights: Any) -> Any:
        seen = weights.nonzero()[0]
        own, confidence = self.item_factors[seen], self.alpha * weights[seen]
        system = self.gram + (own.T * (confidence - 1)) @ own + self.regularisation * np.eye(len(self.gram))
        return np.linalg.solve(system, confidence @ own)

    return fold_in


def one_penalty_for_all(right: Right) -> Right:
    """The regularisation as one constant, whatever the trainer's was."""

    def fold_in(self: Any, weights: Any) -> Any:
        constant = Als(self.item_factors, self.alpha, self.regularisation, "const")
        object.__setattr__(constant, "gram", self.gram)
        return right(constant, weights)

    return fold_in


def customers_kept_from_the_fit(right: Right) -> Right:
    """Keeps implicit's customer factors as the fit leaves them."""

    def fit_als(weights: Any, settings: Any) -> Any:
        model = AlternatingLeastSquares(
            factors=settings.factors,
            regularization=settings.regularisation,
            alpha=1.0,
            iterations=settings.iterations,
            num_threads=1,
            use_gpu=False,
            random_state=settings.seed,
        )
        model.fit(confidences(weights, settings.alpha), show_progress=False)
        _kept.append((weights.toarray(), model.user_factors.astype(np.float64)))
        return right(weights, settings)

    return fit_als


def features_of_kept_customers(right: Right) -> Right:
    """The factor feature of training from those, instead of a fold-in."""

    def neighbours(cells: Any, stage: Any) -> Any:
        found = right(cells, stage)
        if stage.als is not None:
            weights, customers = _kept[-1]
            rows = [int(np.abs(weights - own).sum(axis=1).argmin()) for own in cells.weight]
            found["als"] = customers[rows] @ stage.als.item_factors.T
        return found

    return neighbours


def one_setting_only(right: Right) -> Right:
    """No grid to choose from."""
    return lambda self: [one._replace(fits=dict(list(one.fits.items())[:1])) for one in right(self)]


def the_first_setting(_: Right) -> Right:
    """No choice made."""

    def contender(self: Any, model: Any, early: Any, tuning: Any, *, hold_last: bool) -> Any:
        name, fit = next(iter(model.fits.items()))
        return Contender(model.name, fit, settings=name)

    return contender


def any_number_of_factors(_: Right) -> Right:
    """No guard of a small catalogue."""
    return lambda items: 10**6


def factors_at_any_price(right: Right) -> Right:
    """The first settings where none beats popularity."""

    def choose(data: Any, settings: Any, *more: Any) -> Any:
        chosen, metrics = right(data, settings, *more)
        return chosen or settings.als_grid[0], metrics

    return choose


def with_implicits_lists(right: Right) -> Right:
    """Training that asks implicit for a list."""
    return lambda path: right(path) | ({"recommend"} if _is_training(path) else set())


def with_bpr(right: Right) -> Right:
    """A room that imports implicit's BPR."""
    return lambda path: right(path) | ({"implicit.bpr"} if _is_training(path) else set())


def with_an_oracle(right: Right) -> Right:
    """A room that imports what is there to test it."""
    return lambda path: right(path) | ({"irspack"} if _is_training(path) else set())


def _is_training(path: Path) -> bool:
    return short(path) == "recommender/train.py"


def threads_as_they_come(_: Right) -> Right:
    """Nobody holds BLAS to one thread."""
    return lambda: None


def states_after_the_outcome(right: Right) -> Right:
    """Features as of the end of the window whose purchases they are to tell."""
    return lambda cls, occasions, *more: right(cls, occasions._replace(day=occasions.day + WINDOW_DAYS), *more)


def windows_remembered(right: Right) -> Right:
    """Keeps the whole history while the windows are gathered."""

    def by_windows(data: Any, *more: Any, **named: Any) -> Any:
        _whole.append(data)
        try:
            return right(data, *more, **named)
        finally:
            _whole.pop()

    return by_windows


def stages_of_everything(right: Right) -> Right:
    """Encodings from the very days whose outcomes they are features of."""

    def stage(data: Any, *more: Any, **named: Any) -> Any:
        return right(_whole[-1], *more, **named | {"first": data.from_day}) if _whole else right(data, *more, **named)

    return stage


def stages_of_the_own_half(right: Right) -> Right:
    """Transitions and tags learnt from the very occasions that they are features of."""
    return lambda *given: right(*given)[::-1]


def choices_of_everybody(right: Right) -> Right:
    """What is chosen learnt from all customers, the own choice included."""
    return lambda data, items, _: right(data, items, choices_of(data.events, data.eligibility, items))


def without_penalty(right: Right) -> Right:
    """Next to no l2."""
    return lambda cls, tags, bought, *_: right(cls, tags, bought, 1e-9)


def sampled_negatives(right: Right) -> Right:
    """Only some of the candidates compete."""

    def block(self: Any, rows: Any) -> Any:
        allowed = right(self, rows)
        return allowed & (np.random.default_rng(0).random(allowed.shape) < 0.5)

    return block


def one_class_of_many(_: Right) -> Right:
    """One softmax over all products."""

    def fit_products(cls: Any, inputs: Any, bought: Any) -> Any:
        x, truth = sparse.csr_matrix(inputs, dtype=np.float64), bought.toarray()
        truth = truth / np.maximum(truth.sum(axis=1, keepdims=True), 1.0)
        shape = (x.shape[1] + 1, truth.shape[1])

        def loss(flat: Any) -> Any:
            table = flat.reshape(shape)
            z = x @ table[:-1] + table[-1]
            error = softmax(z, axis=1) - truth
            slope = np.vstack([x.T @ error + table[:-1], error.sum(axis=0)])
            return (logsumexp(z, axis=1) - (truth * z).sum(axis=1)).sum() + (table[:-1] ** 2).sum() / 2, slope.ravel()

        table = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B").x.reshape(shape)
        return cls(table[:-1], table[-1])

    return fit_products
