"""The first stage: every model whose score is a feature of the ranker, fitted together and kept as named arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.cells import LOOKED_ONLY, Scale
from recommender.factorisation import AlsSettings, fit_als
from recommender.given_factors import GivenFactors
from recommender.interactions import PURCHASES, HalfLives, Items, interactions, usual_amounts, usual_of
from recommender.models.als import Als
from recommender.models.choice import Choice
from recommender.models.ease import Ease
from recommender.models.item_item import ItemItem
from recommender.models.popularity import PRIOR_PURCHASES, WINDOW_DAYS, Popularity
from recommender.models.repeat import RepeatHazard
from recommender.models.tag_claims import TagClaims
from recommender.models.tag_linear import TagLinear
from recommender.models.transition import Transition
from recommender.points import (
    FEW_ITEMS,
    CustomerDays,
    Points,
    bought_in,
    choices_of,
    eligible_on,
    flags_of,
    tags_of,
    targets_of,
)
from recommender.states import LOOKS
from recommender.training_data import Events, Floats, Ints, Spells, TrainingData

MONTH = 30
EASE_ITEMS = 8_000
EASE_L2 = 300.0
DENSE_ITEMS = 2_000  # up to here neighbours are a dense table: a row sum without a sparse product
NEIGHBOURS = 200
LEAST_CHOICES = 500  # occasions of which it is known what could be bought
CHOICE_CELLS = 5_000_000  # occasions × products that choices are learnt from at most


class StageSettings(NamedTuple):
    """What the first stage is fitted with; no factors where ALS was not chosen, or those that were fitted elsewhere."""

    als: AlsSettings | GivenFactors | None
    half_lives: HalfLives
    window_days: int = WINDOW_DAYS


@dataclass(frozen=True, slots=True, eq=False)
class FirstStage:
    """The fitted models; `near` is dense for small catalogues; None are `ease`, `als` and `choice` that do not fit."""

    items: Items
    scale: Scale
    popularity: Popularity
    month: Floats
    repeat: RepeatHazard
    transition: Transition
    tags: TagLinear
    claims: TagClaims
    near: ItemItem | Floats
    ease: Ease | None
    als: Als | None
    choice: Choice | None
    by_product: bool  # whether transitions and tags speak of products; else of categories
    constants: Mapping[str, Floats] = field(init=False)  # features that are the same for all customers

    def __post_init__(self) -> None:
        object.__setattr__(self, "constants", _constants(self.popularity, self.month, self.repeat))

    @classmethod
    def fit(cls, data: TrainingData, items: Items, points: Points, settings: StageSettings) -> FirstStage:
        """From everything up to and with `data.as_of`; `points` are the purchases that transition and tags learn from.

        The points may lie later than the data: their states are cut from their own histories.
        """
        events, today = data.before(data.as_of + 1), data.as_of
        usual = usual_of(items, usual_amounts(events, data.categories))
        scale = Scale(items.category.astype(np.int64), data.categories, usual, settings.half_lives.by_kind())
        near = ItemItem.fit(matrix := strengths(events, data.spells, items, data.customers), NEIGHBOURS)
        transition, tags = cls.directed(points, scale, len(data.tag_quality))
        return cls(
            items=items,
            scale=scale,
            popularity=Popularity.fit(events, items, today, settings.window_days),
            month=Popularity.fit(events, items, today, MONTH).recent,
            repeat=RepeatHazard.fit(events, items, today),
            transition=transition,
            tags=tags,
            claims=TagClaims.fit(data.tag_meanings.claims, matrix, scale.category, data.categories),
            near=_dense(near),
            ease=_ease(matrix),
            als=_als(data, events, items, usual, settings),
            choice=_choice(data, items),
            by_product=points.by_product,
        )

    @staticmethod
    def directed(points: Points, scale: Scale, tags: int) -> tuple[Transition, TagLinear]:
        """The models that learn what is bought after a state; `tags` is the number of tags."""
        bought = targets_of(points, scale)
        fitted = Transition.fit_products if points.by_product else Transition.fit_categories
        return fitted(flags_of(points, scale), bought), TagLinear.fit(tags_of(points, tags), bought)

    def neighbours(self, own: sparse.csr_matrix) -> Floats:
        """Σ weight × similarity [n, items] over what each customer has to do with."""
        return self.near.score(own) if isinstance(self.near, ItemItem) else np.asarray(own @ self.near)

    def of_items(self, kept: Ints) -> FirstStage:
        """The same models of some items only, for whoever has to do with no other; transitions and tags by category."""
        near, size = self.near, len(kept)
        ease = None if self.ease is None else self.ease.weights[np.ix_(kept, kept)]
        part = replace(
            self,
            items=Items(self.items.product[kept], self.items.category[kept]),
            scale=self.scale._replace(category=self.scale.category[kept], usual=self.scale.usual[kept]),
            repeat=RepeatHazard(self.repeat.rate[kept], self.repeat.gap[kept]),
            near=near.similarity[kept][:, kept].toarray() if isinstance(near, ItemItem) else near[np.ix_(kept, kept)],
            ease=None if ease is None else Ease(ease, np.arange(size), size),
            als=None if self.als is None else self.als.of_items(kept),
            choice=None if self.choice is None else self.choice.of_items(kept),
        )
        object.__setattr__(part, "constants", {name: values[kept] for name, values in self.constants.items()})
        return part

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Arrays by the names of the artifact; popularity and factors are kept by their own."""
        near = self.near if isinstance(self.near, ItemItem) else ItemItem(sparse.csr_matrix(self.near))
        parts: dict[str, Mapping[str, Any]] = {
            "repeat": self.repeat.to_arrays(),
            "transition": self.transition.to_arrays(),
            "tag_linear": self.tags.to_arrays(),
            "tag_claims": self.claims.to_arrays(),
            "item_item": near.to_arrays(),
            "popularity": {"month": self.month},
        }
        if self.ease is not None:
            parts["ease"] = {"weights": self.ease.weights}
        if self.choice is not None:
            parts["choice"] = self.choice.to_arrays()
        arrays = {f"{part}.{name}": array for part, own in parts.items() for name, array in own.items()}
        return {name: array.astype("<i4") if array.dtype.kind == "i" else array for name, array in arrays.items()}

    @classmethod
    def from_parts(
        cls, part: Mapping[str, Mapping[str, Any]], items: Items, scale: Scale, als: Als | None
    ) -> FirstStage:
        """What `to_arrays` wrote, by model name; the factors come from their own part."""
        size = len(items.product)
        ease = part.get("ease")
        return cls(
            items=items,
            scale=scale,
            popularity=Popularity.from_arrays(part["popularity"]),
            month=part["popularity"]["month"],
            repeat=RepeatHazard.from_arrays(part["repeat"]),
            transition=Transition.from_arrays(part["transition"]),
            tags=TagLinear.from_arrays(part["tag_linear"]),
            claims=TagClaims.from_arrays(part["tag_claims"]),
            near=_dense(ItemItem.from_arrays(part["item_item"])),
            ease=Ease(ease["weights"], np.arange(size), size) if ease else None,
            als=als,
            choice=Choice.from_arrays(part["choice"]) if "choice" in part else None,
            by_product=size <= FEW_ITEMS,
        )


def _constants(popularity: Popularity, month: Floats, repeat: RepeatHazard) -> dict[str, Floats]:
    """What all customers did, shrunk to all of time: log odds against an average product; and log odds of repeats."""
    ever = popularity.all_time
    share = (ever + 1.0) / (ever.sum() + len(ever)) if len(ever) else ever
    rate = np.clip(repeat.rate, 1e-3, 1 - 1e-3)
    return {
        "popularity": _lift(share),
        "popularity_60": _lift(_shrunk(popularity.recent, share)),
        "popularity_30": _lift(_shrunk(month, share)),
        "repeat_rate": np.asarray(np.log(rate / (1 - rate)), dtype=np.float64),
    }


def _shrunk(recent: Floats, share: Floats) -> Floats:
    return np.asarray((recent + PRIOR_PURCHASES * share) / (recent.sum() + PRIOR_PURCHASES), dtype=np.float64)


def _lift(share: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(share, 1e-12) * max(len(share), 1)), dtype=np.float64)


def strengths(events: Events, spells: Spells, items: Items, customers: int) -> sparse.csr_matrix:
    """[customers, items]: 1 for what was bought or held, less for what was only looked at; as `Cells.strength`."""
    rows = items.rows(events.product)
    bought, looked = (rows >= 0) & np.isin(events.kind, PURCHASES), (rows >= 0) & np.isin(events.kind, LOOKS)
    held_rows = items.rows(spells.product)
    held = held_rows >= 0
    size = max(len(items.product), 1)
    full = np.unique(
        np.concatenate(
            [
                events.customer[bought].astype(np.int64) * size + rows[bought],
                spells.customer[held].astype(np.int64) * size + held_rows[held],
            ]
        )
    )
    half = np.setdiff1d(np.unique(events.customer[looked].astype(np.int64) * size + rows[looked]), full)
    key = np.concatenate([full, half])
    value = np.concatenate([np.ones(len(full)), np.full(len(half), LOOKED_ONLY)])
    return sparse.coo_matrix((value, (key // size, key % size)), shape=(customers, len(items.product))).tocsr()


def _dense(near: ItemItem) -> ItemItem | Floats:
    table: Floats = near.similarity.toarray() if near.similarity.shape[0] <= DENSE_ITEMS else np.empty(0)
    return table if near.similarity.shape[0] <= DENSE_ITEMS else near


def _ease(matrix: sparse.csr_matrix) -> Ease | None:
    """EASE, where the catalogue is small enough for its inverse and has fewer products than customers with two."""
    customers, items = int((np.diff(matrix.indptr) > 1).sum()), matrix.shape[1]
    return Ease.fit(matrix, EASE_L2) if 1 < items <= EASE_ITEMS and customers >= items else None


def _als(data: TrainingData, events: Events, items: Items, usual: Floats, settings: StageSettings) -> Als | None:
    if settings.als is None:
        return None
    if isinstance(settings.als, GivenFactors):
        return settings.als.at(data.as_of, items)
    weights = interactions(
        events, items, customers=data.customers, today=data.as_of, usual=usual, half_lives=settings.half_lives
    )
    return fit_als(weights, settings.als)


def _choice(data: TrainingData, items: Items) -> Choice | None:
    """What is chosen of what was free to buy, where enough is known of that."""
    occasions = choices_of(data.events, data.eligibility, items)
    if len(occasions.day) < LEAST_CHOICES:
        return None
    occasions = occasions.some(max(LEAST_CHOICES, CHOICE_CELLS // max(len(items.product), 1)))
    return choice_of(data, items, occasions)


def choice_of(data: TrainingData, items: Items, occasions: CustomerDays) -> Choice:
    """Learnt from the days of some occasions."""
    bought = bought_in(data.events, items, occasions, days=1).toarray() > 0
    return Choice.fit(eligible_on(data.eligibility, items, occasions).toarray() > 0, bought)
