"""The trained model at request time: popularity, collaborative filtering and peers for the rows of one catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.artifact import Artifact
from recommender.at_least_one import at_least_one
from recommender.candidates import blocks, candidates
from recommender.features import features
from recommender.interactions import HalfLives, Items, event_weights, usual_of
from recommender.models.popularity import Popularity
from recommender.peers import peer_group
from recommender.population import PopulationTables
from recommender.profile.state import UNKNOWN
from recommender.ranker import BLENDS, LISTING, TIERS
from recommender.stage_of import als_of, ranking_of
from recommender.states import Histories, Past, states_of
from recommender.training_data import Bools, Floats, Ints, TrainingData

_DIGITS = 1e9


class Chances(NamedTuple):
    """What the rankers say by catalogue row; nan for products that the model does not know."""

    tiers: Floats  # [3, customers, rows] the calibrated probability of each tier's outcome; nan for a tier left out
    leaning: Floats | None  # [customers, rows] what the order of the transferable tier adds to the log odds, if any


class Scorer:
    """Scores by catalogue row; `population` holds the tables by category number.

    `popularity` is the purchases in the window with a small share of the all-time ones, 0 for unknown products;
    `popularity_rank` the same as a percentile among the catalogue's products. `ranks_all`: every tier has a promoted
    ranker, so that nobody asks for `scores`. `as_of` is the last day that was learnt from.
    """

    def __init__(self, artifact: Artifact, product_no: Ints) -> None:
        items = Items(artifact.arrays["items.product"], artifact.arrays["items.category"])
        self.population = PopulationTables.from_arrays(artifact.part("population"))
        self.as_of = int(artifact.manifest["window"]["as_of"])
        self._goals: dict[str, int] = {goal: number for number, goal in enumerate(artifact.manifest["goals"])}
        self._usual = usual_of(items, self.population.usual)
        self._half_life = HalfLives(**artifact.manifest["half_lives"]).by_kind()
        row = items.rows(product_no)
        self._known = row >= 0
        popularity = Popularity.from_arrays(artifact.part("popularity")).score()
        self.popularity: Floats = np.where(self._known, popularity[row] if len(popularity) else 0.0, 0.0)
        self.popularity_rank: Floats = Popularity.percentile(self.popularity)
        self._als = als_of(artifact)
        self._own = np.ascontiguousarray(self._als.item_factors[row]) if self._als is not None else None
        self._strange = np.flatnonzero(~self._known)
        self._item = _lookup(items)
        self._row = row
        self._ranking = ranking_of(artifact)
        self._history: tuple[TrainingData, Histories] | None = None
        self.ranks_all = self._ranking is not None and bool(self._ranking.ranker.known[: len(TIERS)].all())

    def scores(self, events: NDArray[np.void], today: int, rows: Ints | None = None) -> Floats | None:
        """The collaborative-filtering score of each catalogue row, nan where the product is unknown.

        `events` is the part of that name of a customer's state; `rows` limits the answer, the others are nan. None
        without a model or without an event that it knows.
        """
        if self._als is None or self._own is None or not len(events):
            return None
        customer = self._als.fold_in(self.weights(events, today))
        if customer is None:
            return None
        if rows is None:
            scores: Floats = self._own @ customer
        else:
            scores = np.full(len(self._known), np.nan)
            scores[rows] = self._own[rows] @ customer
        scores[self._strange] = np.nan
        return scores

    def chances(self, pasts: Sequence[Past], today: int) -> Chances | None:
        """What the promoted rankers say of up to `features.FEW` customers, at least one, each as it would be alone.

        To nine decimals, so that no later comparison hangs on a last bit; None without a ranker.
        """
        if self._ranking is None:
            return None
        block, _ = features(self._ranking.stage, states_of(pasts, self._item, today))
        ranker = self._ranking.ranker
        chances, leaning = ranker.probabilities(block)[: len(TIERS)], ranker.leanings(block)
        ordered = None if leaning is None else _rounded(self._by_row(leaning))
        return Chances(_rounded(self._by_row(chances)), ordered)

    def listing(
        self,
        data: TrainingData,
        customers: Ints,
        days: Ints,
        eligible: Bools | None = None,
        *,
        newest: Ints | None = None,
    ) -> Floats:
        """One list a customer: P(product is bought | the customer buys something) [n, catalogue rows], calibrated.

        `customers` are indices into `data` (the same one may come more than once), `days` the last day that is known:
        events and tags dated up to it, spells opened up to it. `eligible` [n, catalogue rows] is what each could buy,
        where that is known. Nothing masks the list: what is held or not eligible is left to the caller. It is the blend
        over all products, fitted on customers who bought something; where training did not keep it, popularity in the
        window as a share. At least one product is expected, among those that could be bought. Products that the model
        does not know have nan, and of a large catalogue those that are no candidates 0. Of `newest` only so many events
        and spells of each are read, the newest.
        """
        found, place = np.empty((len(customers), len(self._row))), BLENDS.index(LISTING)
        if self._ranking is None or not self._ranking.ranker.known[place]:
            found[:] = np.where(self._known, self.popularity / max(self.popularity.sum(), 1.0), np.nan)
            return _rounded(at_least_one(found, eligible))
        stage, ranker = self._ranking
        if self._history is None or self._history[0] is not data:  # a study asks for one block after the other
            self._history = data, Histories.of(data, stage.items)
        histories = self._history[1]
        for part in blocks(stage, len(customers)):
            most = None if newest is None else newest[part]
            own = candidates(stage, histories.at(customers[part], days[part], most))
            free = None if eligible is None else self._by_item(eligible[part])[:, own.items]
            block, _ = features(own.stage, own.states, free)
            listed = np.zeros((len(own.among), len(stage.items.product)))
            listed[:, own.items] = np.where(own.among, ranker.probabilities(block)[place], 0.0)
            found[part] = at_least_one(self._by_row(listed), None if eligible is None else eligible[part])
        return _rounded(found)

    def _by_item(self, by_row: Bools) -> Bools:
        """Catalogue rows as item columns."""
        found = np.zeros((len(by_row), len(self._usual)), np.bool_)
        found[:, self._row[self._known]] = by_row[:, self._known]
        return found

    def _by_row(self, by_item: Floats) -> Floats:
        """Item columns as catalogue rows."""
        return np.where(self._known, by_item[..., self._row], np.nan)

    def weights(self, events: NDArray[np.void], today: int) -> Floats:
        """The weight of each item from the events of a customer's state: what training computes from the history."""
        product = events["product"]
        row = self._item[np.minimum(product, len(self._item) - 1)]
        weight = event_weights(
            events["kind"], today - events["day"], events["amount"], self._usual[row], self._half_life
        )
        # numpy's annotations know counts only, but with weights it returns their sums.
        sums: Any = np.bincount(row + 1, weight, len(self._usual) + 1)
        summed: Floats = sums[1:]
        return summed

    def peers(self, birth_year: int | None, goal: str | None, joined_day: int, today: int) -> tuple[Floats, float]:
        """k by category and n of the customer's group: first acquisitions within 180 days, and customers."""
        born, wish = UNKNOWN if birth_year is None else birth_year, self._goals.get(goal or "", UNKNOWN)
        group = peer_group(born, wish, joined_day, today=today, goals=len(self._goals))
        return self.population.peer_first[group], float(self.population.peer_size[group])


def _rounded(values: Floats) -> Floats:
    return np.asarray(np.rint(values * _DIGITS) / _DIGITS, dtype=np.float64)


def _lookup(items: Items) -> Ints:
    """Product number -> item row, -1 elsewhere and in the last entry, which stands for all larger numbers."""
    table = np.full(int(items.product.max(initial=-1)) + 2, -1)
    table[items.product] = np.arange(len(items.product))
    return table
