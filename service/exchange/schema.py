"""The exchange format as data: its files, their columns, types, closed lists, keys and reason codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from recommender.profile.state import COUNTERPARTIES, EVENT_KINDS
from shelf_rules.decision import PUBLIC, TIERS

FORMAT = 1
BASE_CURRENCY = "CNY"
ATTRIBUTE = "attr_"
"""Columns of `customers` that begin so are attributes of any name."""
LONGEST = 256
"""Characters of a tag, as many as a customer can name to delete it, and of its name."""

Type = Literal["text", "tag", "enum", "grade", "int", "money", "number", "bool", "time", "list", "windows", "object"]

CHANNELS = (
    "branch", "manager", "kiosk", "online", "search_engine", "email", "sms_call", "wechat", "weibo", "in_app", "push",
)  # fmt: skip
SCENES = ("medical", "food", "housing", "travel", "play")
SCOPES = (
    "personalisation", "holdings", "behaviour", "tags", "scene", "outflow", "scene_medical", "location", "latent_tags",
    "marketing",
)  # fmt: skip
REGIMES = ("nfra", "csrc", "insurance", "credit", "bank", "none")
DISMISS_REASONS = ("not_interested", "too_risky", "seen_before")

NEEDS_PRODUCT_OR_CATEGORY = (
    "search", "list", "detail", "compare", "calculate", "consult", "watch", "push_click",
)  # fmt: skip
NEEDS_PRODUCT = ("apply", "purchase", "top_up", "renewal", "redeem", "mature", "cancel", "dismiss")
NEEDS_REFERENCE = ("cancel",)
NEEDS_TASK = tuple(kind for kind in EVENT_KINDS if kind.startswith("task_"))
NEEDS_PLACE = ("served", "impression", "click")
PLACE = ("decision_id", "tier", "slot", "product_id")

CODES = {
    "bad_row": "a line of a CSV file with more or fewer fields than its header",
    "missing_column": "the file lacks a required column",
    "missing_field": "a required field, or one that another field of the row needs, is empty",
    "bad_type": "the value is not of the column's type",
    "bad_text": "text that is not UTF-8, or holds the character NUL",
    "bad_name": "a tag with a blank at an end, or with control or invisible characters",
    "too_long": f"a text of more than {LONGEST} characters, where the column allows no more",
    "bad_enum": "the value is not on the column's closed list",
    "non_finite": "not a number, or infinite",
    "out_of_range": "a number outside the column's bounds",
    "too_many_decimals": "an amount with more than two decimals",
    "time_out_of_range": "a time before 1970, or ahead where the column says what has happened",
    "closed_before_opened": "a holding that was closed before it was opened",
    "removed_before_assigned": "an assignment that was removed before it was made",
    "until_before_from": "a sale or opening window that ends before it begins",
    "unknown_product": "a product that is neither in the database nor in the folder",
    "category_changed": "another category than the product was listed with: what customers did is kept under it",
    "inferred_tag": "a tag inferred here: a call may only remove it (by bank), a file bring it with source `inferred`",
    "duplicate_key": "a key that an earlier row of the file has with other content",
    "event_conflict": "an event that is already stored with other content",
    "bad_tracking": "a tracking token that is forged, another customer's, or at odds with the columns",
}
"""Why a row was rejected."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type, closed list (for elements of lists too), bounds, and whether a time may lie ahead.

    The bounds of a text are those of its length.
    """

    name: str
    type: Type
    required: bool = False
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    ahead: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """A file of the format; `key` identifies a row. A file that is not imported is written by `export` alone."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    imported: bool = True
    attributes: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]

    def compare(self, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(required columns that are missing among the names, names that are no columns)."""
        known = {column.name for column in self.columns}
        missing = tuple(column.name for column in self.columns if column.required and column.name not in names)
        strange = (name for name in names if name not in known)
        return missing, tuple(name for name in strange if not (self.attributes and name.startswith(ATTRIBUTE)))


def _text(*names: str, required: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, "text", required) for name in names)


def _days(name: str) -> Column:
    return Column(name, "int", low=0, high=200_000)


def _past(name: str, *, required: bool = False) -> Column:
    return Column(name, "time", required, ahead=False)


_CUSTOMER, _PRODUCT, _CATEGORY = (Column(name, "text", True) for name in ("customer_id", "product_id", "category"))
_RISKS = tuple(f"R{grade}" for grade in range(1, 6))
_CAPACITIES = tuple(f"C{grade}" for grade in range(1, 6))
_AMOUNT = Column("amount", "money", low=0)
_TAG = Column("tag", "tag", True, high=LONGEST)

PRODUCTS = File(
    "products",
    (
        _PRODUCT,
        _CATEGORY,
        *_text("name", "sale_name", "zone", "issuer", "distributor", "series_id"),
        Column("risk_issuer", "grade", values=_RISKS),
        Column("risk_distributor", "grade", values=_RISKS),
        Column("regime", "enum", values=REGIMES),
        Column("min_amount", "money", low=0),
        *_text("currency"),
        _days("term_days"),
        _days("min_hold_days"),
        *_text("liquidity"),
        Column("exit", "enum", values=("any_day", "windows", "maturity", "renewal", "never")),
        Column("open_windows", "windows"),
        Column("offering", "enum", values=("public", "private")),
        Column("sale_from", "time"),
        Column("sale_until", "time"),
        Column("quota_left", "money"),
        Column("regions", "list"),
        Column("channels", "list", values=CHANNELS),
        Column("scenes", "list", values=SCENES),
        *_text("yield_kind", "yield_text"),
        Column("yield_as_of", "time"),
        *_text("disclaimer_id", "action_url"),
        Column("status", "enum", values=("on_shelf", "suspended", "off_shelf")),
    ),
    ("product_id",),
)
CUSTOMERS = File(
    "customers",
    (
        _CUSTOMER,
        Column("joined_at", "time"),
        Column("birth_year", "int", low=1850, high=2200),
        *_text("region"),
        Column("risk_capacity", "grade", values=_CAPACITIES),
        Column("risk_assessed_at", "time"),
        *_text("goal_purpose"),
        _days("goal_horizon_days"),
        _days("goal_liquidity_days"),
        Column("credit_gate", "enum", values=("pass", "fail")),
        Column("overdue", "bool"),
        Column("fraud_flag", "bool"),
    ),
    ("customer_id",),
    attributes=True,
)
CONSENTS = File(
    "consents",
    (
        _CUSTOMER,
        Column("scope", "enum", True, values=SCOPES),
        Column("granted", "bool", True),
        _past("changed_at", required=True),
        *_text("text_version"),
    ),
    ("customer_id", "scope", "changed_at"),
)
HOLDINGS = File(
    "holdings",
    (
        _CUSTOMER,
        _PRODUCT,
        _past("opened_at", required=True),
        Column("closed_at", "time"),
        _AMOUNT,
        Column("matures_at", "time"),
    ),
    ("customer_id", "product_id", "opened_at"),
)
SNAPSHOTS = File(
    "snapshots",
    (_CUSTOMER, _past("as_of", required=True), _PRODUCT, _AMOUNT),
    ("customer_id", "as_of", "product_id"),
)
CASH_FLOWS = File(
    "cash_flows",
    (
        _CUSTOMER,
        _past("occurred_at", required=True),
        Column("amount", "money", True),
        Column("counterparty_class", "enum", values=COUNTERPARTIES),
        Column("own_name", "bool"),
        *_text("flow_id"),
    ),
    ("customer_id", "flow_id", "occurred_at", "counterparty_class", "own_name", "amount"),
)
TAG_DEFINITIONS = File(
    "tag_definitions",
    (
        _TAG,
        Column("kind", "enum", True, values=("preference", "attribute", "habit", "latent")),
        Column("name", "text", high=LONGEST),
        *_text("category", "zone"),
        Column("polarity", "int", low=-1, high=1),
        *_text("source", "provider", "owner", "legal_basis", "sensitivity", "scope"),
        Column("half_life_days", "number", low=0, high=200_000),
        Column("status", "enum", values=("candidate", "active", "watch", "retired")),
        *_text("one_of"),
    ),
    ("tag",),
)
TAGS = File(
    "tags",
    (
        _CUSTOMER,
        _TAG,
        _past("assigned_at", required=True),
        Column("affinity", "number", low=0, high=1),
        *_text("source"),
        Column("removed_at", "time"),
        Column("removed_by", "enum", values=("bank", "customer", "service")),
    ),
    ("customer_id", "tag", "assigned_at"),
)
EVENTS = File(
    "events",
    (
        *_text("event_id", required=True),
        _CUSTOMER,
        Column("kind", "enum", True, values=EVENT_KINDS),
        _past("occurred_at", required=True),
        *_text("product_id", "category"),
        _AMOUNT,
        Column("channel", "enum", values=CHANNELS),
        *_text("session_id", "decision_id"),
        Column("tier", "enum", values=(*TIERS, PUBLIC)),
        Column("slot", "int", low=1, high=1_000),
        *_text("task_id", "refers_to", "tracking", "device", "ip_block", "invited_by"),
        Column("payload", "object"),
    ),
    ("customer_id", "event_id"),
)
DECISIONS = File(
    "decisions",
    (
        *_text("decision_id", "customer_id", required=True),
        Column("decided_at", "time", True),
        *_text("mode", "tier", required=True),
        Column("slot", "int", True),
        _PRODUCT,
        Column("score", "number"),
        Column("propensity", "number"),
        Column("explored", "bool"),
        *_text("policy"),
        Column("generation", "int"),
        *_text("model", "tags_version"),
        Column("arms", "list"),
        Column("differs_from_control", "bool"),
        *_text("task_id"),
    ),
    ("decision_id", "tier", "slot"),
    imported=False,
)
ELIGIBILITY = File(
    "eligibility",
    (_CUSTOMER, _past("as_of", required=True), _PRODUCT),
    ("customer_id", "as_of", "product_id"),
)
BASKET_ORDER = File(
    "basket_order",
    (_CUSTOMER, Column("basket", "int", True, low=0, high=2**31 - 1), _PRODUCT),
    ("customer_id", "basket", "product_id"),
)

FILES = (
    PRODUCTS, CUSTOMERS, CONSENTS, TAG_DEFINITIONS, TAGS, HOLDINGS, SNAPSHOTS, CASH_FLOWS, EVENTS, ELIGIBILITY,
    BASKET_ORDER, DECISIONS,
)  # fmt: skip
"""In the order of loading: what a row refers to comes before it."""
