"""The whole verdict on one customer: stage, overlay, scores, tiers and the code of every product."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from tests.oracle.oracle import evidence, future
from tests.oracle.oracle.files import Bank, Customer, Model, Row
from tests.oracle.oracle.gate import Applicant, failing, first_failing
from tests.oracle.oracle.history import History, read_history
from tests.oracle.oracle.tables import (
    HIGH_NET_WORTH,
    INVESTED_ZONES,
    MONEY,
    POOL_WEIGHTS,
    QUOTAS,
    RANKED_POOL_WEIGHTS,
    THRESHOLDS,
    TOP_K_PER_SLOT,
    WALLET_CATEGORIES,
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
    past: tuple[bool, bool]  # evidence without and with the previous tier
    present: tuple[bool, bool]
    transferable: float = 0.0
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
    chances: dict[str, float] | None = None  # the promoted ranker's probabilities by product, as data; None without one


def judge_nonpersonal(case: Case) -> Verdict:
    """The codes of a shelf that reads no profile."""
    empty = History(day_of(case.now_us))
    applicant = Applicant(
        case.customer, case.now_us, empty, personal=False, campaigns=case.campaigns, series=case.bank.series
    )
    verdict = Verdict(None, None, None)
    for product in case.bank.products:
        code = first_failing(failing(product, applicant), fixed=False)
        if code:
            verdict.codes[product["product_id"]] = code
    return verdict


def judge(case: Case) -> Verdict:
    """The verdict on a personal shelf."""
    whole = read_history(case.bank, case.customer, case.now_us)
    reads = {scope: case.customer.grants(scope, case.now_us) for scope in ("holdings", "behaviour", "outflow")}
    history = consented(whole, reads)
    known = reads["holdings"] and bool(history.spells or history.flows)
    money = evidence.money_of(history, outflow_read=reads["outflow"], known=known)
    held = frozenset(history.held_products)
    applicant = Applicant(
        case.customer, case.now_us, whole, money.ability, held, campaigns=case.campaigns, series=case.bank.series
    )
    failed = {product["product_id"]: failing(product, applicant) for product in case.bank.products}
    stage, overlay = _lifecycle(case, history, money, outflow_read=reads["outflow"])
    verdict = Verdict(stage, overlay, QUOTAS[overlay or stage])
    eligible = [p for p in case.bank.products if first_failing(failed[p["product_id"]], fixed=True) is None]
    verdict.scores = _scores(case, history, money, reads, eligible)
    _assign(verdict, case.previous, {product["category"] for product in eligible})
    for product in case.bank.products:
        in_fixed = verdict.scores[product["category"]].tier == "fixed"
        code = first_failing(failed[product["product_id"]], fixed=in_fixed)
        if code:
            verdict.codes[product["product_id"]] = code
    return verdict


def consented(whole: History, reads: dict[str, bool]) -> History:
    """The past without what the customer has not let us read."""
    kept = replace(whole)
    if not reads["holdings"]:
        kept.purchases, kept.dropped, kept.first_day, kept.spells = {}, {}, {}, {}
        kept.product_events = [event for event in kept.product_events if event["kind"] not in MONEY]
    if not reads["behaviour"]:
        kept.intent = {}
        kept.product_events = [event for event in kept.product_events if event["kind"] in MONEY]
    return kept


def _lifecycle(case: Case, history: History, money: evidence.Money, *, outflow_read: bool) -> tuple[str, str | None]:
    joined = case.customer.profile.get("joined_at")
    begun = day_of(joined) if joined is not None else history.first_seen
    tenure = history.today - begun if begun is not None else 0
    bought = sum(evidence.times(history, code) for code in history.purchases)
    zones = {zone_of(code) for code in history.spells if history.held(code)}
    share = _wallet_share(history, money) if outflow_read else None
    if tenure < 90 or bought < 2:
        stage = "acquisition"
    elif len(zones) >= 3 or money.assets >= HIGH_NET_WORTH or (share is not None and share >= 0.5 and tenure >= 365):
        stage = "value"
    else:
        stage = "cultivation"
    alive = [evidence.alive(history, case.model, code) for code in {*history.spells, *history.purchases}]
    pasts = [value for value in alive if value is not None]
    if pasts and max(pasts) < 0.3 and not history.held_products:
        return stage, "churned"
    quiet = history.today - history.last_act if history.last_act is not None else tenure
    known = bool(pasts) or history.first_seen is not None
    return stage, "dormant" if known and quiet >= 60 else None


def _wallet_share(history: History, money: evidence.Money) -> float | None:
    """ŜoW over the invested zones."""
    codes = [code for code in WALLET_CATEGORIES if zone_of(code) in INVESTED_ZONES]
    outside = math.fsum(evidence.external(history, code) for code in codes)
    return money.assets / (money.assets + outside) if money.assets + outside > 0 else None


def _scores(
    case: Case, history: History, money: evidence.Money, reads: dict[str, bool], eligible: list[Row]
) -> dict[str, Score]:
    model = case.model
    items = future.item_scores(history, model, case.bank.category_of)
    ranked: dict[str, list[float]] = {}
    best: dict[str, float] = {}
    least: dict[str, float] = {}
    for product in eligible:
        code = product["category"]
        if product["product_id"] in items:
            best[code] = max(best.get(code, -math.inf), items[product["product_id"]])
        if case.chances and product["product_id"] in case.chances:
            ranked.setdefault(code, []).append(case.chances[product["product_id"]])
        if product["min_amount"] is not None:
            least[code] = min(least.get(code, math.inf), product["min_amount"])
    places = future.percentiles(best)
    recent, group = future.recent_categories(history, model.codes), future.peer_group(case.customer, history, model)
    scores = {}
    weights = RANKED_POOL_WEIGHTS if case.chances else POOL_WEIGHTS
    for code in model.codes:
        chances = (
            future.hit_probability(future.hazard(recent, model, code)) if reads["holdings"] else None,
            _likely(case, ranked.get(code), model.base_rate[code], places.get(code)),
            future.peer_probability(group, model, code),
        )
        nu = future.coverage(code, money.free, least.get(code))
        scores[code] = _score(history, model, code, money, outflow_read=reads["outflow"])
        scores[code].parts |= {**dict(zip(("q1", "q2", "q3"), chances, strict=True)), "nu": nu}
        scores[code].transferable = 0.0 if history.held(code) else future.pool(chances, weights) * nu
    return scores


def _likely(case: Case, ranked: list[float] | None, base_rate: float, place: float | None) -> float | None:
    """q2: from the ranker where one is promoted, else from the place of the category's best score."""
    if case.chances is not None:
        return None if ranked is None else future.any_of(ranked)
    return None if place is None else future.cf_probability(base_rate, place)


def _score(history: History, model: Model, code: str, money: evidence.Money, *, outflow_read: bool) -> Score:
    """F and M of one category with their evidence."""
    today, h, balance = history.today, half_life_of(code), history.balance(code) or 0.0
    repeats = evidence.effective_repeats(evidence.occasions(history.purchases.get(code, [])), today, h)
    share = evidence.holding_share(history.spells.get(code, []), today, h)
    balance_share = balance / money.assets if zone_of(code) in INVESTED_ZONES and money.assets > 0 else 0.0
    alive = evidence.alive(history, model, code)
    factor = 1.0 if history.held(code) else alive or 0.0
    i, x = evidence.intent(history, code), evidence.maturity_signal(history, model, code)
    g = evidence.wallet_gap(evidence.external(history, code), balance) if outflow_read else 0.0
    present = i >= 0.15 or (g >= 0.3 and evidence.recent_outflow(history, code)) or x > 0
    return Score(
        parts={"repeats": repeats, "share": share, "balance_share": balance_share, "alive": alive, "intent": i,
               "gap": g, "maturity": x},
        fixed=evidence.fixed_score(repeats, share, balance_share, factor),
        migratable=evidence.migratable_score(i, g, x),
        past=(repeats >= 1 or share >= 0.5, repeats >= 0.7 or share >= 0.4),
        present=(present, present or i >= 0.10),
    )  # fmt: skip


def tier_of(score: Score, before: str | None) -> str | None:
    """The tier that a category's evidence reaches; where it was before, it stays down to the leave threshold (§6)."""
    bound = {tier: THRESHOLDS[tier][before == tier] for tier in THRESHOLDS}
    if score.past[before == "fixed"] and score.fixed >= bound["fixed"]:
        return "fixed"
    if score.present[before == "migratable"] and score.migratable >= bound["migratable"]:
        return "migratable"
    return "transferable" if score.transferable >= bound["transferable"] else None


def _assign(verdict: Verdict, previous: dict[str, str], eligible: set[str]) -> None:
    """The tier of every eligible category; of the transferable ones the best by T, ties in the order of the tables."""
    for code, score in verdict.scores.items():
        score.tier = tier_of(score, previous.get(code)) if code in eligible else None
    assert verdict.quotas is not None
    future_ones = [code for code, score in verdict.scores.items() if score.tier == "transferable"]
    future_ones.sort(key=lambda code: -verdict.scores[code].transferable)
    for code in future_ones[TOP_K_PER_SLOT * verdict.quotas[2] :]:
        verdict.scores[code].tier = None
