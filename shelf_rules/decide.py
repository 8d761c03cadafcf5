"""One decision from its facts: gate, tiers, order, arrangement, tasks and reasons, without a clock, dice or I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from shelf_rules.arrange import arrange, arrange_public, given_up
from shelf_rules.assignment import assign, quota
from shelf_rules.attach import attach
from shelf_rules.badge import badge, seen_rows
from shelf_rules.catalogue import Catalogue, Floats, Ints
from shelf_rules.decision import PUBLIC, TIERS, CategoryView, Decision, Slot
from shelf_rules.eligibility.duplicate_of import duplicate_of
from shelf_rules.evidence import gather_evidence
from shelf_rules.facts import Facts
from shelf_rules.firing import fire, withholders
from shelf_rules.gate import PASSED, gate, gate_before_tiers
from shelf_rules.lifecycle import overlay, stage
from shelf_rules.policy import Policy
from shelf_rules.ranking._order import order, rank
from shelf_rules.reasons import FEATURED, reason, tier_parts
from shelf_rules.regime import Regime
from shelf_rules.rule import CODES, Watch, unwatched
from shelf_rules.shortlist import shortlist
from shelf_rules.situation import FIXED, NO_TIER, Situation
from shelf_rules.slate import Draw, Given, Ranking, Slate
from shelf_rules.suitability.loan_invest_separation import loan_invest_separation
from shelf_rules.tiers.fixed import fixed
from shelf_rules.tiers.migratable import migratable
from shelf_rules.tiers.transferable import transferable

_NOT_ASSESSED = frozenset({"not_assessed", "assessment_expired"})
_LOAN, _DUPLICATE = CODES.index("loan_invest_separation"), CODES.index("duplicate_of")
_RULE = CODES.index("policy_rule")
_TIER_NAMES = (None, *TIERS)
_CERTAIN = Draw(1.0, explored=False)
_NOTHING: Given = {}


@dataclass(frozen=True, slots=True)
class _Ranked:
    """The candidates of one tier, rows ascending, with their scores and the summands of these."""

    rows: Ints
    scores: Floats
    parts: Mapping[str, Floats]


def decide(
    facts: Facts,
    catalogue: Catalogue,
    policy: Policy,
    regime: Regime,
    watch: Watch = unwatched,
    *,
    given: Given = _NOTHING,
) -> Decision:
    """The shelf of one customer at one time; the same arguments always give the same decision.

    Only the mode `personal` reads the past (ValueError where the facts then carry none); any other mode shows the same
    popular products to all whom the gate treats alike (domain model §17). `given`, of an off-policy evaluation, says
    what stands on exploration slots in place of a draw: the chances of the draws after them follow from it.
    """
    situation = Situation(facts, catalogue, policy, regime)
    if facts.mode != "personal":
        fire(situation)
        return _non_personal(situation, watch)
    before = _assign(situation, watch)
    return _personal(situation, gate(situation, watch, before=before), watch, given)


def tiers_of(facts: Facts, catalogue: Catalogue, policy: Policy, regime: Regime) -> tuple[str | None, ...]:
    """The tier of every category number as `decide` assigns it; ValueError where the facts carry no past."""
    situation = Situation(facts, catalogue, policy, regime)
    _assign(situation, unwatched)
    return _view(situation).tier


def scores_in(facts: Facts, catalogue: Catalogue, policy: Policy, regime: Regime, *, tier: str, rows: Ints) -> Floats:
    """S of §8 of some rows, ascending, as if their categories and no others stood in `tier`.

    ValueError where the facts carry no past.
    """
    situation = Situation(facts, catalogue, policy, regime)
    _assign(situation, unwatched)
    situation.tier = np.full(len(catalogue.categories), NO_TIER)
    situation.tier[catalogue.category[rows]] = FIXED + TIERS.index(tier)
    situation.candidates = rows
    return rank(situation, tier, rows)[0]


def _assign(situation: Situation, watch: Watch) -> Ints:
    """Weigh the evidence and give every category its tier; what the gate says before tiers are known."""
    situation.evidence = gather_evidence(situation.facts, situation.catalogue, situation.policy, situation.regime)
    watch("evidence", "evidence")
    situation.stage, situation.overlay = stage(situation), overlay(situation)
    fire(situation)
    watch("rules", "conditions")
    before = gate_before_tiers(situation, watch)
    situation.eligible = before == PASSED
    for tier in (fixed, migratable, transferable):
        situation.tiers = {**situation.tiers, tier.__name__: tier(situation)}
        watch("tiers", tier.__name__)
    situation.tier = assign(situation)
    watch("tiers", "assignment")
    return before


def _personal(situation: Situation, codes: Ints, watch: Watch, given: Given) -> Decision:
    passed = codes == PASSED
    situation.candidates = shortlist(situation, passed)
    watch("ranking", "shortlist")
    ranked = {tier: _rank(situation, tier, number) for number, tier in enumerate(TIERS, start=FIXED)}
    rankings = {tier: _ranking(situation, candidates) for tier, candidates in ranked.items()}
    watch("ranking", "rank")
    quotas = _quotas(situation)
    slate = arrange(situation, quotas, rankings, passed, given)
    watch("arrangement", "arrange")
    _withhold_at_arrangement(situation, codes, slate, situation.candidates)
    seen = seen_rows(situation)
    slots = _checked(_slots(situation, slate, ranked, seen), codes)
    watch("reasons", "reason")
    slots = attach(situation, slots)
    watch("incentives", "attach")
    withheld, by_rule = _counts(codes), withholders(situation, np.flatnonzero(codes == _RULE))
    return Decision(
        mode=situation.facts.mode,
        slots=slots,
        public=_checked(_public(situation, slate, seen), codes),
        stage=situation.stage,
        overlay=situation.overlay,
        segments=tuple(name for name, inside in situation.segments.items() if inside),
        rules=tuple(rule.name for rule in situation.fired),
        withheld_by={name: len(rows) for name, rows in by_rule.items()},
        assessment=not _NOT_ASSESSED.isdisjoint(withheld),
        withheld=withheld,
        codes=codes,
        rows_of_rule=by_rule,
        categories=_view(situation),
        quotas=quotas,
        relaxed=given_up(slate),
        degraded=situation.facts.degraded,
        draws=tuple(slate.drawn),
    )


def _non_personal(situation: Situation, watch: Watch) -> Decision:
    """The popular products that the gate lets through; in `fallback` without the card of the assessment."""
    codes = gate(situation, watch)
    passed = codes == PASSED
    slate = arrange_public(situation, passed)
    _withhold_at_arrangement(situation, codes, slate, np.flatnonzero(passed))
    watch("arrangement", "arrange")
    withheld, by_rule = _counts(codes), withholders(situation, np.flatnonzero(codes == _RULE))
    return Decision(
        mode=situation.facts.mode,
        slots=(),
        public=_checked(_public(situation, slate, frozenset()), codes),
        rules=tuple(rule.name for rule in situation.fired),
        withheld_by={name: len(rows) for name, rows in by_rule.items()},
        assessment=situation.facts.mode != "fallback" and not _NOT_ASSESSED.isdisjoint(withheld),
        withheld=withheld,
        codes=codes,
        rows_of_rule=by_rule,
        degraded=situation.facts.degraded,
    )


def _rank(situation: Situation, tier: str, number: int) -> _Ranked:
    candidates, catalogue = situation.candidates, situation.catalogue
    assert situation.tier is not None and candidates is not None  # noqa: S101, PT018 - set before ranking
    rows = candidates[situation.tier[catalogue.category[candidates]] == number]
    scores, parts = rank(situation, tier, rows)
    return _Ranked(rows, scores, parts)


def _ranking(situation: Situation, ranked: _Ranked) -> Ranking:
    best_first = order(situation, ranked.rows, ranked.scores)
    known = np.where(np.isfinite(ranked.scores), ranked.scores, 0.0)  # what is no number sinks, and is drawn as 0
    return Ranking(ranked.rows[best_first].tolist(), known[best_first].tolist())


def _quotas(situation: Situation) -> dict[str, int]:
    row = quota(situation)
    return {tier: getattr(row, tier) for tier in TIERS}


def _slots(situation: Situation, slate: Slate, ranked: Mapping[str, _Ranked], seen: frozenset[int]) -> tuple[Slot, ...]:
    """The cards of the three tiers with their scores and reasons."""
    slots = []
    for tier in TIERS:
        at_rows = np.searchsorted(ranked[tier].rows, slate.rows[tier]).tolist()
        for number, (row, at) in enumerate(zip(slate.rows[tier], at_rows, strict=True), start=1):
            if row in slate.pinned:
                slots.append(_pinned(situation, tier, row, number, seen))
                continue
            parts = {name: column.item(at) for name, column in ranked[tier].parts.items()}
            draw = slate.draws.get(row, _CERTAIN)
            slots.append(
                Slot(
                    row=row,
                    tier=tier,
                    slot=number,
                    score=ranked[tier].scores.item(at),
                    parts=parts,
                    tier_parts=tier_parts(situation, tier, situation.catalogue.category.item(row)),
                    reason=reason(situation, tier, row, parts, explored=draw.explored),
                    propensity=draw.propensity,
                    explored=draw.explored,
                    badge=badge(situation, row, tier, seen),
                )
            )
    return tuple(slots)


def _pinned(situation: Situation, place: str, row: int, number: int, seen: frozenset[int]) -> Slot:
    """A card that the bank has put there: it has no score of its own, and says so."""
    return Slot(row=row, tier=place, slot=number, score=0.0, reason=FEATURED, badge=badge(situation, row, place, seen))


def _public(situation: Situation, slate: Slate, seen: frozenset[int]) -> tuple[Slot, ...]:
    """The cards of the public zone: scored by popularity alone, numbered from 1."""
    popularity = situation.facts.scores.popularity
    return tuple(
        _pinned(situation, PUBLIC, row, number, seen)
        if row in slate.pinned
        else Slot(
            row=row,
            tier=PUBLIC,
            slot=number,
            score=popularity.item(row),
            parts={"popularity": popularity.item(row)},
            # A product that nobody bought in the window is not called popular.
            reason="popular" if popularity.item(row) > 0 else "on_offer",
            badge=badge(situation, row, PUBLIC, seen),
        )
        for number, row in enumerate(slate.rows[PUBLIC], start=1)
    )


def _withhold_at_arrangement(situation: Situation, codes: Ints, slate: Slate, considered: Ints) -> None:
    """Give what the placed cards keep off the shelf its code; the law is asked about the placed cards as well."""
    placed = np.array(sorted(slate.placed), dtype=np.int64)
    asked = np.zeros(len(codes), dtype=np.bool_)
    asked[considered] = asked[placed] = True
    codes[asked & (codes == PASSED) & loan_invest_separation(situation, placed)] = _LOAN
    if "duplicate_of" in situation.policy.eligibility:
        asked[placed] = False
        codes[asked & (codes == PASSED) & duplicate_of(situation, placed)] = _DUPLICATE


def _checked(slots: tuple[Slot, ...], codes: Ints) -> tuple[Slot, ...]:
    """The slots whose product no rule withholds in the end: one that is withheld leaves its slot empty."""
    return tuple(slot for slot in slots if codes.item(slot.row) == PASSED)


def _counts(codes: Ints) -> dict[str, int]:
    counts = np.bincount(codes + 1, minlength=len(CODES) + 1)[1:].tolist()
    return {code: count for code, count in zip(CODES, counts, strict=True) if count}


def _view(situation: Situation) -> CategoryView:
    tier = () if situation.tier is None else situation.tier.tolist()
    columns = situation.tiers
    return CategoryView(
        tier=tuple(_TIER_NAMES[number] for number in tier),
        fixed=columns["fixed"].score,
        migratable=columns["migratable"].score,
        transferable=columns["transferable"].score,
        parts={name: column for evidence in columns.values() for name, column in evidence.inputs.items()},
    )
