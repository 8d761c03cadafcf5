"""The small label of a card: a closed list, each member a fact that can be counted."""

from __future__ import annotations

from shelf_rules.catalogue import ALWAYS_FROM
from shelf_rules.policy import DAY_US
from shelf_rules.situation import Situation

BADGES = ("held", "maturing", "seen", "new", "campaign")
"""In order of precedence (domain model §16: 持有中, 到期承接, 您看过, 新上架, 活动)."""

SEEN_DAYS = 14
NEW_DAYS = 30


def badge(situation: Situation, row: int, place: str, seen: frozenset[int]) -> str | None:
    """The first badge that is true of the product for this customer, None where none is; `seen` are `seen_rows`."""
    evidence, category = situation.evidence, situation.catalogue.category.item(row)
    if evidence is not None:
        if evidence.held_products[row]:
            return "held"
        if place == "migratable" and evidence.maturity[category] > 0:
            return "maturing"
        if row in seen:
            return "seen"
    if _is_new(situation, row):
        return "new"
    return "campaign" if _in_campaign(situation, row) else None


def seen_rows(situation: Situation) -> frozenset[int]:
    """The rows that the customer has looked at in the last two weeks; none without the consent `behaviour`."""
    past, today = situation.facts.past, situation.facts.today
    if past is None or not past.behaviour_read:
        return frozenset()
    seen: set[int] = set()
    for records in (past.clicks,) if past.looks is None else (past.clicks, past.looks):
        recent = records["product"][(records["day"] <= today) & (records["day"] > today - SEEN_DAYS)]
        seen.update(situation.catalogue.rows(recent).tolist())
    return frozenset(seen)


def _is_new(situation: Situation, row: int) -> bool:
    """First seen lately, and not on sale for longer than that: a first import is no reason to call a product new."""
    catalogue = situation.catalogue
    listed, sale_from = catalogue.listed_us.item(row), catalogue.sale_from.item(row)
    since = listed if sale_from == ALWAYS_FROM else min(listed, sale_from)
    return 0 < since <= situation.facts.now_us < since + NEW_DAYS * DAY_US


def _in_campaign(situation: Situation, row: int) -> bool:
    """A product of a campaign that passed the gate is sold through one that runs for this customer."""
    if "campaign_only" not in situation.policy.eligibility:
        return False
    product_id = situation.catalogue.product_ids[row]
    return any(product_id in campaign.products for campaign in situation.policy.campaigns)
