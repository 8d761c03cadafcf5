"""A decision as the bytes of a shelf: cards are joined from parts, nothing is built as objects twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
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
    arms: tuple[str, ...] = ()  # what an impression of a card is an exposure to


def render(rendering: Rendering, decision: Decision, head: dict[str, Any]) -> bytes:
    """The whole answer as JSON (`interface.md` §3)."""
    customer_ref = rendering.keyed.customer_ref(rendering.customer_id)
    tiers = [_tier(rendering, customer_ref, tier, decision) for tier in TIERS]
    parts = [orjson.dumps(head)[:-1], b',"tiers":[', b",".join(tiers), b'],"public":']
    parts += [_zones(rendering, customer_ref, decision.public), b","]
    parts.append(_tail(rendering.language, personal=decision.mode == "personal", assessment=decision.assessment))
    if rendering.explain:
        parts += [b',"explain":', orjson.dumps(audit_rows(decision, rendering.world.catalogue))]
    return b"".join([*parts, b"}"])


@lru_cache(maxsize=64)
def _tail(language: str, *, personal: bool, assessment: bool) -> bytes:
    """What stands below the cards, without its braces."""
    notice = {
        "text": NOTICE["personal" if personal else "nonpersonal"][language],
        "about_url": ABOUT_URL,
        "off_url": OFF_URL,
        "complaint_url": COMPLAINT_URL,
    }
    card = assessment_card(language) if assessment else None
    return orjson.dumps({"assessment": card, "algorithm_notice": notice})[1:-1]


def _tier(rendering: Rendering, customer_ref: str, tier: str, decision: Decision) -> bytes:
    mine = [slot for slot in decision.slots if slot.tier == tier]
    head = _tier_head(tier, rendering.language, personal=decision.mode == "personal", empty=not mine)
    return head + b',"zones":' + _zones(rendering, customer_ref, mine) + b"}"


@lru_cache(maxsize=64)
def _tier_head(tier: str, language: str, *, personal: bool, empty: bool) -> bytes:
    """An empty tier says so and is never padded (domain model §6)."""
    note = (EMPTY[tier] if personal else NOT_PERSONAL)[language] if empty else None
    return orjson.dumps({"tier": tier, "title": TITLES[tier][language], "note": note})[:-1]


def assessment_card(language: str) -> dict[str, str]:
    """What stands in for the investment part of a shelf without a valid assessment."""
    texts = {name: text[language] for name, text in ASSESSMENT.items()}
    return {**texts, "url": _ASSESSMENT_URL}


def _zones(rendering: Rendering, customer_ref: str, slots: Iterable[Slot]) -> bytes:
    """Cards grouped by zone, zones in the order of their first slot."""
    zone_of, heads = rendering.world.catalogue.zone, rendering.world.cards.zones[rendering.language]
    groups: dict[int, list[bytes]] = {}
    for slot in slots:
        groups.setdefault(zone_of.item(slot.row), []).append(_card(rendering, customer_ref, slot))
    written = [heads[zone] + b',"cards":[' + b",".join(cards) + b"]}" for zone, cards in groups.items()]
    return b"[" + b",".join(written) + b"]"


def _card(rendering: Rendering, customer_ref: str, slot: Slot) -> bytes:
    world, language = rendering.world, rendering.language
    tracking = Tracking(
        decision_id=rendering.decision_id,
        customer_ref=customer_ref,
        product_no=world.catalogue.product_no.item(slot.row),
        tier=slot.tier,
        slot=slot.slot,
        propensity=slot.propensity,
        policy=world.policy_label,
        arms=rendering.arms,
    )
    label = world.cards.labels[language][world.catalogue.category.item(slot.row)]
    parts = [
        world.cards.faces[language][slot.row],
        _place(slot.badge, slot.tier, slot.slot, slot.reason, (language, label)),
        b"null" if slot.task is None else _task(slot.task, language, label),
        b',"tracking":"%b"' % rendering.keyed.sign(tracking).encode(),
    ]
    if rendering.explain:
        told = {
            "score": slot.score,
            "parts": dict(slot.parts),
            "tier_parts": dict(slot.tier_parts),
            "propensity": slot.propensity,
            "explored": slot.explored,
        }
        parts += [b",", orjson.dumps(told)[1:-1]]
    return b"".join([*parts, b"}"])


@lru_cache(maxsize=16_384)
def _place(badge: str | None, tier: str, slot: int, reason: str, spoken: tuple[str, str]) -> bytes:
    """What stands on a card between the product and its task; `spoken` are the language and the category's name."""
    language, label = spoken
    told = {
        "badge": BADGES[badge][language] if badge else None,
        "tier": tier if tier != PUBLIC else None,
        "slot": slot,
        "reason": {"code": reason, "text": sentence(reason, language, label)},
    }
    return b"," + orjson.dumps(told)[1:-1] + b',"task":'


@lru_cache(maxsize=4096)
def _task(offer: TaskOffer, language: str, label: str) -> bytes:
    """A task card; it carries no reward, and nothing in it hangs on buying."""
    title, steps = task_text(offer.kind, language, label)
    told = {
        "task_id": task_id(offer),
        "type": offer.kind,
        "title": title,
        "steps": list(steps),
        "reward": None,
        "deadline": None,
        "terms_url": _TASK_TERMS_URL,
    }
    return orjson.dumps(told)
