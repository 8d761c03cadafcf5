"""What the bank tells of itself: products, customers, holdings, tags and what happened."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, UniqueConstraint

from service.stores._columns import SEQUENCE, Table, big, big_or_none, key, number_key, octets, time_key

_APART = text("quarantined IS NOT NULL")
"""Few tags are, and what counts them must not read all assignments."""


class Categories(Table, table=True):
    """Persistent dense numbers of categories: the regime's taxonomy in its order, then others as they came."""

    category_no: int = number_key()
    code: str = Field(unique=True)
    zone: str


class Products(Table, table=True):
    """The newest record of every product; `product_no` is dense from 0 and never reused."""

    product_no: int = number_key()
    product_id: str = Field(unique=True)
    category_no: int = Field(foreign_key="categories.category_no")
    name: str | None = None
    sale_name: str | None = None
    zone: str | None = None
    issuer: str | None = None
    distributor: str | None = None
    series_id: str | None = None
    risk_issuer: int | None = None  # 1..5
    risk_distributor: int | None = None
    regime: str | None = None
    min_amount: int | None = big_or_none()
    currency: str | None = None
    term_days: int | None = None
    min_hold_days: int | None = None
    liquidity: str | None = None
    exit: str | None = None
    open_windows: str | None = None  # JSON list
    offering: str | None = None
    sale_from_us: int | None = big_or_none()
    sale_until_us: int | None = big_or_none()
    quota_left: int | None = big_or_none()
    regions: str | None = None  # JSON list, also the next two
    channels: str | None = None
    scenes: str | None = None
    yield_kind: str | None = None
    yield_text: str | None = None
    yield_as_of_us: int | None = big_or_none()
    disclaimer_id: str | None = None
    action_url: str | None = None
    status: str | None = None
    listed_us: int = big()
    record: str | None = None  # JSON object: fields of the product record that are no column


class Customers(Table, table=True):
    """Customers as the core bank knows them."""

    customer_id: str = key()
    joined_us: int | None = big_or_none()
    birth_year: int | None = None
    region: str | None = None
    risk_capacity: int | None = None  # 1..5
    risk_assessed_us: int | None = big_or_none()
    goal_purpose: str | None = None
    goal_horizon_days: int | None = None
    goal_liquidity_days: int | None = None
    credit_gate: str | None = None
    overdue: bool | None = None
    fraud_flag: bool | None = None
    attributes: str | None = None  # canonical JSON object of attr_*


class Consents(Table, table=True):
    """Answers of customers to consent scopes; `recorded_us` is when this store learnt of one."""

    customer_id: str = key()
    scope: str = key()
    changed_us: int = time_key()
    granted: bool
    text_version: str | None = None
    recorded_us: int = big()


class Holdings(Table, table=True):
    """Spells as stated by the bank; the open ones are the statement."""

    customer_id: str = key()
    product_no: int = number_key("products.product_no")
    opened_us: int = time_key()
    closed_us: int | None = big_or_none()
    amount: int | None = big_or_none()
    matures_us: int | None = big_or_none()


class Statements(Table, table=True):
    """Time of each customer's newest full statement; a customer without a row has none."""

    customer_id: str = key()
    as_of_us: int = big()


class Snapshots(Table, table=True):
    """What a customer held when observed."""

    customer_id: str = key()
    as_of_us: int = time_key()
    product_no: int = number_key("products.product_no")
    amount: int | None = big_or_none()


class CashFlows(Table, table=True):
    """Movements of money; `flow_key` is the identity of a row: see `service.profiles.flow_key`."""

    customer_id: str = key()
    flow_key: str = key()
    occurred_us: int = big()
    amount: int = big()  # + in, - out
    counterparty_class: str | None = None
    own_name: bool | None = None
    flow_id: str | None = None


class TagDefinitions(Table, table=True):
    """What a tag claims; `tag_no` is dense and never reused; a tag without `kind` is assigned but not defined."""

    tag_no: int = number_key()
    tag: str = Field(unique=True)
    kind: str | None = None
    name: str | None = None
    category_no: int | None = Field(None, foreign_key="categories.category_no")
    zone: str | None = None
    polarity: int | None = None
    source: str | None = None
    provider: str | None = None
    owner: str | None = None
    legal_basis: str | None = None
    sensitivity: str | None = None
    scope: str | None = None
    half_life_days: float | None = None
    status: str | None = None
    one_of: str | None = None  # of the tags of a provider with the same word here a customer carries one at most


class Tags(Table, table=True):
    """Assignments of tags; one removed by the customer is a tombstone."""

    __table_args__ = (
        Index("ix_tags_quarantined", "quarantined", "tag_no", sqlite_where=_APART, postgresql_where=_APART),
    )

    customer_id: str = key()
    tag_no: int = number_key("tag_definitions.tag_no")
    assigned_us: int = time_key()
    affinity: float | None = None
    source: str | None = None
    removed_us: int | None = big_or_none()
    removed_by: str | None = None
    quarantined: str | None = None  # why it is kept out of use


class Events(Table, table=True):
    """The truth: append-only, `seq` in the order of arrival."""

    __table_args__ = (UniqueConstraint("customer_id", "event_id"),)

    seq: int | None = Field(None, primary_key=True, sa_type=SEQUENCE)
    customer_id: str
    event_id: str
    kind: str
    occurred_us: int = big()
    arrived_us: int = big()
    product_no: int | None = Field(None, foreign_key="products.product_no")
    category_no: int | None = Field(None, foreign_key="categories.category_no")
    amount: int | None = big_or_none()
    channel: str | None = None
    session_id: str | None = None
    decision_id: str | None = None
    tier: str | None = None
    slot: int | None = None
    task_id: str | None = None
    refers_to: str | None = None
    tracking: str | None = None
    device: str | None = None
    ip_block: str | None = None
    invited_by: str | None = None
    payload: str | None = None
    muted: bool = False  # personalisation was off when it happened: stored, never folded
    body_sha256: bytes = octets()  # of the canonical body as sent


class Eligibility(Table, table=True):
    """Products a customer was allowed to buy."""

    customer_id: str = key()
    as_of_us: int = time_key()
    product_no: int = number_key("products.product_no")


class BasketOrder(Table, table=True):
    """Baskets in order, for sources without a clock."""

    customer_id: str = key()
    basket: int = number_key()
    product_no: int = number_key("products.product_no")


class TestCustomers(Table, table=True):
    """Customers of a basket evaluation."""

    __test__ = False  # no test class, whatever pytest makes of its name

    customer_id: str = key()
