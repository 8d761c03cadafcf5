"""A stored product record as what the shelf rules may know of it, and as the fixed part of a card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from service.clock import iso
from service.exchange.schema import DISMISS_REASONS
from shelf_rules.product import Product
from shelf_rules.regime import Regime
from shelf_rules.texts import ACTIONS, GRADES, LANGUAGES

Record = Mapping[str, Any]


def product_of(record: Record) -> Product:
    """The part of a record that rules may read: no texts, no yield."""
    return Product(
        product_no=record["product_no"],
        product_id=record["product_id"],
        category=record["category_no"],
        zone=record["zone"],
        issuer=record["issuer"],
        series_id=record["series_id"],
        risk_issuer=record["risk_issuer"],
        risk_distributor=record["risk_distributor"],
        regime=record["regime"],
        min_amount=record["min_amount"],
        term_days=record["term_days"],
        min_hold_days=record["min_hold_days"],
        liquidity=record["liquidity"],
        exit=record["exit"],
        offering=record["offering"],
        sale_from_us=record["sale_from_us"],
        sale_until_us=record["sale_until_us"],
        quota_left=record["quota_left"],
        regions=as_tuple(record["regions"]),
        channels=as_tuple(record["channels"]),
        scenes=as_tuple(record["scenes"]),
        action_host=_host(record["action_url"]) if record["action_url"] else None,
        status=record["status"] or "on_shelf",
        listed_us=record["listed_us"],
    )


def _host(url: str) -> str:
    """The host of an address; empty, and so on no list, where there is none to be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def as_tuple(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """A stored list, as JSON text or as a list."""
    if value is None:
        return ()
    parsed: Sequence[str] = json.loads(value) if isinstance(value, str) else value
    return tuple(parsed)


_LIQUIDITY = {"maturity": ("到期", "at maturity")}


class CardFace:
    """Renders the part of a card that does not depend on the customer, in one language (0 zh, 1 en)."""

    def __init__(self, regime: Regime, language: int, category_names: Sequence[str]) -> None:
        self._regime = regime
        self._language = language
        self._category_names = category_names

    def face(self, record: Record, *, category: str, zone: str, grade: int) -> dict[str, Any]:
        """The fixed fields of domain model §16, title and yield exactly as the record has them."""
        language, spoken = self._language, LANGUAGES[self._language]
        disclosures = self._regime.disclosures.get(zone)
        return {
            "product_id": record["product_id"],
            "zone": zone,
            "category": category,
            "category_label": self._category_names[record["category_no"]] or category,
            "title": record["sale_name"] or record["name"] or record["product_id"],
            "provider": record["issuer"],
            "distributor": record["distributor"],
            "risk": {"grade": f"R{grade}", "label": GRADES[grade][spoken]} if grade else None,
            "yield": _yield(record),
            "term": _term(record["term_days"], language),
            "min_amount": None if record["min_amount"] is None else record["min_amount"] / 100,
            "liquidity": _liquidity(record["liquidity"], language),
            "action": _action(record["action_url"], spoken),
            "dismiss": {"url": "/v1/me/events", "reasons": list(DISMISS_REASONS)},
            "disclosures": [disclosures[language]] if disclosures else [],
        }


def _action(url: str | None, language: str) -> dict[str, str] | None:
    return {"label": ACTIONS["learn"][language], "url": url} if url else None


def _yield(record: Record) -> dict[str, Any] | None:
    kind = record["yield_kind"]
    if kind is None or kind == "none":
        return None
    as_of = record["yield_as_of_us"]
    # A benchmark may never stand in first place (regulation G45, G50).
    prominence = "secondary" if kind == "performance_benchmark" else "primary"
    return {
        "kind": kind,
        "text": record["yield_text"],
        "as_of": None if as_of is None else iso(as_of),
        "prominence": prominence,
        "disclaimer_id": record["disclaimer_id"],
    }


def _term(days: int | None, language: int) -> dict[str, Any] | None:
    return None if days is None else {"days": days, "label": (f"{days}天", f"{days} days")[language]}


def _liquidity(text: str | None, language: int) -> dict[str, Any] | None:
    return None if text is None else {"label": _LIQUIDITY.get(text, (text, text))[language]}
