"""What is told of an experiment: its results and its health, as plain data that goes out as JSON.

Times are ISO 8601 in UTC, amounts major units, shares from 0 to 1; null cannot be said, or is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Word = Literal["ship", "roll back", "keep running", "inconclusive", "do not trust"]
Badge = Literal["better", "worse", "none", "hidden"]
"""Of one line: its sequence says so (good or bad as the metric counts), does not, or has too few customers to speak."""
Role = Literal["primary", "secondary"]


class Said(msgspec.Struct, frozen=True):
    """A sentence in both languages; `code` stays the same when the sentence is worded anew."""

    code: str
    zh: str
    en: str


class Verdict(msgspec.Struct, frozen=True):
    """The word that decides, in both languages, and the reasons in the order in which they count."""

    word: Word
    zh: str
    en: str
    reasons: tuple[Said, ...] = ()


class Line(msgspec.Struct, frozen=True):
    """A fixed-horizon interval: what the arms have, treatment - control, and treatment / control - 1."""

    control: float | None
    treatment: float | None
    diff: float | None
    low: float | None
    high: float | None
    p: float | None
    relative: float | None
    relative_low: float | None
    relative_high: float | None


class Sequence(msgspec.Struct, frozen=True):
    """An interval that may be looked at whenever one likes; `hidden` says why it has no bounds yet.

    The relative bounds divide by the control's value, taken as known.
    """

    diff: float | None
    low: float | None
    high: float | None
    p: float | None
    relative: float | None
    relative_low: float | None
    relative_high: float | None
    hidden: Said | None = None


class Adjusted(msgspec.Struct, frozen=True):
    """The same less what the time before the first exposure foretells (CUPED); `variance_left` of the raw variance."""

    sequence: Sequence
    fixed: Line | None
    theta: float
    variance_left: float | None


class ArmValue(msgspec.Struct, frozen=True):
    """One arm's customers of a metric: how many count and are above 0, the total of `num`, and the mean or ratio."""

    arm: str
    customers: int
    converted: int
    total: float | None
    value: float | None


class Comparison(msgspec.Struct, frozen=True):
    """A treatment arm against the control. `sequence` drives `badge`; `fixed` is there once the planned n is reached.

    `p_adjusted`: the sequence's p after Holm (primary metrics and arms) or false discovery control (secondary ones, and
    parts); `badge` obeys it. `triggered` leaves out customers whose shelf was the same in both arms.
    """

    arm: str
    badge: Badge
    sequence: Sequence
    fixed: Line | None
    p_adjusted: float | None
    adjusted: Adjusted | None = None
    triggered: Sequence | None = None
    triggered_customers: int | None = None


class MetricResult(msgspec.Struct, frozen=True):
    """One metric with its arms, the control first. `cap`: what values are cut at; `immature` wait for their window."""

    key: str
    role: Role
    kind: str
    num: str
    den: str | None
    window_days: int
    is_good_up: bool
    winsor: float | None
    cap: float | None
    immature: int
    arms: tuple[ArmValue, ...]
    comparisons: tuple[Comparison, ...]


class Part(msgspec.Struct, frozen=True):
    """A primary metric among some customers: of a `tier` that they saw, a value `segment` or a lifecycle `stage`."""

    by: Literal["tier", "segment", "stage"]
    value: str
    metric: str
    arms: tuple[ArmValue, ...]
    comparisons: tuple[Comparison, ...]


class Day(msgspec.Struct, frozen=True):
    """What a look at the end of a day said of a primary metric and arm: the curve of the effect with its sequence."""

    at: str
    metric: str
    arm: str
    customers: int
    value_control: float | None
    value_treatment: float | None
    sequence: Sequence


class FunnelArm(msgspec.Struct, frozen=True):
    """Customers of an arm: with a logged decision, exposed, who clicked, who bought, all after the first exposure."""

    arm: str
    assigned: int
    exposed: int
    clicked: int
    converted: int


class SrmEpoch(msgspec.Struct, frozen=True):
    """Customers whose first exposure was while one allocation held, by arm, and their expected shares."""

    since: str
    coverage: float
    counts: Mapping[str, int]
    shares: Mapping[str, float]


class Srm(msgspec.Struct, frozen=True):
    """Do the arms have the customers that they should? `of` is "all" or a channel.

    `log_bayes_factor`: natural logarithm, null when no number is large enough; `p` holds at all looks, `chi2_p` at one.
    """

    of: str
    counts: Mapping[str, int]
    expected: Mapping[str, float]
    log_bayes_factor: float | None
    p: float
    chi2_p: float
    is_alarm: bool


class Balance(msgspec.Struct, frozen=True):
    """Were the arms alike before the first exposure? Means of a measure then, a p for all looks, and its limit."""

    measure: str
    arm: str
    control: float | None
    treatment: float | None
    p: float | None
    limit: float
    is_alarm: bool


class Lag(msgspec.Struct, frozen=True):
    """Seconds from a served shelf to its first card seen, by arm."""

    arm: str
    n: int
    p50_s: float | None
    p95_s: float | None


class Drift(msgspec.Struct, frozen=True):
    """Logged decisions assigned anew: how many were looked at and how many came out otherwise."""

    sampled: int
    differing: int
    share: float | None
    is_alarm: bool


class Several(msgspec.Struct, frozen=True):
    """Customers exposed in more than one arm: left out, and an alarm above 1 %."""

    customers: int
    share: float
    is_alarm: bool


class GuardrailResult(msgspec.Struct, frozen=True):
    """A guardrail for one treatment arm: how much worse it is at least (`bound`), and whether that breaks `margin`."""

    metric: str
    arm: str
    margin: float
    reaction: str
    control: float | None
    treatment: float | None
    diff: float | None
    bound: float | None
    p: float | None
    is_breached: bool


class Health(msgspec.Struct, frozen=True):
    """Whether an experiment can be trusted, and what is looked at for that; `reasons` say why not.

    `raised`: what earlier looks of the phase found, which stays whatever is found now.
    """

    experiment: str
    phase: int
    state: str
    as_of: str
    is_trusted: bool
    reasons: tuple[Said, ...]
    exposed: Mapping[str, int]
    several: Several
    overridden: int
    srm: Srm
    srm_epochs: tuple[SrmEpoch, ...]
    srm_by_channel: tuple[Srm, ...]
    hints: tuple[Said, ...]
    balance: tuple[Balance, ...]
    lag: tuple[Lag, ...]
    drift: Drift
    guardrails: tuple[GuardrailResult, ...]
    raised: tuple[Said, ...] = ()


class Moved(msgspec.Struct, frozen=True):
    """Customers of an arm by the tiers that they saw: how many saw exactly these."""

    arm: str
    tiers: tuple[str, ...]
    customers: int


class Results(msgspec.Struct, frozen=True):
    """All that is told of an experiment.

    Without trust the verdict says so, and `withheld_numbers` is true: then metrics, parts, curve and guardrails are
    empty, unless they were asked for all the same.

    `data_sha256` is over the sorted rows of customers that the numbers are made from: equal data, equal results.
    """

    verdict: Verdict
    withheld_numbers: bool
    experiment: str
    phase: int
    state: str
    hypothesis: str
    generation: int
    as_of: str
    started_at: str | None
    days: float
    min_days: int
    planned_customers: int
    """Customers of all arms together at which the fixed line is shown."""
    has_planned: bool
    mature_only: bool
    alpha: float
    n_star: int
    control: str
    arms: tuple[str, ...]
    customers: Mapping[str, int]
    data_sha256: str
    health: Health
    funnel: tuple[FunnelArm, ...]
    metrics: tuple[MetricResult, ...] = ()
    parts: tuple[Part, ...] = ()
    curve: tuple[Day, ...] = ()
    tiers_seen: tuple[Moved, ...] = ()
    notes: tuple[Said, ...] = ()
