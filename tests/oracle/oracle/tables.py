"""The tables of the domain model (§2, §3, §4, §6, §7, §9, §14) and of the `cn` profile, typed from the documents."""

from __future__ import annotations

import math

DAY_US = 86_400_000_000
MINUTES_EAST = 480  # the bank's calendar: Asia/Shanghai, no daylight saving since 1991

# §14: code -> zone, regime, half-life of past evidence in days.
_TAXONOMY = """
deposit.demand deposit none 365
deposit.term deposit none 365
deposit.cd deposit none 540
deposit.notice deposit none 180
deposit.structured deposit nfra 365
cash.mmf cash csrc 90
cash.wealth cash nfra 90
wealth.fixed_income wealth nfra 240
wealth.fi_plus wealth nfra 240
wealth.mixed wealth nfra 300
wealth.equity wealth nfra 365
wealth.derivative wealth nfra 365
fund.bond fund csrc 240
fund.mixed fund csrc 240
fund.equity fund csrc 240
fund.index fund csrc 240
fund.qdii fund csrc 240
fund.fof fund csrc 240
fund.plan fund csrc 180
bond.savings_cert bond none 720
bond.savings_e bond none 720
gold.accum gold bank 365
gold.physical gold bank 365
ins.health insurance insurance 365
ins.accident insurance insurance 365
ins.life_term insurance insurance 365
ins.property insurance insurance 365
ins.annuity insurance insurance 720
ins.endowment insurance insurance 720
ins.participating insurance insurance 720
ins.universal insurance insurance 720
ins.ul insurance insurance 720
pension.account pension none 720
pension.deposit pension none 720
pension.wealth pension nfra 720
pension.fund pension csrc 720
pension.insurance pension insurance 720
private.trust trust_private nfra 180
private.fund trust_private nfra 180
card.credit card credit 180
card.instalment_bill card credit 180
loan.consumer credit credit 180
loan.cash_line credit credit 180
inst.travel credit credit 120
inst.shopping credit credit 120
inst.medical credit credit 120
inst.education credit credit 120
inst.home credit credit 120
inst.auto credit credit 120
pay.wallet payment none 60
pay.bill payment none 60
pay.fx payment none 60
pay.salary payment none 60
svc.advice service none 60
svc.education service none 60
svc.rights service none 60
"""
TAXONOMY = {
    code: (zone, regime, float(half_life))
    for code, zone, regime, half_life in (line.split() for line in _TAXONOMY.split("\n") if line)
}
ZONE_ORDER = tuple(dict.fromkeys(zone for zone, _, _ in TAXONOMY.values()))
DEFAULT_HALF_LIFE = 180.0
INVESTED_ZONES = frozenset({"deposit", "cash", "wealth", "fund", "bond", "gold", "pension"})  # §1, AUM
LENDING_ZONES = frozenset({"card", "credit"})
NOT_FUNDED_ZONES = LENDING_ZONES | {"payment", "service"}  # §5: ν = 1

# §2
CODES = (
    *("off_shelf", "sale_window_closed", "region", "channel_host", "private_offering", "age_minor"),
    *("not_assessed", "assessment_expired", "risk_mismatch", "senior_grade", "goal_mismatch", "liquidity_mismatch"),
    *("affordability", "quota_full", "credit_gate", "overdue_or_fraud_flag", "loan_invest_separation"),
    *("customer_dismissed", "consent_scope", "duplicate_of", "already_held", "seen_too_often", "campaign_only"),
)
AT_ARRANGEMENT = frozenset({"loan_invest_separation", "duplicate_of"})
NEEDS_ASSESSMENT = frozenset({"nfra", "csrc", "bank", "insurance"})
NEEDS_GRADE = frozenset({"nfra", "csrc", "bank"})
SCOPE_OF_CATEGORY = {"inst.medical": "scene_medical"}
TERM_BUCKETS = (7, 30, 90, 180, 365, 730)
DISMISSED_DAYS, SEEN_DAYS, SEEN_OFTEN = 30, 14, 10

# regulation.md §4
ASSESSMENT_DAYS = 365
SENIOR_AGE, SENIOR_GRADE = 65, 3
MINOR_AGE = 18
MINOR_ZONES = frozenset({"credit", "card", "wealth", "fund", "gold", "bond", "trust_private"})
MINOR_CATEGORIES = frozenset({"cash.wealth", "ins.ul", "ins.participating", "ins.universal"})
BANK_HOSTS = ("bank.example",)
CONSENTS = {
    "personalisation": False, "holdings": True, "behaviour": True, "tags": True, "scene": True, "outflow": False,
    "scene_medical": False, "location": False, "latent_tags": False, "marketing": False,
}  # fmt: skip
_EVERYWHERE = "learn compare configure visit social_edu"
TASKS_ALLOWED = {
    zone: frozenset(kinds.split())
    for zone, kinds in {
        "deposit": _EVERYWHERE,
        "wealth": f"{_EVERYWHERE} assess",
        "fund": f"{_EVERYWHERE} assess",
        "cash": f"{_EVERYWHERE} assess",
        "pension": f"{_EVERYWHERE} assess",
        "bond": _EVERYWHERE,
        "insurance": "learn assess compare visit social_edu",
        "gold": "learn compare visit social_edu",
        "credit": "learn visit",
        "card": "learn configure visit",
        "payment": "learn configure visit social_edu purchase",
        "service": "learn assess compare configure visit social_edu",
    }.items()
}

# §3
MERGE_DAYS, CANCEL_DAYS, INSURANCE_COOLING_OFF, TASK_WEIGHT = 3, 7, 15, 0.3
KEPT_PURCHASES, KEPT_SPELLS = 64, 64

# §4
INTENT_WEIGHTS = {
    "search": 1.0, "detail": 0.6, "list": 0.15, "compare": 0.8, "calculate": 1.0, "consult": 1.2, "watch": 1.2,
    "push_click": 0.4, "task_done": 0.8,
}  # fmt: skip
INTENT_HALF_LIFE, INTENT_SCALE, INTENT_PER_SESSION, INTENT_DAYS, KEPT_INTENT = 14, 1.5, 3, 120, 256
KAPPA = 10_000
FLOW_WEEKS, RECENT_WEEKS, FLOW_HALF_LIFE = 58, 13, 60
OUTFLOW_SHARES = {
    "bank": {"deposit.term": 0.5, "wealth.fixed_income": 0.3, "cash.wealth": 0.2},
    "fund_platform": {"cash.mmf": 0.5, "fund.bond": 0.25, "fund.mixed": 0.25},
    "broker": {"fund.equity": 0.5, "fund.index": 0.5},
    "insurer": {"ins.annuity": 0.5, "ins.health": 0.5},
    "lender": {"loan.consumer": 1.0},
    "card_other": {"card.credit": 1.0},
    "wallet": {"cash.mmf": 0.5, "pay.wallet": 0.5},
}
WALLET_CATEGORIES = sorted({code for shares in OUTFLOW_SHARES.values() for code in shares})
MATURITY_DAYS = 30

# §5
HAZARD_PRIOR_DAYS, HORIZON, PEER_PRIOR = 50_000, 180, 200
PHI = (0.5, 0.3, 0.2)
POOL_WEIGHTS = (0.5, 0.3, 0.2)
RANKED_POOL_WEIGHTS = (0.05, 0.9, 0.05)
CF_LOW, CF_RATIO = 0.5, 6.0
KEPT_PRODUCT_EVENTS = 200
PURCHASES = ("purchase", "top_up", "renewal")
MONEY = (*PURCHASES, "apply", "redeem", "mature", "cancel")
MUTED = frozenset({*INTENT_WEIGHTS, "served", "impression", "click"})  # §17: what is not folded while switched off
FOLD_IN_WEIGHTS = {
    "click": 0.1, "list": 0.1, "detail": 0.3, "search": 0.3, "compare": 0.3, "calculate": 0.3, "consult": 0.3,
    "watch": 0.3, "push_click": 0.3, "apply": 0.6, "purchase": 1.0, "top_up": 1.2, "renewal": 1.2,
}  # fmt: skip

# §6, §7, §9
TIERS = ("fixed", "migratable", "transferable")
THRESHOLDS = {"fixed": (0.40, 0.30), "migratable": (0.35, 0.25), "transferable": (0.08, 0.05)}
TOP_K_PER_SLOT = 3
QUOTAS = {
    "acquisition": (1, 4, 4), "cultivation": (3, 4, 2), "value": (4, 3, 2), "dormant": (3, 4, 2), "churned": (3, 4, 2),
}  # fmt: skip
PER_CATEGORY, SLOTS = 2, 9
HIGH_NET_WORTH = 1_000_000

# §8: weight of cf, tag, tier score, popularity
ORDER = {
    "fixed": {"cf": 0.20, "tag": 0.35, "tier_score": 0.40, "popularity": 0.05},
    "migratable": {"cf": 0.40, "tag": 0.30, "tier_score": 0.25, "popularity": 0.05},
    "transferable": {"cf": 0.60, "tag": 0.20, "tier_score": 0.20, "popularity": 0.0},
}
TERMS_OF_TIER = {
    "fixed": ("bought_again", "held_long", "large_share"),
    "migratable": ("recent_interest", "held_elsewhere", "maturing"),
    "transferable": ("next_step", "similar_customers", "life_stage"),
}
OVERLAY_REASONS = frozenset({"wake_up", "at_risk", "same_kind_other_form"})


def zone_of(category: str, own_zone: str | None = None) -> str:
    """The zone of a category: §14's, else the one it names itself, else the part before the dot."""
    if category in TAXONOMY:
        return TAXONOMY[category][0]
    return own_zone or category.partition(".")[0]


def half_life_of(category: str) -> float:
    """h of a category in days."""
    return TAXONOMY[category][2] if category in TAXONOMY else DEFAULT_HALF_LIFE


def half(age: float, half_life: float) -> float:
    """2^(−age/half_life)."""
    return math.pow(2.0, -age / half_life)


def day_of(instant_us: int) -> int:
    """The whole day of the bank's calendar, counted from 1970-01-01."""
    return (instant_us + MINUTES_EAST * 60_000_000) // DAY_US


def week_of(day: int) -> int:
    """The week a day lies in; weeks begin on Mondays."""
    return (day + 3) // 7
