"""Synthetic customers with planted preferences, for the measuring of tags."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality.evidence import NEVER, Evidence, Held, Purchased
from recommender.tag_quality.net_new_money import Movements
from recommender.tag_quality.truth_evidence import LEAD
from recommender.training_data import Ints

AS_OF, CATEGORIES = 1_000, 4


def evidence_of(
    *,
    customers: int,
    claims: list[list[int]],
    assigned: Ints,
    purchases: Purchased | None = None,
    looks: Purchased | None = None,
    held: Held | None = None,
    free: Held | None = None,
    money: Movements | None = None,
    stage: Ints | None = None,
    polarity: list[float] | None = None,
) -> Evidence:
    """Evidence over four categories of one family; what is not given is nothing."""
    claimed = np.zeros((len(claims), CATEGORIES), np.bool_)
    for tag, numbers in enumerate(claims):
        claimed[tag, numbers] = True
    return Evidence(
        as_of=AS_OF,
        stage=np.full(customers, 2) if stage is None else stage,
        claims=claimed,
        polarity=np.array(polarity or [1.0] * len(claims)),
        assigned=assigned,
        family=np.zeros(CATEGORIES, np.int64),
        half_life=np.full(CATEGORIES, 180.0),
        purchases=purchases or Purchased(),
        held=held or Held(),
        free=free or held or Held(),
        money=money or Movements(),
        external=np.full(customers, np.nan),
        looks=looks or Purchased(),
    )


def planted(
    seed: int, customers: int = 6_000, taste: tuple[float, float] = (0.6, 3.4), lift: float = 0.0
) -> tuple[Evidence, Evidence, float]:
    """A tag on category 0 whose carriers' true shares are Beta(`taste`), everybody else's 10 %.

    Evidence without the exposed purchases, evidence with them, and the share of carriers beyond the base and its lead.
    A shelf shows the category to every carrier before half of the occasions and turns a share `lift` of those into
    purchases of it; they are the exposed.
    """
    rng = np.random.default_rng(seed)
    tagged = rng.random(customers) < 0.3
    share = np.where(tagged, rng.beta(*taste, customers), 0.1)
    customer = np.repeat(np.arange(customers), rng.poisson(8, customers))
    own = rng.random(len(customer)) < share[customer]
    exposed = tagged[customer] & (rng.random(len(customer)) < 0.5)
    own |= exposed & (rng.random(len(customer)) < lift)
    category = np.where(own, 0, rng.integers(1, CATEGORIES, len(customer)))
    day = rng.integers(500, AS_OF, len(customer))
    assigned = np.where(tagged, 400, NEVER)[:, None]
    every = Purchased(customer, category, day, np.ones(len(customer)))
    admitted = Purchased(customer[~exposed], category[~exposed], day[~exposed], np.ones((~exposed).sum()))
    made = [
        evidence_of(customers=customers, claims=[[0]], assigned=assigned, purchases=one) for one in (admitted, every)
    ]
    return made[0], made[1], float((share[tagged] > (1 + LEAD) * 0.1).mean())
