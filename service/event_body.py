"""An event's canonical body: what every sending of the same event has in common, through the API or in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_RESOLVED = frozenset({"tracking", "product_id"})


def canonical_body(fields: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What the sender said, to be hashed as sorted JSON; `stored` replaces columns by their stored form.

    A token counts as the columns it stands for, a product (`product_no`) stands for its category, and null is left out:
    so an event with a token is the same one as the exported row of it.
    """
    body = {name: value for name, value in fields.items() if name not in _RESOLVED}
    body.update(stored)
    if body.get("product_no") is not None:
        body.pop("category", None)
    return {name: value for name, value in body.items() if value is not None}
