"""Products sold only through a campaign, where none of theirs runs for this customer now."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue
from shelf_rules.facts import Facts
from shelf_rules.policy import Campaign
from shelf_rules.situation import Situation


def campaign_only(situation: Situation) -> Bools:
    """Rows that a campaign names, unless one that names them runs at this time, region and channel."""
    campaigns, facts = situation.policy.campaigns, situation.facts
    if not campaigns:
        return situation.catalogue.no_rows
    return _closed(situation.catalogue, campaigns, tuple(_runs(campaign, facts) for campaign in campaigns))


@lru_cache(maxsize=8)
def _closed(catalogue: Catalogue, campaigns: tuple[Campaign, ...], runs: tuple[bool, ...]) -> Bools:
    row_of_id = catalogue.row_of_id
    named, running = np.zeros((2, len(catalogue)), dtype=np.bool_)
    for campaign, is_running in zip(campaigns, runs, strict=True):
        rows = [row_of_id[product_id] for product_id in campaign.products if product_id in row_of_id]
        named[rows] = True
        if is_running:
            running[rows] = True
    closed: Bools = named & ~running
    closed.setflags(write=False)  # shared by shelves
    return closed


def _runs(campaign: Campaign, facts: Facts) -> bool:
    """Whether `now` is in [from, until) and region and channel are among those named; none named is everywhere."""
    if campaign.from_ is not None and facts.now_us < campaign.from_:
        return False
    if campaign.until is not None and facts.now_us >= campaign.until:
        return False
    here = not campaign.regions or facts.gate.region in campaign.regions
    return here and (not campaign.channels or facts.query.channel in campaign.channels)
