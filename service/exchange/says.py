"""What the names of the exchange format do not say by themselves: files, columns and types in a few words."""

from __future__ import annotations

from collections.abc import Mapping

from service.exchange.schema import (
    DISMISS_REASONS,
    LONGEST,
    NEEDS_PLACE,
    NEEDS_PRODUCT,
    NEEDS_PRODUCT_OR_CATEGORY,
    PLACE,
    Type,
)

TYPES: Mapping[Type, str] = {
    "text": "UTF-8 without NUL",
    "tag": f"text of at most {LONGEST} characters, no blank at an end, no control or invisible character",
    "enum": "one of the values",
    "grade": "one of the values, lowest first",
    "int": "a whole number",
    "money": "an amount in the base currency, at most two decimals",
    "number": "a number",
    "bool": "true or false; in CSV 1 and 0 too",
    "time": "ISO 8601 or a Parquet timestamp, from 1970 on; without a zone it is UTC",
    "list": "texts; in CSV separated by `;`",
    "windows": "a list of from/until, two times",
    "object": "a JSON object as text",
}
FILES: Mapping[str, str] = {
    "products": "a product of the catalogue",
    "customers": "a customer as known now; a column `attr_NAME` is an attribute of any name",
    "consents": "one answer to a consent scope",
    "tag_definitions": "what a tag claims",
    "tags": "an assignment of a tag to a customer; sent again it replaces the one of the same key",
    "holdings": "a holding spell; all open ones of a customer together are the newest statement",
    "snapshots": "a product that a customer held when observed, for sources without spells",
    "cash_flows": "a movement of money, by class of counterparty",
    "events": "one thing that happened",
    "eligibility": "a product that a customer could buy at that time; all others could not be bought then",
    "basket_order": "a product in a basket, for sources with order and no clock",
    "decisions": "one slot of a served decision; written by `huojia export` alone",
}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "products": {
        "zone": "of a category that the taxonomy lacks; without it the part before the dot",
        "series_id": "the shelf shows few products of one series",
        "currency": "of the product; amounts are in the base currency",
        "liquidity": "days to cash: T+n, or maturity",
        "open_windows": "when it is open, for exit windows",
        "regions": "empty: everywhere",
        "channels": "empty: everywhere",
        "quota_left": "0: sold out; empty: no limit",
        "status": "empty: on_shelf",
    },
    "customers": {
        "goal_horizon_days": "for how long the money may be tied up",
        "goal_liquidity_days": "within how many days the money may be needed",
        "credit_gate": "the bank's verdict; without a pass no credit product is shown",
    },
    "consents": {"text_version": "of the words that the customer agreed to"},
    "tag_definitions": {
        "kind": "latent: inferred, needs the consent latent_tags",
        "category": "what it claims; one that the taxonomy lacks is kept with a warning",
        "zone": "what it claims, where it claims no category",
        "polarity": "1 prefers, -1 avoids; empty: 1",
        "legal_basis": "a word of the law file; any other is told to the customer as it is",
        "scope": "categories or zones, separated by `;`, to which the tag is confined",
        "half_life_days": "empty: that of the category",
        "status": "empty: active",
        "one_of": "any word; of a provider's tags with the same word a customer carries one at most (income bands)",
    },
    "tags": {
        "affinity": "how strongly; empty: the tag only says yes",
        "source": "who assigned it; of a tag that this service infers only `inferred` is taken",
        "removed_at": "when it ended, not before assigned_at; empty: it stands",
        "removed_by": "who ended it, needs removed_at; customer: a deletion, no new assignment while it runs",
    },
    "holdings": {"closed_at": "empty: open", "amount": "at the time of the statement"},
    "cash_flows": {
        "amount": "+ in, - out",
        "counterparty_class": "whose account, never a name",
        "own_name": "the other account is the customer's own",
    },
    "events": {
        "product_id": f"required of {', '.join(NEEDS_PRODUCT)}",
        "category": f"required without a product of {', '.join(NEEDS_PRODUCT_OR_CATEGORY)}",
        "decision_id": f"required with {', '.join(PLACE[1:])} of {', '.join(NEEDS_PLACE)}, unless there is tracking",
        "slot": "place on the shelf, from 1",
        "task_id": "required of task_*",
        "refers_to": "the event_id that this one undoes; required of cancel",
        "tracking": "a card's token: fills decision, tier, slot and product",
        "device": "any stable id; kept as a keyed hash",
        "ip_block": "a keyed hash of the /24",
        "invited_by": "a customer_id",
        "payload": f"dismiss: `reason`, one of {', '.join(DISMISS_REASONS)}",
    },
    "basket_order": {"basket": "number of the basket, in order"},
    "decisions": {"propensity": "chance with which the product stood there"},
}
MANIFEST: Mapping[str, str] = {
    "format": "1",
    "base_currency": "CNY unless said otherwise; another than the bank's is refused",
    "as_of": "time of the holdings statement; empty: the latest time in the folder",
}
"""`manifest.json`, which may be left out."""
