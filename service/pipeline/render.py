"""A decision as the bytes of a shelf: cards are joined from parts, nothing is built as objects twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from service.keyed import Secrets, Tracking
from service.pipeline.outcome import task_id
from service.world import World
from shelf_rules.decision import PUBLIC, TIERS, Decision, Slot, TaskOffer
from shelf_rules.explain import audit_rows, sentence, task_text
from shelf_rules.texts import ASSESSMENT, BADGES, EMPTY, NOT_PERSONAL, NOTICE, TITLES

ABOUT_URL = "/v1/shelf/about"
OFF_URL = "/v1/me/personalisation"
COMPLAINT_URL = "/v1/shelf/about#complaint"
_TASK_TERMS_URL = "/v1/shelf/about#tasks"
_ASSESSMENT_URL = "/v1/shelf/about#assessment"


@dataclass(frozen=True, slots=True)
class Rendering:
    """For whom and how a decision is written."""

    world: World
    keyed: Secrets
    decision_id: str
    customer_id: str
    language: str
    explain: bool


def render(rendering: Rendering, decision: Decision, head: dict[str, Any]) -> bytes:
    """The whole answer as JSON (`interface.md` §3)."""
    customer_ref = rendering.keyed.customer_ref(rendering.customer_id)
    tiers = [_tier(rendering, customer_ref, tier, decision) for tier in TIERS]
    language = rendering.language
    tail: dict[str, Any] = {
        "assessment": assessment_card(language) if decision.assessment else None,
        "algorithm_notice": {
            "text": NOTICE["personal" if decision.mode == "personal" else "nonpersonal"][language],
            "about_url": ABOUT_URL,
            "off_url": OFF_URL,
            "complaint_url": COMPLAINT_URL,
        },
    }
    if rendering.explain:
        tail["explain"] = audit_rows(decision, rendering.world.catalogue)
    public = _zones(rendering, customer_ref, decision.public)
    return b"".join(
        (
            orjson.dumps(head)[:-1],
            b',"tiers":[',
            b",".join(tiers),
            b'],"public":',
            public,
            b",",
            orjson.dumps(tail)[1:],
        )
    )


def _tier(rendering: Rendering, customer_ref: str, tier: str, decision: Decision) -> bytes:
    mine = [slot for slot in decision.slots if slot.tier == tier]
    language = rendering.language
    # An empty tier says so and is never padded (domain model §6).
    note = None if mine else (EMPTY[tier] if decision.mode == "personal" else NOT_PERSONAL)[language]
    head = orjson.dumps({"tier": tier, "title": TITLES[tier][language], "note": note})[:-1]
    return head + b',"zones":' + _zones(rendering, customer_ref, mine) + b"}"


def assessment_card(language: str) -> dict[str, str]:
    """What stands in for the investment part of a shelf without a valid assessment."""
    texts = {name: text[language] for name, text in ASSESSMENT.items()}
    return {**texts, "url": _ASSESSMENT_URL}


def _zones(rendering: Rendering, customer_ref: str, slots: Iterable[Slot]) -> bytes:
    """Cards grouped by zone, zones in the order of their first slot."""
    catalogue, regime = rendering.world.catalogue, rendering.world.regime
    groups: dict[str, list[bytes]] = {}
    for slot in slots:
        zone = catalogue.categories.zones[catalogue.zone[slot.row]]
        groups.setdefault(zone, []).append(_card(rendering, customer_ref, slot))
    index = 0 if rendering.language == "zh" else 1
    written = []
    for zone, cards in groups.items():
        names = regime.zone_names.get(zone)
        head = orjson.dumps({"zone": zone, "title": names[index] if names else zone})[:-1]
        written.append(head + b',"cards":[' + b",".join(cards) + b"]}")
    return b"[" + b",".join(written) + b"]"


def _card(rendering: Rendering, customer_ref: str, slot: Slot) -> bytes:
    world, language = rendering.world, rendering.language
    catalogue = world.catalogue
    tracking = Tracking(
        decision_id=rendering.decision_id,
        customer_ref=customer_ref,
        product_no=int(catalogue.product_no[slot.row]),
        tier=slot.tier,
        slot=slot.slot,
        propensity=slot.propensity,
        policy=world.policy_label,
    )
    category = int(catalogue.category[slot.row])
    label = catalogue.categories.names[language][category] or catalogue.categories.codes[category]
    rest: dict[str, Any] = {
        "badge": BADGES[slot.badge][language] if slot.badge else None,
        "tier": slot.tier if slot.tier != PUBLIC else None,
        "slot": slot.slot,
        "reason": {"code": slot.reason, "text": sentence(slot.reason, language, label)},
        "task": None if slot.task is None else _task(slot.task, language, label),
        "tracking": rendering.keyed.sign(tracking),
    }
    if rendering.explain:
        rest |= {
            "score": slot.score,
            "parts": dict(slot.parts),
            "tier_parts": dict(slot.tier_parts),
            "propensity": slot.propensity,
            "explored": slot.explored,
        }
    return world.cards.faces[language][slot.row] + b"," + orjson.dumps(rest)[1:]


def _task(offer: TaskOffer, language: str, label: str) -> dict[str, Any]:
    """A task card; it carries no reward, and nothing in it hangs on buying."""
    title, steps = task_text(offer.kind, language, label)
    return {
        "task_id": task_id(offer),
        "type": offer.kind,
        "title": title,
        "steps": list(steps),
        "reward": None,
        "deadline": None,
        "terms_url": _TASK_TERMS_URL,
    }
