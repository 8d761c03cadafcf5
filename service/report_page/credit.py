"""How a metric came about, in one line under its name."""

from __future__ import annotations

from collections.abc import Sequence

from service.report_page.words import Words
from service.reports.metric import Metric


def how(rows: Sequence[Metric], words: Words) -> str:
    """How a metric is attributed, over which days it looks, and how its interval is made."""
    first, methods = rows[0], dict.fromkeys(row.method for row in rows if row.method != "none")
    days = words("how", "all_days")
    if first.days == "category":
        days = words("how", "category_days")
    elif first.days is not None and "day" not in first.group:
        days = words("how", "some_days").format(n=first.days)
    if "wilson_clustered" in methods:
        methods.pop("wilson", None)  # the same where each customer has one row
    told_methods = "; ".join(words("method", method) for method in methods) or words("method", "none")
    parts = {"attribution": words("attribution", first.attribution), "days": days, "interval": told_methods}
    stop = words("how", "stop")
    return stop + stop.join(words("how", name) + text for name, text in parts.items()) + stop.strip()
