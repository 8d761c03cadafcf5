"""A shelf's JSON against the oracle's verdict: every difference is noted, every value counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations

from tests.oracle.oracle.files import Row
from tests.oracle.oracle.gate import zone_of_product
from tests.oracle.oracle.neighbours import alike, mixed
from tests.oracle.oracle.tables import (
    AT_ARRANGEMENT,
    CODES,
    ORDER,
    OVERLAY_REASONS,
    PER_CATEGORY,
    SLOTS,
    TASKS_ALLOWED,
    TERMS_OF_TIER,
    TIERS,
    zone_of,
)
from tests.oracle.oracle.verdict import Case, Verdict, judge, judge_nonpersonal

TOLERANCE = 1e-9
# What 1e-9 in JSON cannot say more exactly: the last decimal is rounded, sums of floats have a last bit.
ROUNDING = 1e-12


@dataclass
class Comparison:
    """What was compared, how far it lay apart and what was found wrong."""

    modes: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    largest: dict[str, float] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    overlays: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    kept: int = 0  # categories that are in their tier only because they were in it before

    def same(self, what: str, where: object, ours: object, theirs: object) -> None:
        """Note that two values should be equal, numbers to 1e-9."""
        self.values[what] += 1
        if isinstance(ours, float) and isinstance(theirs, float):
            apart = abs(ours - theirs)
            self.largest[what] = max(self.largest.get(what, 0.0), apart)
            if apart <= TOLERANCE + ROUNDING:
                return
        elif ours == theirs:
            return
        self.differences.append(f"{what} {where}: oracle {ours!r}, shelf {theirs!r}")

    def holds(self, what: str, where: object, truth: bool) -> None:
        """Note a statement that should be true."""
        self.same(what, where, True, bool(truth))

    def summary(self) -> str:
        """A table of everything counted."""
        lines = [f"{'customers':28}{sum(self.modes.values()):>10}   {_counts(self.modes)}"]
        lines += [
            f"{what:28}{number:>10}   largest difference {self.largest.get(what, 0.0):.2e}"
            for what, number in sorted(self.values.items())
        ]
        for name, counter in (("tiers", self.tiers), ("overlays", self.overlays), ("reasons", self.reasons)):
            lines.append(f"{name:28}{sum(counter.values()):>10}   {_counts(counter)}")
        lines.append(f"{'tasks':28}{sum(self.tasks.values()):>10}   {_counts(self.tasks)}")
        lines.append(f"{'kept by the leave threshold':28}{self.kept:>10}")
        lines += [f"{f'gate {place} {code}':34}{self.codes[code]:>10}" for place, code in enumerate(CODES, start=1)]
        lines.append(f"{'differences':28}{len(self.differences):>10}")
        return "\n".join(lines)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counter.most_common())


def instant_of(shelf: Row) -> int:
    """The time of a shelf in microseconds."""
    return round(datetime.fromisoformat(shelf["as_of"]).timestamp() * 1_000_000)


def compare(found: Comparison, case: Case, shelf: Row) -> None:
    """Hold one customer's shelf against the oracle's reading of the files."""
    who, mode = case.customer.customer_id, shelf["mode"]
    found.modes[mode] += 1
    found.same("mode", who, case.customer.grants("personalisation", case.now_us), mode != "nonpersonal")
    verdict = judge(case) if mode == "personal" else judge_nonpersonal(case)
    explained = shelf["explain"]
    _compare_codes(found, case, verdict, shelf)
    _compare_lifecycle(found, who, verdict, shelf)
    if mode == "personal":
        _compare_categories(found, who, verdict, explained["categories"])
        found.kept += _kept(case, verdict)
    else:
        found.holds("non-personal is bare", who, not any(tier["zones"] for tier in shelf["tiers"]))
        found.same("non-personal is bare", who, [], shelf["experiments"])
    _compare_cards(found, case, verdict, shelf)


def _compare_lifecycle(found: Comparison, who: str, verdict: Verdict, shelf: Row) -> None:
    explained = shelf["explain"]
    found.same("stage", who, verdict.stage, explained["stage"])
    found.same("stage", who, verdict.stage, shelf["lifecycle"])
    found.same("overlay", who, verdict.overlay, explained["overlay"])
    found.same("overlay", who, verdict.overlay, shelf["overlay"])
    if verdict.quotas:
        found.same("quotas", who, dict(zip(TIERS, verdict.quotas, strict=True)), explained["quotas"])
        found.overlays[verdict.overlay or "none"] += 1


def _compare_codes(found: Comparison, case: Case, verdict: Verdict, shelf: Row) -> None:
    who, withheld = case.customer.customer_id, shelf["explain"]["withheld"]
    placed = [case.bank.by_id[slot["product_id"]] for slot in shelf["explain"]["slots"]]
    on_shelf = {product["product_id"] for product in placed}
    for product in case.bank.products:
        product_id = product["product_id"]
        code = withheld.get(product_id)
        if code:
            found.codes[code] += 1
        if code in AT_ARRANGEMENT:
            clash = alike if code == "duplicate_of" else mixed
            apart = any(clash(product, one) for one in placed) and product_id not in on_shelf
            found.holds("code of arrangement", (who, product_id, code), apart)
            code = None
        found.same("gate code", (who, product_id), verdict.codes.get(product_id), code)
    found.same("withheld counts", who, dict(Counter(withheld.values())), shelf["explain"]["withheld_counts"])
    unassessed = not {"not_assessed", "assessment_expired"}.isdisjoint(verdict.codes.values())
    found.same("assessment card", who, unassessed, shelf["assessment"] is not None)


def _compare_categories(found: Comparison, who: str, verdict: Verdict, shown: Row) -> None:
    for code, score in verdict.scores.items():
        # A category without a tier and without a score is left out of the explanation.
        said = shown.get(code, {"tier": None, "F": 0.0, "M": 0.0, "T": 0.0, "parts": {}})
        found.same("F", (who, code), score.fixed, said["F"])
        found.same("M", (who, code), score.migratable, said["M"])
        found.same("T", (who, code), score.transferable, said["T"])
        found.same("tier", (who, code), score.tier, said["tier"])
        found.tiers[score.tier or "none"] += 1
        for name in said["parts"]:
            found.same(f"part {name}", (who, code), score.parts[name], said["parts"][name])
    found.same("categories", who, [], sorted(shown.keys() - verdict.scores.keys()))


def _kept(case: Case, verdict: Verdict) -> int:
    """Categories whose tier hangs on the previous one."""
    if not case.previous:
        return 0
    fresh = judge(replace(case, previous={}))
    return sum(score.tier != fresh.scores[code].tier for code, score in verdict.scores.items())


def _compare_cards(found: Comparison, case: Case, verdict: Verdict, shelf: Row) -> None:
    who, slots = case.customer.customer_id, shelf["explain"]["slots"]
    cards = [
        (tier["tier"], zone["zone"], card)
        for tier in shelf["tiers"]
        for zone in tier["zones"]
        for card in zone["cards"]
    ]
    cards += [("public", zone["zone"], card) for zone in shelf["public"] for card in zone["cards"]]
    shown = sorted((tier, card["slot"], card["product_id"], card["reason"]["code"]) for tier, _, card in cards)
    logged = sorted((slot["tier"], slot["slot"], slot["product_id"], slot["reason"]) for slot in slots)
    found.same("cards are the logged slots", who, shown, logged)
    products = [case.bank.by_id[slot["product_id"]] for slot in slots]
    found.same("no product twice", who, len(products), len({product["product_id"] for product in products}))
    for one, other in combinations(products, 2):
        found.holds(
            "cards apart", (who, one["product_id"], other["product_id"]), not (alike(one, other) or mixed(one, other))
        )
    for _, zone, card in cards:
        product = case.bank.by_id[card["product_id"]]
        found.same("zone of card", (who, card["product_id"]), zone_of_product(product), zone)
        found.same("category of card", (who, card["product_id"]), product["category"], card["category"])
    per_place = Counter((slot["tier"], product["category"]) for slot, product in zip(slots, products, strict=True))
    found.holds("two a category and tier", who, max(per_place.values(), default=0) <= PER_CATEGORY)
    _compare_room(found, who, verdict, Counter(slot["tier"] for slot in slots))
    for slot, product in zip(slots, products, strict=True):
        _compare_slot(found, who, verdict, slot, product)


def _compare_room(found: Comparison, who: str, verdict: Verdict, taken: Counter[str]) -> None:
    """Unused slots flow from fixed to migratable to transferable to the public zone, never back."""
    room = 0
    for place, tier in enumerate(TIERS):
        room += verdict.quotas[place] if verdict.quotas else 0
        found.holds("slots", (who, tier), taken[tier] <= room)
        room -= taken[tier]
    found.holds("slots", who, sum(taken.values()) <= SLOTS)


def _compare_slot(found: Comparison, who: str, verdict: Verdict, slot: Row, product: Row) -> None:
    tier, category = slot["tier"], product["category"]
    where = (who, slot["product_id"])
    found.holds("propensity", where, 0 < slot["propensity"] <= 1)
    found.holds("chance in tier transferable", where, tier == "transferable" or slot["propensity"] == 1)
    found.holds("score is the sum of its parts", where, _near(sum(slot["parts"].values()), slot["score"]))
    found.reasons[slot["reason"]] += 1
    if slot["task"] is not None:
        found.tasks[slot["task"]] += 1
        found.holds("task on its tier", where, tier in {"migratable", "transferable"})
        found.holds("task in the matrix", where, slot["task"] in TASKS_ALLOWED.get(zone_of(category), ()))
    if tier == "public":
        return
    found.same("tier of card", where, verdict.scores[category].tier, tier)
    score = getattr(verdict.scores[category], tier)
    found.same("tier score in order", where, ORDER[tier]["tier_score"] * score, slot["parts"]["tier_score"])
    found.holds(
        "reason", (*where, slot["reason"], slot["parts"], slot["tier_parts"]), _is_true(verdict, slot, category)
    )


def _is_true(verdict: Verdict, slot: Row, category: str) -> bool:
    """Whether the reason is the overlay's, the exploration's, or that of the largest part."""
    tier, parts = slot["tier"], slot["parts"]
    evidence = verdict.scores[category].parts
    at_risk = (evidence["gap"] or 0.0) >= 0.4 or (evidence["alive"] is not None and evidence["alive"] < 0.5)
    overlays = {"wake_up"} if tier == "fixed" and verdict.overlay else set()
    overlays |= {"at_risk"} if tier == "fixed" and at_risk else set()
    if overlays or slot["reason"] in OVERLAY_REASONS:
        return slot["reason"] in overlays
    if slot["explored"]:
        return bool(slot["reason"] == "explore")
    known = {
        code: part for code, part in slot["tier_parts"].items() if part is not None and code in TERMS_OF_TIER[tier]
    }
    components = [
        ("similar_customers", parts["cf"]),
        ("tag", parts["tag"] - ORDER[tier]["tag"] / 2),
        ("popular", parts["popularity"]),
    ]
    most = max(known.values(), default=0.0)
    components += [(code, parts["tier_score"]) for code, part in known.items() if _near(part, most)]
    largest = max(part for _, part in components)
    return slot["reason"] in {code for code, part in components if _near(part, largest)}


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one))
