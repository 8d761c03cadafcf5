"""What may not stand together on a shelf: near-duplicates, a loan with an investment in one zone (§2, 17 and 20)."""

from __future__ import annotations

from bisect import bisect_left

from tests.oracle.oracle.files import Row
from tests.oracle.oracle.gate import grade, regimes, zone_of_product
from tests.oracle.oracle.tables import NEEDS_GRADE, TERM_BUCKETS


def lends(product: Row) -> bool:
    """Whether a product lends money."""
    return "credit" in regimes(product)


def invests(product: Row) -> bool:
    """Whether a product is an investment: one of a regime that needs a grade."""
    return bool(regimes(product) & NEEDS_GRADE)


def mixed(one: Row, other: Row) -> bool:
    """Whether a loan and an investment share a zone."""
    apart = (lends(one) and invests(other)) or (invests(one) and lends(other))
    return apart and zone_of_product(one) == zone_of_product(other)


def alike(one: Row, other: Row) -> bool:
    """Whether two products are near-duplicates; an unknown issuer may be anybody."""
    if one["series_id"] is not None and one["series_id"] == other["series_id"]:
        return True
    return one["issuer"] is not None and _likeness(one) == _likeness(other)


def _likeness(product: Row) -> tuple[object, ...]:
    term = product["term_days"]
    bucket = None if term is None else bisect_left(TERM_BUCKETS, term)
    return product["category"], product["issuer"], grade(product), bucket, product["liquidity"]
