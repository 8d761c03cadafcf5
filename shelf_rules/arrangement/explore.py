"""The last slots of a tier are drawn with a stated probability, after all else is placed."""

from __future__ import annotations

from itertools import islice

from shelf_rules.chance import uniform
from shelf_rules.decision import TIERS, DrawnSlot
from shelf_rules.policy import ArrangementPolicy
from shelf_rules.policy_rules import Exploration
from shelf_rules.slate import Draw, Slate, Step

_STREAMS = {"transferable": 0, "migratable": 1 << 20, "fixed": 1 << 21}
"""Where the draws of a tier begin among those of the seed."""
_EDGE = 1e-6  # a score of 0 or 1 has no logit


def explore(slate: Slate, steps: tuple[Step, ...]) -> None:
    """Draw the exploration slots among the best products that keep every one of `steps` beside all other cards.

    Each slot states the probability of what it shows, given the slots before it; `explored` says that another product
    was the best. Nothing may move afterwards, or the probability would be false. What is given replaces the draw.
    """
    policy = slate.situation.policy.arrangement
    slots = {tier: min(policy.explore[tier].slots, len(slate.free(tier))) for tier in TIERS}
    for tier, number in slots.items():
        for _ in range(number):
            slate.take_last(tier)
    for tier, number in slots.items():
        for _ in range(number):
            _draw(slate, tier, steps)


def _draw(slate: Slate, tier: str, steps: tuple[Step, ...]) -> None:
    policy = slate.situation.policy.arrangement
    weights, asked = slate.situation.policy.ranking[tier], policy.explore[tier]
    scale = max(1.0, weights.cf + weights.tag + weights.tier_score + weights.popularity)  # a score stays below 1
    pairs = zip(*slate.rankings[tier], strict=True)
    free = ((row, score) for row, score in pairs if slate.admits(row, tier, steps))
    drawable = list(islice(free, max(1, _most(policy, asked))))
    if not drawable:  # what was drawn before left nothing: the slot stays empty
        return
    chances = _propensities([score / scale for _, score in drawable], policy, asked)
    rows, slot = tuple(row for row, _ in drawable), slate.next_slot(tier)
    given = slate.given.get((tier, slot))
    at = _drawn(slate, tier, chances) if given not in rows else rows.index(given)
    slate.place(rows[at], tier)
    slate.draws[rows[at]] = Draw(chances[at], explored=at > 0)
    slate.drawn.append(DrawnSlot(tier, slot, rows[at], rows, tuple(chances)))


def _drawn(slate: Slate, tier: str, chances: list[float]) -> int:
    left, at = uniform(slate.situation.facts.seed, _STREAMS[tier] + len(slate.rows[tier])), 0
    while at < len(chances) - 1 and left >= chances[at]:
        left -= chances[at]
        at += 1
    return at


def _most(policy: ArrangementPolicy, asked: Exploration) -> int:
    """So few that their floors take at most half of ε: n = min(50, ⌊ε/2f⌋) of recommender design §8."""
    if policy.explore_floor <= 0:
        return policy.explore_max if asked.eps > 0 else 0
    return min(policy.explore_max, int(asked.eps / (2 * policy.explore_floor) + 1e-9))


def _propensities(scores: list[float], policy: ArrangementPolicy, asked: Exploration) -> list[float]:
    """π(a) = (1−ε)·1[a = best] + f + (ε − n·f)·softmax(logit/T)_a, the scores being sorted, best first."""
    if _most(policy, asked) == 0:
        return [1.0]
    odds = [_odds(score) for score in scores]
    power = 1 / policy.explore_temperature
    weights = [(each / odds[0]) ** power for each in odds]  # softmax(logit/T), up to a factor
    spent, total = asked.eps - len(scores) * policy.explore_floor, sum(weights)
    chances = [policy.explore_floor + spent * weight / total for weight in weights]
    chances[0] += 1 - asked.eps
    return chances


def _odds(score: float) -> float:
    score = min(max(score, _EDGE), 1 - _EDGE)
    return score / (1 - score)
