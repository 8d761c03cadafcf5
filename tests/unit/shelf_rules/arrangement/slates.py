"""Slates of few products: a test names what stands on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shelf_rules.decision import TIERS
from shelf_rules.policy import ArrangementPolicy, Policy
from shelf_rules.policy_rules import Exploration
from shelf_rules.product import Product
from shelf_rules.slate import Ranking, Slate
from tests.factories import make_situation

ONE = Exploration(1)
QUOTAS = {"fixed": 3, "migratable": 4, "transferable": 2}


def make_policy(drawn: Exploration = ONE, **arrangement: Any) -> Policy:
    """A policy with some fields of its arrangement replaced; `drawn` is the exploration of tier transferable."""
    explore = {"fixed": Exploration(), "migratable": Exploration(), "transferable": drawn}
    return Policy(arrangement=ArrangementPolicy(**{"explore": explore} | arrangement))


def make_slate(
    *products: Product,
    ranked: Mapping[str, Sequence[float]] | None = None,
    quotas: Mapping[str, int] = QUOTAS,
    **fields: Any,
) -> Slate:
    """An empty slate over `products`; `ranked` gives per tier the scores of its rows, in the order of the products.

    The rows of the tiers follow each other: the first tier has the first products.
    """
    situation = make_situation(*products, **fields)
    rankings, start = {}, 0
    for tier in TIERS:
        scores = list((ranked or {}).get(tier, ()))
        rankings[tier] = Ranking(list(range(start, start + len(scores))), scores)
        start += len(scores)
    return Slate(situation, situation.policy.arrangement.slots, quotas, rankings)
