"""What jobs made of it: credits of purchases, and what was measured on tags."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from service.stores._columns import SEQUENCE, Table, big, big_or_none, key, number_key, octets, time_key


class Credits(Table, table=True):
    """One purchase with the shelf click it is credited to and what the customer had been shown before it."""

    customer_id: str = key()
    event_id: str = key()
    kind: str  # purchase | top_up | renewal
    occurred_us: int = big()
    category_no: int
    product_no: int | None = None
    amount: int | None = big_or_none()
    task: bool  # a task was attached
    cancelled_us: int | None = big_or_none()  # taken back in its cooling-off days
    exposure: str  # organic | holdout | exposed
    shown_id: str | None = None  # decision whose personal card showed the very product
    shown_slot: int | None = None
    click_id: str | None = None  # event of the credited click, and the columns of that event
    clicked_us: int | None = big_or_none()
    decision_id: str | None = None
    tier: str | None = None
    slot: int | None = None
    same_product: bool | None = None


class CreditMarks(Table, table=True):
    """What each customer's credits were made from: the same mark, the same credits."""

    customer_id: str = key()
    mark: bytes = octets()


class TagMeasurements(Table, table=True):
    """What was measured on a tag, in all stages ("all") and in each; null is not measured."""

    measured_us: int = time_key()
    tag_no: int = number_key("tag_definitions.tag_no")
    stage: str = key()
    state: str
    evidence: str
    psi: float | None = None  # of the whole tag alone, as the next two
    ece: float | None = None
    ece_low: float | None = None
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

    tag_no: int = number_key("tag_definitions.tag_no")
    day: int = number_key()
    before: float
    target: float
    after: float
    quality: float
    mean_quality: float
    n_eff: float
    measured_us: int = big()


class TagLives(Table, table=True):
    """One change of a tag's state, its cause, and all that was measured then of what can be one."""

    __table_args__ = (Index("ix_tag_lives_time", "measured_us", "tag_no"),)

    tag_no: int = number_key("tag_definitions.tag_no")
    measured_us: int = time_key()
    before: str
    after: str
    cause: str  # precision | psi | ece | given
    followed: int | None = None
    bound: float | None = None
    base_rate: float | None = None
    psi: float | None = None
    ece: float | None = None


class TagQuarantines(Table, table=True):
    """One change of an assignment's quarantine; without a reason it was released."""

    __table_args__ = (
        Index("ix_tag_quarantines_time", "changed_us", "seq"),
        Index("ix_tag_quarantines_tag", "tag_no", "changed_us", "seq"),
    )

    seq: int | None = Field(None, primary_key=True, sa_type=SEQUENCE)
    customer_id: str = Field(index=True)
    tag_no: int = Field(foreign_key="tag_definitions.tag_no")
    assigned_us: int = big()
    changed_us: int = big()
    reason: str | None = None


class TagFindings(Table, table=True):
    """What a measuring found wrong with the data of a tag, or of all tags of a provider (`of`)."""

    measured_us: int = time_key()
    of: str = key()  # tag | provider
    name: str = key()
    code: str = key()
    numerator: float
    denominator: float
    value: float
    bar: float
    is_cause: bool  # of watch


class LatentChanges(Table, table=True):
    """A latent tag that was given to a customer or taken back, and what was measured of it then.

    What was measured goes with the consent: without it only what was done, when and why is kept.
    """

    __table_args__ = (
        Index("ix_latent_changes_time", "at_us", "tag_no", "customer_id"),
        Index("ix_latent_changes_tag", "tag_no", "at_us", "customer_id"),
    )

    customer_id: str = key()
    tag_no: int = number_key("tag_definitions.tag_no")
    at_us: int = time_key()
    change: str  # given | taken_back
    reason: str  # evidence | consent | carried | tag
    of_tag_no: int = Field(foreign_key="tag_definitions.tag_no")
    tags_version: int
    occasions: int | None = None
    since_day: int | None = None
    hits: float | None = None
    n: float | None = None
    n_eff: float | None = None
    theta0: float | None = None
    truth: float | None = None
