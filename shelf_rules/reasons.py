"""The reason of a placed product: the overlay it serves, else the largest component of its score."""

from __future__ import annotations

import math
from collections.abc import Mapping

from shelf_rules.lifecycle import at_risk, wake_up
from shelf_rules.ranking.tag import NEUTRAL
from shelf_rules.situation import Situation

FEATURED = "featured"
_RAISED = (("rule", FEATURED), ("scene", "scene"))
_DIGITS = 1e9


def reason(situation: Situation, tier: str, row: int, parts: Mapping[str, float], *, explored: bool = False) -> str:
    """The reason code of a row placed in `tier`; `parts` are the summands of its score by ranking term (§8).

    Overlays come first: wake_up, at_risk, explore. The tag's part is what it adds to a product without a tag; what a
    rule of the policy adds is `featured`, what the page adds `scene`. Equal parts are told in the order: the tier's own
    evidence, tag, similar customers, popularity, rule, scene.
    """
    category = situation.catalogue.category.item(row)
    if wake_up(situation, category):
        return "wake_up"
    if at_risk(situation, category):
        return "at_risk"
    if explored:
        return "explore"
    evidence = tier_parts(situation, tier, category)
    components = {_largest(evidence): parts["tier_score"]} if evidence else {}
    components["tag"] = parts["tag"] - situation.policy.ranking[tier].tag * NEUTRAL
    for code, part in (("similar_customers", parts["cf"]), ("popular", parts["popularity"])):
        components[code] = max(part, components.get(code, part))
    components |= {code: parts[name] for name, code in _RAISED if name in parts}
    return _largest(components)


def tier_parts(situation: Situation, tier: str, category: int) -> dict[str, float]:
    """The summands of the tier's score of a category by reason code; those without data are left out."""
    parts = {code: column.item(category) for code, column in situation.tiers[tier].parts.items()}
    return {code: part for code, part in parts.items() if math.isfinite(part)}


def _largest(parts: Mapping[str, float]) -> str:
    """The code of the largest part, the first of equals: no tie hangs on a last bit."""
    return max(parts, key=lambda code: round(parts[code] * _DIGITS))
