"""Everything that one decision may depend on, gathered before it is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shelf_rules.catalogue import Bools, Floats, Ints

Mode = Literal["personal", "nonpersonal", "holdout", "fallback"]
Stage = Literal["acquisition", "cultivation", "value"]
Records = NDArray[np.void]  # a structured array, fields as documented beside each

STAGES: tuple[Stage, ...] = ("acquisition", "cultivation", "value")
"""Lifecycle stages in the order of the columns of `TagTable.quality`."""

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
"""Event kinds in the order of their numbers in `Past.intent`, equal to those of the state; append only."""

COUNTERPARTIES = ("bank", "fund_platform", "broker", "insurer", "lender", "card_other", "wallet")
"""Counterparty classes in the order of their numbers in `Past.flows`, equal to those of the state."""


@dataclass(frozen=True, slots=True)
class Query:
    """What the caller asked for."""

    channel: str = "in_app"
    placement: str = "home"
    scene: str | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What law and the customer's own will ask: read for every mode but `fallback`."""

    capacity: int = 0  # C1..C5 as 1..5, 0 unknown
    assessed_us: int | None = None
    birth_year: int | None = None
    region: str | None = None
    goal_horizon_days: int | None = None
    goal_liquidity_days: int | None = None
    credit_pass: bool = False
    overdue: bool = False
    fraud_flag: bool = False
    scopes: frozenset[str] = frozenset()  # consent scopes in force at `now`
    dismissed: tuple[tuple[int, int], ...] = ()  # (product_no, at in UTC microseconds), newest last


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The customer's past, undecayed: structured arrays whose fields are named as in `recommender.profile.state`.

    Days count from 1970-01-01 in the bank's calendar, amounts are minor units, -1 is unknown. Parts that the customer's
    consents close are empty here.
    """

    purchases: Records  # category, product, day, amount, weight (0 task, 1 organic), cancelled (day or -1)
    heads: Records  # category, first_day, count: all purchases of a category, also those no longer kept
    spells: Records  # category, product, opened, closed (-1 open), matures (-1 none), since, amount, stated
    intent: Records  # category, session, day, kind, count
    flows: Records  # kind (counterparty class), own, week, money_in, money_out
    impressions: Records  # product, day, count
    clicks: Records  # product, day
    tags: Records  # tag, assigned (day), affinity (nan unknown)
    joined_day: int = -1
    first_day: int = -1  # day of the first event
    active_day: int = -1  # day of the last thing the customer did, money apart
    statement: bool = False  # a holdings statement or a money event is known
    holdings_read: bool = True  # consent `holdings`
    outflow_read: bool = False  # consent `outflow`
    behaviour_read: bool = True  # consent `behaviour`
    previous: tuple[tuple[int, str], ...] = ()  # (category number, tier) of the last daily snapshot
    tag_quality: tuple[tuple[int, float], ...] = ()  # (tag, Q̃ of this customer) of the last measuring
    looks: Records | None = None  # product, day: intent events that name a product; None where only clicks are known


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """What is fitted on all customers and comes with the model artifact; rows are category numbers.

    `hazard[i, j]` is the shrunk daily hazard λ̂(i→j) of §5 and `base_rate[j]` is λ0_j; `gap` the median days between
    occasions (nan: unknown); `bgnbd` r, α, a, b (nan: no fit); `substitution` S of §4.
    """

    bgnbd: Floats  # [C, 4]
    gap: Floats  # [C]
    base_rate: Floats  # [C]
    hazard: Floats  # [C, C]
    substitution: Floats  # [C, C]
    peer_share: Floats  # [C] p_c of all customers, nan where unknown


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """q3's group of one customer: k customers of n first bought the category within the horizon."""

    k: Floats  # [C]
    n: float


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The recommender's numbers about (customer, product); rows are catalogue rows."""

    popularity: Floats  # purchases in the window, >= 0: ties and the non-personal order
    popularity_rank: Floats  # the same as a percentile in [0, 1]
    cf: Floats | None = None  # raw collaborative-filtering scores, nan unknown; None: no score for this customer
    order: Ints | None = None  # all rows by popularity, then id (`popular_first`), sorted once for all customers
    # Promoted rankers [3, rows]: P of the outcome of fixed, migratable, transferable, nan unknown or not promoted.
    tiers: Floats | None = None
    leaning: Floats | None = None  # added to the log odds in the order of the transferable tier; nan unknown


@dataclass(frozen=True, slots=True, eq=False)
class TagTable:
    """The tag version: definitions and what was measured; a row is the tag's persistent dense number."""

    version: str
    codes: tuple[str, ...]
    category: Ints  # -1 none
    zone: Ints  # -1 none
    polarity: Floats  # 1 or -1
    half_life: Floats  # nan: the category's
    weight: Floats  # w_k
    quality: Floats  # [K, 3] Q̃ per stage of `STAGES`, nan: not measured; 0 unless active or watch
    scopes: tuple[frozenset[str], ...]  # categories or zones where the tag may be used; empty = everywhere
    needs: tuple[tuple[int, frozenset[str]], ...] = ()  # tags that act only under more scopes than `tags`
    inferred: tuple[int, ...] = ()  # those that this service has inferred from purchases


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The facts of one decision: time and chance are data, nothing else is read."""

    now_us: int
    today: int
    year: int  # of `now` in the bank's calendar
    mode: Mode
    seed: int
    query: Query
    gate: Gate
    scores: Scores
    past: Past | None = None  # None unless the mode is personal
    population: Population | None = None
    peers: Peers | None = None
    tags: TagTable | None = None
    suspended: Bools | None = None  # rows suspended since the catalogue was built
    degraded: tuple[str, ...] = field(default=())
