"""What must not matter: the order in which the past is told, and the numbers that products happen to have."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shelf_rules.catalogue import Catalogue
from shelf_rules.decide import decide
from shelf_rules.decision import Decision
from shelf_rules.facts import Facts, Past, Scores
from tests.factories import make_catalogue
from tests.property.worlds import make_products, make_world

SEEDS = st.integers(0, 2**32 - 1)
MODES = st.sampled_from(["personal", "nonpersonal"])


def by_id(decision: Decision, catalogue: Catalogue) -> object:
    """A decision in product ids instead of rows."""
    assert decision.codes is not None
    slots = (*decision.slots, *decision.public)
    shown = [replace(slot, row=0) for slot in slots], [catalogue.product_ids[slot.row] for slot in slots]
    codes = dict(zip(catalogue.product_ids, decision.codes.tolist(), strict=True))
    return shown, codes, decision.quotas, decision.relaxed, decision.stage, decision.overlay


def shuffled(past: Past, order: np.random.Generator) -> Past:
    tables = {each.name: getattr(past, each.name) for each in fields(past)}
    return replace(past, **{k: order.permutation(v) for k, v in tables.items() if isinstance(v, np.ndarray)})


def renumbered(facts: Facts, numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Facts:
    """The same facts where product n has become numbers[n]; rows are product numbers in these worlds."""

    def moved(column: np.ndarray[tuple[int], np.dtype[np.float64]] | None) -> object:
        return None if column is None else column[np.argsort(numbers)]

    old = facts.scores
    scores = Scores(moved(old.popularity), moved(old.popularity_rank), moved(old.cf))  # type: ignore[arg-type]
    dismissed = tuple((int(numbers[n]) if n < len(numbers) else n, at) for n, at in facts.gate.dismissed)
    past = facts.past
    if past is not None:
        for name in ("purchases", "spells", "impressions", "clicks"):
            records = getattr(past, name).copy()
            if len(records):
                records["product"] = numbers[records["product"]]
            past = replace(past, **{name: records})
    return replace(facts, scores=scores, gate=replace(facts.gate, dismissed=dismissed), past=past)


@given(SEEDS)
def test_the_order_in_which_the_past_is_told_does_not_matter(seed: int) -> None:
    world = make_world(seed)
    assert world.facts.past is not None
    told = replace(world.facts, past=shuffled(world.facts.past, np.random.default_rng(seed)))
    assert by_id(decide(told, *world[1:]), world.catalogue) == by_id(decide(*world), world.catalogue)


@given(SEEDS, MODES)
def test_the_numbers_of_products_do_not_matter(seed: int, mode: str) -> None:
    world = make_world(seed, mode)  # type: ignore[arg-type]
    products = make_products(seed)
    numbers = np.random.default_rng(seed).permutation(len(products))
    moved = [replace(product, product_no=int(number)) for product, number in zip(products, numbers, strict=True)]
    catalogue = make_catalogue(*moved, regime=world.regime)
    again = decide(renumbered(world.facts, numbers), catalogue, world.policy, world.regime)
    assert by_id(again, catalogue) == by_id(decide(*world), world.catalogue)
