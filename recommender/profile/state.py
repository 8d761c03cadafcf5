"""The customer's state as bounded structured arrays: what the past says, undecayed and free of any policy."""

from __future__ import annotations

import numpy as np

SCHEMA = 1
OPEN = -1
UNKNOWN = -1

TASK, ORGANIC = 0, 1

PURCHASES = np.dtype(
    [
        ("category", "<i2"),
        ("product", "<i4"),
        ("day", "<i4"),
        ("amount", "<i8"),
        ("weight", "u1"),  # TASK | ORGANIC
        ("cancelled", "<i4"),  # day of the cancel or OPEN
        ("ref", "<u8"),  # 8-byte hash of the event id
    ]
)
HEADS = np.dtype([("category", "<i2"), ("first_day", "<i4"), ("count", "<i4")])
CANCELS = np.dtype([("ref", "<u8"), ("day", "<i4")])
SPELLS = np.dtype(
    [
        ("category", "<i2"),
        ("product", "<i4"),
        ("opened", "<i4"),
        ("closed", "<i4"),
        ("matures", "<i4"),
        ("since", "<i4"),  # day of the last purchase or renewal by event, UNKNOWN for a stated spell
        ("amount", "<i8"),
        ("stated", "u1"),
    ]
)
INTENT = np.dtype([("category", "<i2"), ("session", "<u8"), ("day", "<i4"), ("kind", "u1"), ("count", "u1")])
FLOWS = np.dtype([("kind", "u1"), ("own", "u1"), ("week", "<i4"), ("money_in", "<i8"), ("money_out", "<i8")])
EVENTS = np.dtype([("product", "<i4"), ("kind", "u1"), ("day", "<i4"), ("amount", "<i8")])
IMPRESSIONS = np.dtype([("product", "<i4"), ("day", "<i4"), ("count", "<u2")])
TAGS = np.dtype([("tag", "<i4"), ("assigned", "<i4"), ("affinity", "<f8")])

EVENT_KINDS = (
    "served",
    "impression",
    "click",
    "search",
    "list",
    "detail",
    "compare",
    "calculate",
    "consult",
    "watch",
    "push_click",
    "apply",
    "purchase",
    "top_up",
    "renewal",
    "redeem",
    "mature",
    "cancel",
    "dismiss",
    "task_offered",
    "task_accepted",
    "task_progress",
    "task_done",
    "task_rewarded",
    "task_expired",
    "task_rejected",
    "task_clawed_back",
    "login",
    "share",
    "invite",
    "feedback",
    "message_open",
)
"""Event kinds in the order of their numbers in the state; append only."""
KIND = {name: number for number, name in enumerate(EVENT_KINDS)}
INTENT_KINDS = frozenset({"search", "list", "detail", "compare", "calculate", "consult", "watch", "push_click"})
PURCHASE_KINDS = frozenset({"purchase", "top_up", "renewal"})
MONEY_KINDS = PURCHASE_KINDS | {"redeem", "mature", "cancel", "apply"}
COUNTERPARTIES = ("bank", "fund_platform", "broker", "insurer", "lender", "card_other", "wallet")

PURCHASES_PER_CATEGORY = 64
SPELLS_PER_CATEGORY = 64
INTENT_DAYS, INTENT_MAX = 120, 256
FLOW_WEEKS, FLOWS_MAX = 58, 512
EVENTS_MAX = 200
IMPRESSION_DAYS, IMPRESSIONS_MAX = 14, 256
TAGS_MAX = 128
CANCELS_MAX = 32
