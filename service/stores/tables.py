"""Storage only: times are UTC µs (`*_us`), amounts minor units, lists and objects canonical JSON; null is unknown."""

from __future__ import annotations

from sqlmodel import Field, UniqueConstraint

from service.stores._columns import SEQUENCE as _SEQUENCE
from service.stores._columns import Table
from service.stores._columns import big as _big
from service.stores._columns import big_or_none as _big_or_none
from service.stores._columns import key as _key
from service.stores._columns import number_key as _number_key
from service.stores._columns import octets as _bytes
from service.stores._columns import octets_or_none as _bytes_or_none
from service.stores._columns import time_key as _time_key


class Categories(Table, table=True):
    """Persistent dense numbers of categories: the regime's taxonomy in its order, then others as they came."""

    category_no: int = _number_key()
    code: str = Field(unique=True)
    zone: str


class Products(Table, table=True):
    """The newest record of every product; `product_no` is dense from 0 and never reused."""

    product_no: int = _number_key()
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
    min_amount: int | None = _big_or_none()
    currency: str | None = None
    term_days: int | None = None
    min_hold_days: int | None = None
    liquidity: str | None = None
    exit: str | None = None
    open_windows: str | None = None  # JSON list
    offering: str | None = None
    sale_from_us: int | None = _big_or_none()
    sale_until_us: int | None = _big_or_none()
    quota_left: int | None = _big_or_none()
    regions: str | None = None  # JSON list, also the next two
    channels: str | None = None
    scenes: str | None = None
    yield_kind: str | None = None
    yield_text: str | None = None
    yield_as_of_us: int | None = _big_or_none()
    disclaimer_id: str | None = None
    action_url: str | None = None
    status: str | None = None
    listed_us: int = _big()
    record: str | None = None  # JSON object: fields of the product record that are no column


class Customers(Table, table=True):
    """Customers as the core bank knows them."""

    customer_id: str = _key()
    joined_us: int | None = _big_or_none()
    birth_year: int | None = None
    region: str | None = None
    risk_capacity: int | None = None  # 1..5
    risk_assessed_us: int | None = _big_or_none()
    goal_purpose: str | None = None
    goal_horizon_days: int | None = None
    goal_liquidity_days: int | None = None
    credit_gate: str | None = None
    overdue: bool | None = None
    fraud_flag: bool | None = None
    attributes: str | None = None  # canonical JSON object of attr_*


class Consents(Table, table=True):
    """Answers of customers to consent scopes; `recorded_us` is when this store learnt of one."""

    customer_id: str = _key()
    scope: str = _key()
    changed_us: int = _time_key()
    granted: bool
    text_version: str | None = None
    recorded_us: int = _big()


class Holdings(Table, table=True):
    """Spells as stated by the bank; the open ones are the statement."""

    customer_id: str = _key()
    product_no: int = _number_key("products.product_no")
    opened_us: int = _time_key()
    closed_us: int | None = _big_or_none()
    amount: int | None = _big_or_none()
    matures_us: int | None = _big_or_none()


class Statements(Table, table=True):
    """Time of each customer's newest full statement; a customer without a row has none."""

    customer_id: str = _key()
    as_of_us: int = _big()


class Snapshots(Table, table=True):
    """What a customer held when observed."""

    customer_id: str = _key()
    as_of_us: int = _time_key()
    product_no: int = _number_key("products.product_no")
    amount: int | None = _big_or_none()


class CashFlows(Table, table=True):
    """Movements of money; `flow_key` is the identity of a row: see `service.profiles.flow_key`."""

    customer_id: str = _key()
    flow_key: str = _key()
    occurred_us: int = _big()
    amount: int = _big()  # + in, - out
    counterparty_class: str | None = None
    own_name: bool | None = None
    flow_id: str | None = None


class TagDefinitions(Table, table=True):
    """What a tag claims; `tag_no` is dense and never reused; a tag without `kind` is assigned but not defined."""

    tag_no: int = _number_key()
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


class Tags(Table, table=True):
    """Assignments of tags; one removed by the customer is a tombstone."""

    customer_id: str = _key()
    tag_no: int = _number_key("tag_definitions.tag_no")
    assigned_us: int = _time_key()
    affinity: float | None = None
    source: str | None = None
    removed_us: int | None = _big_or_none()
    removed_by: str | None = None


class Events(Table, table=True):
    """The truth: append-only, `seq` in the order of arrival."""

    __table_args__ = (UniqueConstraint("customer_id", "event_id"),)

    seq: int | None = Field(None, primary_key=True, sa_type=_SEQUENCE)
    customer_id: str
    event_id: str
    kind: str
    occurred_us: int = _big()
    arrived_us: int = _big()
    product_no: int | None = Field(None, foreign_key="products.product_no")
    category_no: int | None = Field(None, foreign_key="categories.category_no")
    amount: int | None = _big_or_none()
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
    body_sha256: bytes = _bytes()  # of the canonical body as sent


class Eligibility(Table, table=True):
    """Products a customer was allowed to buy."""

    customer_id: str = _key()
    as_of_us: int = _time_key()
    product_no: int = _number_key("products.product_no")


class BasketOrder(Table, table=True):
    """Baskets in order, for sources without a clock."""

    customer_id: str = _key()
    basket: int = _number_key()
    product_no: int = _number_key("products.product_no")


class TestCustomers(Table, table=True):
    """Customers of a basket evaluation."""

    __test__ = False  # no test class, whatever pytest makes of its name

    customer_id: str = _key()


class CustomerRows(Table, table=True):
    """What a shelf reads of a customer, with one keyed statement."""

    customer_id: str = _key()
    version: int
    personal: bool
    schema_no: int
    gate: bytes = _bytes()
    state: bytes | None = _bytes_or_none()
    derived: bytes | None = _bytes_or_none()


class RowVersions(Table, table=True):
    """Rows as decisions read them."""

    customer_id: str = _key()
    version: int = _number_key()
    personal: bool
    gate: bytes = _bytes()
    state: bytes | None = _bytes_or_none()
    derived: bytes | None = _bytes_or_none()


class Versions(Table, table=True):
    """One row: what is in force."""

    one: int = _number_key()
    generation: int = 0
    catalogue: int = 0
    model: int = 0
    tags: int = 0
    suspended: str = "[]"  # JSON list of product numbers


class CatalogueVersions(Table, table=True):
    """Every catalogue as it was: compressed product records and categories."""

    version: int = _number_key()
    created_us: int = _big()
    content: bytes = _bytes()


class Policies(Table, table=True):
    """Policy versions; a trigger keeps them as they are."""

    name: str = _key()
    version: int = _number_key()
    content: bytes = _bytes()
    sha256: str
    created_us: int = _big()


class Activations(Table, table=True):
    """What came into force, in order; append-only by trigger."""

    generation: int = _number_key()
    kind: str  # policy | experiment
    name: str
    version: int
    actor: str
    at_us: int = _big()


class Models(Table, table=True):
    """Trained artifacts; promotion sets `versions.model`."""

    version: int = _number_key()
    path: str
    sha256: str
    created_us: int = _big()


class TagVersions(Table, table=True):
    """Tag definitions with what was measured on them."""

    version: int = _number_key()
    created_us: int = _big()
    content: bytes = _bytes()


class Credits(Table, table=True):
    """One purchase with the shelf click it is credited to and what the customer had been shown before it."""

    customer_id: str = _key()
    event_id: str = _key()
    kind: str  # purchase | top_up | renewal
    occurred_us: int = _big()
    category_no: int
    product_no: int | None = None
    amount: int | None = _big_or_none()
    task: bool  # a task was attached
    cancelled_us: int | None = _big_or_none()  # taken back in its cooling-off days
    exposure: str  # organic | holdout | exposed
    shown_id: str | None = None  # decision whose personal card showed the very product
    shown_slot: int | None = None
    click_id: str | None = None  # event of the credited click, and the columns of that event
    clicked_us: int | None = _big_or_none()
    decision_id: str | None = None
    tier: str | None = None
    slot: int | None = None
    same_product: bool | None = None


class CreditMarks(Table, table=True):
    """What each customer's credits were made from: the same mark, the same credits."""

    customer_id: str = _key()
    mark: bytes = _bytes()


class TagMeasurements(Table, table=True):
    """What was measured on a tag, in all stages ("all") and in each; null is not measured."""

    measured_us: int = _time_key()
    tag_no: int = _number_key("tag_definitions.tag_no")
    stage: str = _key()
    state: str
    evidence: str
    tagged: int
    observed: int
    n: float
    n_eff: float
    followed: int
    base_rate: float | None = None
    truthfulness: float | None = None
    truthfulness_low: float | None = None
    truthfulness_high: float | None = None
    precision: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    durability: float | None = None
    survival_year: float | None = None
    half_life_days: float | None = None
    rarity: float | None = None
    redundancy: float | None = None
    concentration: float | None = None
    uniqueness: float | None = None
    quality: float | None = None


class TagWeights(Table, table=True):
    """One daily step of a tag's weight."""

    tag_no: int = _number_key("tag_definitions.tag_no")
    day: int = _number_key()
    before: float
    target: float
    after: float
    quality: float
    mean_quality: float
    n_eff: float
    measured_us: int = _big()


class TagLives(Table, table=True):
    """One change of a tag's state; why: what was measured of its precision at that time."""

    tag_no: int = _number_key("tag_definitions.tag_no")
    measured_us: int = _time_key()
    before: str
    after: str


class Decisions(Table, table=True):
    """The decision log."""

    decision_id: str = _key()
    customer_id: str = Field(index=True)
    decided_us: int = _big()
    row_version: int | None = None
    document: bytes = _bytes()


class ApiKeys(Table, table=True):
    """Service keys: the SHA-256 of a secret, never the secret."""

    key_id: str = _key()
    secret_sha256: str
    scopes: str  # JSON list
    created_us: int = _big()
