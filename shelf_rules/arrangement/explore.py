"""The last slots of the transferable tier are drawn with a stated probability, after all else is placed."""

from __future__ import annotations

from itertools import islice

from shelf_rules.chance import uniform
from shelf_rules.policy import ArrangementPolicy
from shelf_rules.slate import Draw, Slate, Step

_TIER = "transferable"
_EDGE = 1e-6  # a score of 0 or 1 has no logit


def explore(slate: Slate, steps: tuple[Step, ...]) -> None:
    """Draw the exploration slots among the best products that keep every one of `steps` beside all other cards.

    Each slot states the probability of what it shows, given the slots before it; `explored` says that another product
    was the best. Nothing may move afterwards, or the probability would be false.
    """
    policy = slate.situation.policy.arrangement
    slots = min(policy.explore_slots, len(slate.rows[_TIER]))
    for _ in range(slots):
        slate.take_last(_TIER)
    for _ in range(slots):
        _draw(slate, steps, policy)


def _draw(slate: Slate, steps: tuple[Step, ...], policy: ArrangementPolicy) -> None:
    ranking, weights = slate.rankings[_TIER], slate.situation.policy.ranking[_TIER]
    scale = max(1.0, weights.cf + weights.tag + weights.tier_score + weights.popularity)  # a score stays below 1
    pairs = zip(ranking.rows, ranking.scores, strict=True)
    free = ((row, score) for row, score in pairs if slate.admits(row, _TIER, steps))
    drawable = list(islice(free, max(1, _most(policy))))
    chances = _propensities([score / scale for _, score in drawable], policy)
    left, at = uniform(slate.situation.facts.seed, len(slate.rows[_TIER])), 0
    while at < len(drawable) - 1 and left >= chances[at]:
        left -= chances[at]
        at += 1
    row = drawable[at][0]
    slate.place(row, _TIER)
    slate.draws[row] = Draw(chances[at], explored=at > 0)


def _most(policy: ArrangementPolicy) -> int:
    """So few that their floors take at most half of ε: n = min(50, ⌊ε/2f⌋) of recommender design §8."""
    if policy.explore_floor <= 0:
        return policy.explore_max if policy.explore_eps > 0 else 0
    return min(policy.explore_max, int(policy.explore_eps / (2 * policy.explore_floor) + 1e-9))


def _propensities(scores: list[float], policy: ArrangementPolicy) -> list[float]:
    """π(a) = (1−ε)·1[a = best] + f + (ε − n·f)·softmax(logit/T)_a, the scores being sorted, best first."""
    if _most(policy) == 0:
        return [1.0]
    odds = [_odds(score) for score in scores]
    weights = [
        (each / odds[0]) ** (1 / policy.explore_temperature) for each in odds
    ]  # softmax(logit/T), up to a factor
    spent, total = policy.explore_eps - len(scores) * policy.explore_floor, sum(weights)
    chances = [policy.explore_floor + spent * weight / total for weight in weights]
    chances[0] += 1 - policy.explore_eps
    return chances


def _odds(score: float) -> float:
    score = min(max(score, _EDGE), 1 - _EDGE)
    return score / (1 - score)
