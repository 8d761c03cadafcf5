"""No loan stands in one zone with an investment (regulation G67)."""

from __future__ import annotations

from shelf_rules.slate import Slate


def loan_separation(slate: Slate, row: int, _place: str) -> bool:
    """Whether the row's zone holds no card of the other kind; true where the regime does not ask for the separation."""
    if not slate.situation.regime.loan_invest_separation:
        return True
    catalogue = slate.situation.catalogue
    zone = catalogue.zone.item(row)
    beside_investment = catalogue.credit.item(row) and slate.investments.get(zone, 0)
    beside_loan = catalogue.investment.item(row) and slate.loans.get(zone, 0)
    return not (beside_investment or beside_loan)
