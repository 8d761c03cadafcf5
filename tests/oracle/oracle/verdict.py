"""The whole verdict on one customer: stage, overlay, scores, tiers and the code of every product."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tests.oracle.oracle import evidence, future
from tests.oracle.oracle.files import Bank, Customer, Model, Row
from tests.oracle.oracle.gate import UNLESS_FIXED, Applicant, first_failing
from tests.oracle.oracle.history import History, read_history
from tests.oracle.oracle.tables import (
    HIGH_NET_WORTH,
    INVESTED_ZONES,
    LENDING_ZONES,
    OUTFLOW_SHARES,
    QUOTAS,
    THRESHOLDS,
    TOP_K_PER_SLOT,
    day_of,
    half_life_of,
    zone_of,
)


@dataclass
class Score:
    """The evidence of one category and what it comes to."""

    parts: dict[str, float | None]
    fixed: float
    migratable: float
    transferable: float
    past: tuple[bool, bool]  # evidence without and with the previous tier
    present: tuple[bool, bool]
    tier: str | None = None


@dataclass
class Verdict:
    """What the shelf of a customer must say."""

    stage: str | None
    overlay: str | None
    quotas: tuple[int, int, int] | None
    scores: dict[str, Score] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)


@dataclass
class Case:
    """A customer at an instant with the facts that the consents let through."""

    bank: Bank
    model: Model
    customer: Customer
    now_us: int
    previous: dict[str, str] = field(default_factory=dict)
    campaigns: tuple[Row, ...] = ()


def judge_nonpersonal(case: Case) -> Verdict:
    """The codes of a shelf that reads no profile."""
    empty = History(day_of(case.now_us))
    applicant = Applicant(case.customer, case.now_us, empty, personal=False, campaigns=case.campaigns)
    verdict = Verdict(None, None, None)
    for product in case.bank.products:
        code = first_failing(product, applicant, fixed=False)
        if code:
            verdict.codes[product["product_id"]] = code
    return verdict


def judge(case: Case) -> Verdict:
    """The verdict on a personal shelf."""
    whole = read_history(case.bank, case.customer, case.now_us)
    history, reads = _consented(whole, case)
    money = evidence.money_of(history, reads["holdings"], reads["outflow"])
    applicant = Applicant(
        case.customer, case.now_us, whole, money.ability, frozenset(history.held_products), campaigns=case.campaigns
    )
    open_codes, fixed_codes = (
        {p["product_id"]: first_failing(p, applicant, fixed=fixed) for p in case.bank.products} for fixed in (False, True)
    )
    stage, overlay = _lifecycle(case, history, whole, money)
    verdict = Verdict(stage, overlay, QUOTAS[overlay or stage])
    verdict.scores = _scores(case, history, money, reads, open_codes)
    _assign(verdict, case, open_codes, fixed_codes)
    for product in case.bank.products:
        score = verdict.scores.get(product["category"])
        in_fixed = score is not None and score.tier == "fixed"
        code = (fixed_codes if in_fixed else open_codes)[product["product_id"]]
        if code:
            verdict.codes[product["product_id"]] = code
    return verdict


def _consented(whole: History, case: Case) -> tuple[History, dict[str, bool]]:
    reads = {scope: case.customer.grants(scope, case.now_us) for scope in ("holdings", "behaviour", "outflow")}
    kept = History(whole.today, product_events=whole.product_events)
    if reads["holdings"]:
        kept.purchases, kept.dropped, kept.first_day = whole.purchases, whole.dropped, whole.first_day
        kept.spells = whole.spells
    else:
        kept.product_events = [event for event in kept.product_events if event["kind"] not in future.PURCHASES]
    if reads["behaviour"]:
        kept.intent = whole.intent
    else:
        kept.product_events = [event for event in kept.product_events if event["kind"] in future.PURCHASES]
    if reads["outflow"]:
        kept.flows = whole.flows
    return kept, reads


def _lifecycle(case: Case, history: History, whole: History, money: evidence.Money) -> tuple[str, str | None]:
    joined = case.customer.profile.get("joined_at")
    begun = day_of(joined) if joined is not None else whole.first_seen
    tenure = whole.today - begun if begun is not None else 0
    bought = sum(
        history.dropped.get(code, 0) + sum(weight > 0 for _, weight in evidence.occasions(purchases))
        for code, purchases in history.purchases.items()
    )
    codes = sorted({code for shares in OUTFLOW_SHARES.values() for code in shares})
    outside = math.fsum(evidence.external(history, code) for code in codes)
    inside = math.fsum(history.balance(code) or 0.0 for code in history.spells)
    share = inside / (inside + outside) if case.customer.grants("outflow", case.now_us) and inside + outside > 0 else None
    zones = {zone_of(code) for code in history.spells if history.held(code)}
    if tenure < 90 or bought < 2:
        stage = "acquisition"
    elif len(zones) >= 3 or money.assets >= HIGH_NET_WORTH or (share is not None and share >= 0.5 and tenure >= 365):
        stage = "value"
    else:
        stage = "cultivation"
    alive = [evidence.alive(history, case.model, code) for code in {*history.spells, *history.purchases}]
    pasts = [value for value in alive if value is not None]
    overlay = None
    if pasts and all(value < 0.3 for value in pasts) and not history.held_products:
        overlay = "churned"
    elif whole.last_act is None or whole.today - whole.last_act >= 60:
        overlay = "dormant"
    return stage, overlay


def _scores(
    case: Case, history: History, money: evidence.Money, reads: dict[str, bool], codes: dict[str, str | None]
) -> dict[str, Score]:
    model, today = case.model, history.today
    category_of = {product["product_id"]: product["category"] for product in case.bank.products}
    eligible = [product for product in case.bank.products if codes[product["product_id"]] is None]
    items = future.item_scores(history, model, category_of)
    best: dict[str, float] = {}
    least: dict[str, float] = {}
    for product in eligible:
        code = product["category"]
        if product["product_id"] in items:
            best[code] = max(best.get(code, -math.inf), items[product["product_id"]])
        least[code] = min(least.get(code, math.inf), product["min_amount"] or 0.0)
    places = future.percentiles(best)
    recent, group = future.recent_categories(history), future.peer_group(case.customer, history, model)
    scores = {}
    for code in model.codes:
        h, held = half_life_of(code), history.held(code)
        repeats = evidence.effective_repeats(evidence.occasions(history.purchases.get(code, [])), today, h)
        share = evidence.holding_share(history.spells.get(code, []), today, h)
        balance = history.balance(code)
        invested = zone_of(code) in INVESTED_ZONES and money.assets > 0
        balance_share = (balance or 0.0) / money.assets if invested else 0.0
        alive = 1.0 if held else evidence.alive(history, model, code)
        i, x = evidence.intent(history, code), evidence.maturity_signal(history, model, code)
        g = evidence.wallet_gap(evidence.external(history, code), balance or 0.0)
        q1 = future.hit_probability(future.hazard(recent, model, code)) if reads["holdings"] else None
        q2 = future.cf_probability(model.base_rate[code], places[code]) if code in places else None
        q3 = future.peer_probability(group, model, code)
        nu = 1.0
        if zone_of(code) not in {*LENDING_ZONES, "payment"} and money.free is not None and code in least:
            nu = money.free / (money.free + least[code]) if money.free + least[code] > 0 else 1.0
        scores[code] = Score(
            {"repeats": repeats, "share": share, "balance_share": balance_share, "alive": alive, "intent": i,
             "gap": g, "maturity": x, "q1": q1, "q2": q2, "q3": q3, "nu": nu},
            evidence.fixed_score(repeats, share, balance_share, alive or 0.0),
            evidence.migratable_score(i, g, x),
            0.0 if held else future.pool((q1, q2, q3)) * nu,
            (repeats >= 1 or share >= 0.5, repeats >= 0.7 or share >= 0.4),
            _present(i, g, x, recent=evidence.recent_outflow(history, code)),
        )  # fmt: skip
    return scores


def _present(i: float, g: float, x: float, *, recent: bool) -> tuple[bool, bool]:
    without = i >= 0.15 or (g >= 0.3 and recent) or x > 0
    return without, without or i >= 0.10


def _assign(
    verdict: Verdict, case: Case, open_codes: dict[str, str | None], fixed_codes: dict[str, str | None]
) -> None:
    may_open, may_fixed = (
        {product["category"] for product in case.bank.products if codes[product["product_id"]] is None}
        for codes in (open_codes, fixed_codes)
    )
    future_ones = []
    for code, score in verdict.scores.items():
        before = case.previous.get(code)

        def reached(tier: str, value: float, before: str | None = before) -> bool:
            return value >= THRESHOLDS[tier][before == tier]

        if code in may_fixed and score.past[before == "fixed"] and reached("fixed", score.fixed):
            score.tier = "fixed"
        elif code in may_open and score.present[before == "migratable"] and reached("migratable", score.migratable):
            score.tier = "migratable"
        elif code in may_open and reached("transferable", score.transferable):
            future_ones.append(code)
    assert verdict.quotas is not None
    kept = TOP_K_PER_SLOT * verdict.quotas[2]
    for code in sorted(future_ones, key=lambda one: -verdict.scores[one].transferable)[:kept]:
        verdict.scores[code].tier = "transferable"


__all__ = ["UNLESS_FIXED", "Case", "Score", "Verdict", "judge", "judge_nonpersonal"]
