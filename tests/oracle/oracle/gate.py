"""The eligibility gate: the first failing code of a product, one product after the other (§2)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from urllib.parse import urlsplit

import numpy as np

from tests.oracle.oracle.files import Customer, Row
from tests.oracle.oracle.history import History
from tests.oracle.oracle.tables import (
    ASSESSMENT_DAYS,
    BANK_HOSTS,
    DAY_US,
    DISMISSED_DAYS,
    MINOR_AGE,
    MINOR_CATEGORIES,
    MINOR_ZONES,
    NEEDS_ASSESSMENT,
    NEEDS_GRADE,
    SCOPE_OF_CATEGORY,
    SEEN_OFTEN,
    SENIOR_AGE,
    SENIOR_GRADE,
    TAXONOMY,
    day_of,
    zone_of,
)


@dataclass
class Applicant:
    """One customer before the gate at one instant; money and holdings are None on a non-personal shelf."""

    customer: Customer
    now_us: int
    history: History
    ability: float | None = None
    held: frozenset[str] = frozenset()
    personal: bool = True
    channel: str = "in_app"
    campaigns: tuple[Row, ...] = ()
    series: dict[str, str] = field(default_factory=dict)

    @cached_property
    def year(self) -> int:
        """The calendar year at the bank."""
        return int(np.datetime64(day_of(self.now_us), "D").astype("datetime64[Y]").astype(int)) + 1970

    @cached_property
    def assessed(self) -> bool:
        """Whether there is an assessment at all."""
        profile = self.customer.profile
        return profile.get("risk_capacity") is not None and profile.get("risk_assessed_at") is not None

    @cached_property
    def valid(self) -> bool:
        """Whether the assessment is in force."""
        at = self.customer.profile.get("risk_assessed_at")
        return self.assessed and at is not None and at <= self.now_us < at + ASSESSMENT_DAYS * DAY_US

    @cached_property
    def minor(self) -> bool:
        """Under 18 by the later birthday of the year; unknown age is a minor's without a valid assessment."""
        born = self.customer.profile.get("birth_year")
        return not self.valid if born is None else self.year - born - 1 < MINOR_AGE

    @cached_property
    def senior(self) -> bool:
        """65 or more by the earlier birthday of the year, or of unknown age."""
        born = self.customer.profile.get("birth_year")
        return born is None or self.year - born >= SENIOR_AGE

    @cached_property
    def dismissed_series(self) -> set[str]:
        """The series of the dismissed products."""
        return {self.series[product_id] for product_id in self.dismissed if product_id in self.series}

    @cached_property
    def dismissed(self) -> set[str]:
        """Products dismissed within 30 days."""
        since = self.now_us - DISMISSED_DAYS * DAY_US
        return {
            event["product_id"]
            for event in self.customer.events
            if event["kind"] == "dismiss" and since < event["occurred_at"] <= self.now_us
        }


def regimes(product: Row) -> frozenset[str]:
    """The regimes in force: the category's, and the product's own on top of it."""
    return _regimes(product["category"], product["regime"])


@cache
def _regimes(category: str, own: str | None) -> frozenset[str]:
    stated = frozenset({own} if own else ())
    return stated | {TAXONOMY[category][1]} if category in TAXONOMY else stated


def grade(product: Row) -> int | None:
    """R_eff: the higher of the issuer's and the distributor's."""
    grades = [int(product[key][1]) for key in ("risk_issuer", "risk_distributor") if product[key]]
    return max(grades, default=None)


def days_to_cash(product: Row) -> float | None:
    """Days until the money is back: T+n, or the term where it is bound to maturity; without a term for ever."""
    said = product["liquidity"]
    if said is None:
        return None
    return product["term_days"] or math.inf if said == "maturity" else int(said.removeprefix("T+"))


def zone_of_product(product: Row) -> str:
    """Where the product is displayed: its own zone, else its category's."""
    return product["zone"] or zone_of(product["category"])


def _off_shelf(product: Row, one: Applicant) -> bool:
    return product["status"] not in {None, "on_shelf"}


def _sale_window(product: Row, one: Applicant) -> bool:
    begins, ends = product["sale_from"], product["sale_until"]
    return (begins is not None and one.now_us < begins) or (ends is not None and one.now_us >= ends)


def _region(product: Row, one: Applicant) -> bool:
    return bool(product["regions"]) and one.customer.profile.get("region") not in product["regions"]


def _channel_host(product: Row, one: Applicant) -> bool:
    if product["channels"] and one.channel not in product["channels"]:
        return True
    return _foreign(product["action_url"] or "")


@cache
def _foreign(url: str) -> bool:
    host = urlsplit(url).hostname
    return host is not None and not any(host == own or host.endswith(f".{own}") for own in BANK_HOSTS)


def _private(product: Row, one: Applicant) -> bool:
    return product["offering"] == "private" or zone_of(product["category"]) == "trust_private"


def _minor(product: Row, one: Applicant) -> bool:
    zones = {zone_of(product["category"]), zone_of_product(product)}
    return one.minor and (bool(zones & MINOR_ZONES) or product["category"] in MINOR_CATEGORIES)


def _not_assessed(product: Row, one: Applicant) -> bool:
    return bool(regimes(product) & NEEDS_ASSESSMENT) and not one.assessed


def _expired(product: Row, one: Applicant) -> bool:
    return bool(regimes(product) & NEEDS_ASSESSMENT) and not one.valid


def _risk(product: Row, one: Applicant) -> bool:
    needed = regimes(product)
    if not needed & NEEDS_ASSESSMENT:
        return False
    level = grade(product)
    if level is None:
        return bool(needed & NEEDS_GRADE)
    return level > int(one.customer.profile["risk_capacity"][1])


def _goal(product: Row, one: Applicant) -> bool:
    horizon = one.customer.profile.get("goal_horizon_days")
    return horizon is not None and (product["min_hold_days"] or 0) > horizon


def _liquidity(product: Row, one: Applicant) -> bool:
    need, days = one.customer.profile.get("goal_liquidity_days"), days_to_cash(product)
    return need is not None and days is not None and days > need


def _affordability(product: Row, one: Applicant) -> bool:
    return one.ability is not None and (product["min_amount"] or 0) > one.ability


def _quota(product: Row, one: Applicant) -> bool:
    return product["quota_left"] is not None and product["quota_left"] <= 0


def _credit(product: Row, one: Applicant) -> bool:
    return "credit" in regimes(product) and one.customer.profile.get("credit_gate") != "pass"


def _flags(product: Row, one: Applicant) -> bool:
    flags = (one.customer.profile.get("overdue"), one.customer.profile.get("fraud_flag"))
    return "credit" in regimes(product) and any(flag is True for flag in flags)


def _dismissed(product: Row, one: Applicant) -> bool:
    return product["product_id"] in one.dismissed or product["series_id"] in one.dismissed_series


def _consent(product: Row, one: Applicant) -> bool:
    scope = SCOPE_OF_CATEGORY.get(product["category"])
    return scope is not None and not one.customer.grants(scope, one.now_us)


def _campaign(product: Row, one: Applicant) -> bool:
    own = [campaign for campaign in one.campaigns if product["product_id"] in campaign["products"]]
    return bool(own) and not any(_running(campaign, one) for campaign in own)


def _running(campaign: Row, one: Applicant) -> bool:
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=one.now_us)
    begun = campaign.get("from") is None or now >= datetime.fromisoformat(campaign["from"])
    over = campaign.get("until") is not None and now >= datetime.fromisoformat(campaign["until"])
    regions, channels = campaign.get("regions"), campaign.get("channels")
    here = (not regions or one.customer.profile.get("region") in regions) and (not channels or one.channel in channels)
    return begun and not over and here


# §2: law before business, each in the order of the table.
RULES: dict[str, Callable[[Row, Applicant], bool]] = {
    "off_shelf": _off_shelf,
    "sale_window_closed": _sale_window,
    "region": _region,
    "channel_host": _channel_host,
    "private_offering": _private,
    "age_minor": _minor,
    "not_assessed": _not_assessed,
    "assessment_expired": _expired,
    "risk_mismatch": _risk,
    "senior_grade": lambda product, one: one.senior and (grade(product) or 0) > SENIOR_GRADE,
    "goal_mismatch": _goal,
    "liquidity_mismatch": _liquidity,
    "affordability": _affordability,
    "credit_gate": _credit,
    "overdue_or_fraud_flag": _flags,
    "consent_scope": _consent,
    "quota_full": _quota,
    "customer_dismissed": _dismissed,
    "already_held": lambda product, one: product["product_id"] in one.held,
    "seen_too_often": lambda product, one: (
        one.personal and one.history.seen.get(product["product_id"], 0) >= SEEN_OFTEN
    ),
    "campaign_only": _campaign,
}
UNLESS_FIXED = frozenset({"senior_grade", "already_held", "seen_too_often"})


def failing(product: Row, one: Applicant) -> list[str]:
    """The failing codes in the order of §2, up to the first that does not hang on the tier."""
    found = []
    for code, fails in RULES.items():
        if fails(product, one):
            found.append(code)
            if code not in UNLESS_FIXED:
                break
    return found


def first_failing(codes: list[str], *, fixed: bool) -> str | None:
    """The first failing code; `fixed`: the product's category is in tier fixed."""
    for code in codes:
        if not (fixed and code in UNLESS_FIXED):
            return code
    return None
