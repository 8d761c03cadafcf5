"""What is fitted on all customers together: one table a question, rows are category numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from recommender.bgnbd import fit_bgnbd
from recommender.interactions import usual_amounts
from recommender.occasions import Occasions
from recommender.peers import group_count, peer_groups
from recommender.substitution import fit_substitution
from recommender.training_data import Floats, TrainingData
from recommender.transitions import Acquisitions, transition_hazard

HORIZON_DAYS = 180


@dataclass(frozen=True, slots=True, eq=False)
class PopulationTables:
    """The tables of one training; C categories, G peer groups.

    `bgnbd` r, α, a, b (nan: no fit) · `gap` median days between occasions (nan: none) · `base_rate` λ0 · `transitions`
    and `exposure` n and E [from, to] · `hazard` λ̂ [from, to] · `substitution` S [from, to] · `peer_first` and
    `peer_size` first acquisitions within 180 days and customers by group · `peer_share` p_c of all customers (nan:
    nobody) · `usual` median log1p(amount) of a purchase (nan: none).
    """

    bgnbd: Floats  # [C, 4]
    gap: Floats  # [C]
    base_rate: Floats  # [C]
    transitions: Floats  # [C, C]
    exposure: Floats  # [C, C]
    hazard: Floats  # [C, C]
    substitution: Floats  # [C, C]
    peer_first: Floats  # [G, C]
    peer_size: Floats  # [G]
    peer_share: Floats  # [C]
    usual: Floats  # [C]

    @classmethod
    def fit(cls, data: TrainingData) -> PopulationTables:
        """All tables as of `data.as_of`; the same data in another order gives the same tables."""
        events = data.before(data.as_of + 1)
        occasions = Occasions.of(events)
        acquisitions = Acquisitions.of(data)
        base_rate = acquisitions.base_rate()
        transitions, exposure = acquisitions.transitions()
        first, size = _peers(data, acquisitions)
        customers = max(data.customers, 1)
        histories = (occasions.histories(category, data.as_of) for category in range(data.categories))
        return cls(
            bgnbd=np.array([fit_bgnbd(*history) for history in histories]).reshape(data.categories, 4),
            gap=occasions.median_gap(data.categories),
            base_rate=base_rate,
            transitions=transitions,
            exposure=exposure,
            hazard=np.asarray(transition_hazard(transitions, exposure, base_rate)),
            substitution=fit_substitution(data),
            peer_first=first,
            peer_size=size,
            peer_share=first.sum(axis=0) / customers if data.customers else np.full(data.categories, np.nan),
            usual=usual_amounts(events, data.categories),
        )

    def to_arrays(self) -> dict[str, Floats]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> PopulationTables:
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def _peers(data: TrainingData, acquisitions: Acquisitions) -> tuple[Floats, Floats]:
    group = peer_groups(data.birth_year, data.goal, data.joined_day, today=data.as_of, goals=len(data.goals))
    groups = group_count(len(data.goals))
    first = np.zeros((groups, data.categories))
    np.add.at(first, group, acquisitions.within(HORIZON_DAYS))
    return first, np.bincount(group, minlength=groups).astype(np.float64)
