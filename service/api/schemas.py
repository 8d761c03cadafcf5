"""The JSON schemas of answers and bodies that the OpenAPI file shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.events import CHANNELS
from service.exchange.schema import SCENES

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
_DATE = (
    r"(?:(?:19[7-9][0-9]|2[01][0-9]{2})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|"
    r"(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|"
    r"(?:19(?:7[26]|8[048]|9[26])|20(?:[02468][048]|[13579][26])|21(?:0[48]|[2468][048]|[13579][26]))-02-29)"
)
DATE: Schema = {"type": "string", "pattern": f"^{_DATE}$", "description": "YYYY-MM-DD, of the years 1970 to 2199"}
# The first and the last day are left out: with its offset a time there may lie outside the years 1970 to 2199.
_CLOCK = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
TIME: Schema = {
    "type": "string",
    "pattern": f"^(?!1970-01-01|2199-12-31){_DATE}{_CLOCK}$",
    "description": "ISO 8601, of the years 1970 to 2199",
}


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> dict[str, Any]:
    """An object with required and optional properties."""
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def listing(items: Schema) -> dict[str, Any]:
    """An array of such items."""
    return {"type": "array", "items": items}


CARD: Schema = record(
    {
        "product_id": TEXT,
        "zone": TEXT,
        "category": TEXT,
        "category_label": TEXT,
        "title": TEXT,
        "risk": {"type": ["object", "null"]},
        "yield": {"type": ["object", "null"]},
        "term": {"type": ["object", "null"]},
        "min_amount": {"type": ["number", "null"]},
        "liquidity": {"type": ["object", "null"]},
        "badge": NULLABLE_TEXT,
        "tier": NULLABLE_TEXT,
        "slot": {"type": "integer", "minimum": 1},
        "reason": record({"code": TEXT, "text": TEXT}),
        "task": {"type": ["object", "null"]},
        "action": {"type": ["object", "null"]},
        "dismiss": {"type": "object"},
        "disclosures": listing(TEXT),
        "tracking": TEXT,
    }
)
ZONES: Schema = listing(record({"zone": TEXT, "title": TEXT, "cards": listing(CARD)}))
SHELF: Schema = record(
    {
        "decision_id": TEXT,
        "as_of": TEXT,
        "ttl_s": {"type": "integer"},
        "mode": {"enum": ["personal", "nonpersonal", "holdout", "fallback"]},
        "lifecycle": NULLABLE_TEXT,
        "overlay": NULLABLE_TEXT,
        "versions": {"type": "object"},
        "degraded": listing(TEXT),
        "stale_s": {"type": "number"},
        "experiments": listing({"type": "object"}),
        "tiers": {
            **listing(record({"tier": TEXT, "title": TEXT, "note": NULLABLE_TEXT, "zones": ZONES})),
            "minItems": 3,
            "maxItems": 3,
        },
        "public": ZONES,
        "assessment": {"type": ["object", "null"]},
        "algorithm_notice": record({"text": TEXT, "about_url": TEXT, "off_url": TEXT, "complaint_url": TEXT}),
    }
)


def _parameter(name: str, schema: Schema, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


SHELF_QUERY = (
    _parameter("channel", {"enum": sorted(CHANNELS), "default": "in_app"}, "where the shelf is shown"),
    _parameter("placement", {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$", "default": "home"}, "which shelf"),
    _parameter("scene", {"enum": sorted(SCENES)}, "the life scene of the page"),
    _parameter("lang", {"enum": ["zh", "en"], "default": "zh"}, "language of the texts"),
)
EXPLAIN = _parameter(
    "explain", {"enum": ["true", "false"], "default": "false"}, "scores and what was withheld; needs audit:read"
)
EVENT: Schema = {
    "type": "object",
    "description": "one event, columns of the exchange format; a bad one is rejected by itself, the batch lives",
}
EVENTS_BODY: Schema = {
    **record(
        {"events": {**listing(EVENT), "minItems": 1, "maxItems": 500}},
        {"sent_at": {**TIME, "type": ["string", "null"]}},
    ),
    "additionalProperties": False,
}
EVENTS_ANSWER: Schema = record(
    {
        "results": listing(
            record(
                {
                    "index": {"type": "integer"},
                    "status": {"enum": ["accepted", "duplicate", "rejected"]},
                    "code": NULLABLE_TEXT,
                    "retryable": {"type": "boolean"},
                },
                {"detail": TEXT},
            )
        )
    }
)
