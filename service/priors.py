"""What training assumes before it has seen money move: the substitution prior of domain model §14."""

from __future__ import annotations

from collections.abc import Mapping

SUBSTITUTION: Mapping[str, Mapping[str, float]] = {
    "deposit.demand": {"cash.mmf": 0.4, "cash.wealth": 0.3, "deposit.term": 0.2},
    "cash.mmf": {"cash.wealth": 0.4, "wealth.fixed_income": 0.3, "fund.bond": 0.1},
    "deposit.term": {
        "deposit.term": 0.5,
        "deposit.cd": 0.2,
        "wealth.fixed_income": 0.15,
        "bond.savings_cert": 0.05,
        "bond.savings_e": 0.05,
    },
    "wealth.fixed_income": {"wealth.fixed_income": 0.55, "wealth.fi_plus": 0.15, "cash.mmf": 0.1, "fund.bond": 0.1},
    "fund.equity": {"fund.index": 0.2, "fund.mixed": 0.2, "cash.mmf": 0.2},
}
"""Share of maturing money of a category that goes to another; rows sum to at most 1."""
