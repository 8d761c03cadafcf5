"""Shelves as the service sends them, as far as a caller looks."""

from __future__ import annotations

from typing import Any

TIERS = ("fixed", "migratable", "transferable")


def card(product_id: str = "p1", slot: int = 1, tier: str | None = "fixed") -> dict[str, Any]:
    """A card."""
    return {"product_id": product_id, "tier": tier, "slot": slot, "tracking": f"token-{product_id}-{slot}"}


def shelf(*cards: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A personal shelf with cards in their tiers, those without one outside."""
    tiers = [
        {"tier": tier, "zones": [{"zone": "z", "cards": [one for one in cards if one["tier"] == tier]}]}
        for tier in TIERS
    ]
    public = [{"zone": "z", "cards": [one for one in cards if one["tier"] is None]}]
    whole = {"decision_id": "d1", "mode": "personal", "as_of": "2026-11-01T00:00:00Z", "versions": {"model": "m1"}}
    return whole | {"tiers": tiers, "public": public} | fields
