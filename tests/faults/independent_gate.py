"""Which cards of a shelf its customer may not be shown, by the oracle's gate over exported files."""

from __future__ import annotations

from typing import Any

from tests.oracle.oracle import evidence
from tests.oracle.oracle.compare import instant_of
from tests.oracle.oracle.files import Bank, Customer
from tests.oracle.oracle.gate import Applicant, failing, first_failing
from tests.oracle.oracle.history import History, read_history
from tests.oracle.oracle.tables import day_of
from tests.oracle.oracle.verdict import consented

Shelf = dict[str, Any]


def ineligible_cards(bank: Bank, customer_id: str, shelf: Shelf) -> list[str]:
    """Each card that fails the gate at the shelf's own time, with the code it fails."""
    applicant = _applicant(bank, customer_id, shelf)
    cards = [
        (tier["tier"], card["product_id"])
        for tier in shelf["tiers"]
        for zone in tier["zones"]
        for card in zone["cards"]
    ]
    cards += [("public", card["product_id"]) for zone in shelf["public"] for card in zone["cards"]]
    codes = [
        (product_id, first_failing(failing(bank.by_id[product_id], applicant), fixed=tier == "fixed"))
        for tier, product_id in cards
    ]
    return [f"{customer_id} {shelf['mode']} {product_id}: {code}" for product_id, code in codes if code is not None]


def _applicant(bank: Bank, customer_id: str, shelf: Shelf) -> Applicant:
    now_us = instant_of(shelf)
    known = bank.customers.get(customer_id, Customer(customer_id))
    # A fallback may know nothing of the customer, so it is judged as a stranger's.
    customer = Customer(customer_id) if shelf["mode"] == "fallback" else known
    if shelf["mode"] != "personal":
        return Applicant(customer, now_us, History(day_of(now_us)), personal=False, series=bank.series)
    whole = read_history(bank, customer, now_us)
    reads = {scope: customer.grants(scope, now_us) for scope in ("holdings", "behaviour", "outflow")}
    history = consented(whole, reads)
    has_money = reads["holdings"] and bool(history.spells or history.flows)
    money = evidence.money_of(history, outflow_read=reads["outflow"], known=has_money)
    held = frozenset(history.held_products)
    return Applicant(customer, now_us, whole, money.ability, held, series=bank.series)
