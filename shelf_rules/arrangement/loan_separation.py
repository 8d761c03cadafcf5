"""No loan stands in one zone with an investment (regulation G67)."""

from __future__ import annotations

from shelf_rules.slate import Card, Slate


def loan_separation(slate: Slate, card: Card, _place: str) -> bool:
    """Whether the card's zone holds no card of the other kind; true where the regime asks for no separation."""
    if not (card.credit or card.investment) or not slate.situation.regime.loan_invest_separation:
        return True
    beside_investment = card.credit and slate.investments.get(card.zone, 0)
    beside_loan = card.investment and slate.loans.get(card.zone, 0)
    return not (beside_investment or beside_loan)
