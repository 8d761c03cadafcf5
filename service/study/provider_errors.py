"""How a provider's tags go wrong: whom a tag stands with instead of those whom it is right about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recommender.training_data import Ints
from service.study.truth_bank import TruthBank

Error = Callable[[TruthBank, int, np.random.Generator], list[Ints]]
"""Of a bank, a tag's number and chance: who gets what each of `TruthBank.carriers` had, by their places there.

One array for each copy of the tag's carriers; who gets it from several has it from the first.
"""

COPIES = 3
"""How many by chance `sprayed` adds to each whom a tag is right about."""


def exchanged(bank: TruthBank, _: int, chance: np.random.Generator) -> list[Ints]:
    """The customers of a file were mixed up: what the tag knew of anybody is lost."""
    return [chance.permutation(len(bank.carriers))]


def sprayed(bank: TruthBank, _: int, chance: np.random.Generator) -> list[Ints]:
    """A threshold was lowered: those who had the tag keep it, and three times as many get it by chance."""
    everyone = np.arange(len(bank.carriers))
    return [everyone, *(chance.permutation(everyone) for _ in range(COPIES))]


def upside_down(bank: TruthBank, tag: int, chance: np.random.Generator) -> list[Ints]:
    """A score was read the wrong way: whoever prefers most what the tag claims changes places with who does least."""
    claimed = bank.evidence.claims[tag][bank.category]
    preferred = bank.preference[bank.carriers][:, claimed].max(axis=1, initial=0.0)
    order = np.lexsort((chance.random(len(preferred)), preferred))
    places = np.empty_like(order)
    places[order] = order[::-1]
    return [places]
