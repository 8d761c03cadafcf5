"""How often the intervals of an off-policy evaluation hold the true value, on decisions of a simulated bank.

Customers are decided for once under the policy that logs and once under a changed one, on several days; then clicks are
simulated many times, their chances known. Each simulation draws customers anew, so the truth is that of the whole bank.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from recommender.off_policy.direct import cross_fitted
from recommender.off_policy.dr import dr
from recommender.off_policy.estimate import Estimate
from recommender.off_policy.ips import ips
from recommender.off_policy.refusal import DETERMINISTIC, refusals
from recommender.off_policy.rows import LoggedRows
from recommender.off_policy.snips import snips
from recommender.off_policy.support import Support
from recommender.training_data import Floats, Ints
from service.pipeline.facts import Asked, Moment, build_facts
from service.pipeline.gather import draw_seed
from service.policies.candidate import world_under
from service.progress import Progress
from service.runtime import Runtime
from service.world import World
from shelf_rules.decide import decide
from shelf_rules.decision import Decision, DrawnSlot
from shelf_rules.facts import Query
from shelf_rules.policy import Policy
from shelf_rules.policy_load import load_policy

_DAY_US = 86_400_000_000
TIER = "transferable"
_NAMES = ("ips", "snips", "dr")


def logging_policy(base: Policy, slots: int, eps: float, floor: float) -> Policy:
    """The policy that logs, with so many declared exploration slots in the transferable tier."""
    drawn = {"explore": {TIER: {"slots": slots, "eps": eps}}, "explore_floor": floor}
    return load_policy({"arrangement": drawn}, base)


def changed_policy(logging: Policy, strength: float) -> Policy:
    """The policy to be judged: tags count for less inside the transferable tier, popularity for more."""
    ranking = dict(logging.ranking)
    was = ranking[TIER]
    ranking[TIER] = dataclasses.replace(was, tag=was.tag * (1 - strength), popularity=was.popularity + strength)
    return dataclasses.replace(logging, ranking=ranking)


class Contexts(NamedTuple):
    """Drawn slots of real decisions, dense: chances [contexts, products] of both policies, and whose they are."""

    customer: Ints
    logged: Floats
    candidate: Floats
    decisions: int


def contexts_of(runtime: Runtime, policies: tuple[Policy, Policy], days: int, progress: Progress) -> Contexts:
    """The last drawn slot of the tier in every personal decision of so many successive days under both policies."""
    live = runtime.worlds.last()
    worlds = world_under(live, policies[0]), world_under(live, policies[1])
    ids = runtime.store.customer_ids(personal=True, limit=10_000)
    customers: list[int] = []
    pairs: list[tuple[DrawnSlot, dict[int, float]]] = []
    decisions = 0
    for number, customer_id in enumerate(ids):
        for logged, candidate in _decided(runtime, worlds, customer_id, days):
            decisions += 1
            pair = _pair(logged, candidate)
            if pair is not None:
                customers.append(number)
                pairs.append(pair)
        progress("deciding", number + 1, len(ids))
    width = len(live.catalogue)
    logs, candidates = np.zeros((len(pairs), width)), np.zeros((len(pairs), width))
    for place, (draw, chances) in enumerate(pairs):
        logs[place, list(draw.rows)] = draw.chances
        candidates[place, list(chances)] = list(chances.values())
    used = logs.any(axis=0) | candidates.any(axis=0)
    return Contexts(np.array(customers, np.int64), logs[:, used], candidates[:, used], decisions)


def _decided(
    runtime: Runtime, worlds: tuple[World, World], customer_id: str, days: int
) -> Iterator[tuple[Decision, Decision]]:
    row, now_us = runtime.store.read(customer_id, personal=True)[1], runtime.clock.now_us()
    for day in range(days):
        at_us = now_us + day * _DAY_US
        moment = Moment(at_us, runtime.calendar.day(at_us), runtime.calendar.year(at_us))
        asked = Asked(customer_id, Query(), moment, draw_seed(runtime, worlds[0], customer_id, moment.today), False)
        first, second = (
            decide(build_facts(asked, row, world), world.catalogue, world.policy, world.regime) for world in worlds
        )
        if first.mode == "personal":
            yield first, second


def _pair(logged: Decision, candidate: Decision) -> tuple[DrawnSlot, dict[int, float]] | None:
    """The drawn slot, and what the candidate shows there; None where either has no such slot."""
    draws = [draw for draw in logged.draws if draw.tier == TIER]
    there = [draw for draw in candidate.draws if draw.tier == TIER]
    if not draws or not there or draws[-1].slot != there[-1].slot:
        return None
    return draws[-1], dict(zip(there[-1].rows, there[-1].chances, strict=True))


@dataclass(slots=True)
class Coverage:
    """What the simulations found, by estimator: intervals that held the truth, their widths and the errors."""

    runs: int = 0
    contexts: int = 0
    truth: float = 0.0
    logged: float = 0.0
    ess: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    held: dict[str, list[bool]] = field(default_factory=lambda: {name: [] for name in _NAMES})
    widths: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _NAMES})
    errors: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _NAMES})
    told: list[bool] = field(default_factory=list)

    def add(self, name: str, found: Estimate) -> None:
        """Count one interval."""
        self.held[name].append(bool(found.low <= self.truth <= found.high))
        self.widths[name].append(found.high - found.low)
        self.errors[name].append(found.value - self.truth)

    def document(self) -> dict[str, Any]:
        """The figures as plain data; `told` counts the runs in which no gate refused."""
        told = np.array(self.told, bool)
        figures = {}
        for name in _NAMES if self.runs else ():
            held, errors = np.array(self.held[name]), np.array(self.errors[name])
            figures[name] = {
                "coverage": float(held.mean()),
                "coverage_told": float(held[told].mean()) if told.any() else None,
                "width": float(np.mean(self.widths[name])),
                "bias": float(errors.mean()),
                "rmse": float(np.sqrt((errors**2).mean())),
            }
        plain = {name: getattr(self, name) for name in ("runs", "contexts", "truth", "logged")}
        return {
            **plain,
            "ess": float(np.median(self.ess)) if self.ess else 0.0,
            "told": int(told.sum()),
            "refused": dict(sorted(self.refused.items())),
            "estimators": figures,
        }


class Clicks(NamedTuple):
    """The chance of a click on each product [contexts, products]: what a product is worth, and to whom."""

    chances: Floats

    @classmethod
    def of(cls, contexts: Contexts, chance: np.random.Generator, mean: float = 0.12) -> Clicks:
        """Odds that differ by product and by customer, and by the two together."""
        number, products = int(contexts.customer.max(initial=0)) + 1, contexts.logged.shape[1]
        taste, appeal = chance.normal(0, 0.5, (number, 4)), chance.normal(0, 1, (products, 4))
        odds = np.log(mean / (1 - mean)) + chance.normal(0, 0.6, products) + chance.normal(0, 0.3, (number, 1))
        return cls(1 / (1 + np.exp(-(odds + taste @ appeal.T * 0.5)[contexts.customer])))


def coverage(contexts: Contexts, *, runs: int, seed: int, progress: Progress) -> Coverage:
    """Simulate `runs` logs of this bank and evaluate each; without a drawn slot every one is refused."""
    found = Coverage(contexts=len(contexts.customer))
    if not found.contexts:
        found.refused[DETERMINISTIC.code] = runs
        return found
    chance = np.random.default_rng(seed)
    clicks = Clicks.of(contexts, chance).chances
    found.truth = float((contexts.candidate * clicks).sum(axis=1).mean())
    found.logged = float((contexts.logged * clicks).sum(axis=1).mean())
    edges = np.cumsum(contexts.logged, axis=1)
    supported = np.where(contexts.logged > 0, contexts.candidate, 0).sum(axis=1).clip(0, 1)
    by_customer = np.split(np.arange(found.contexts), np.flatnonzero(np.diff(contexts.customer)) + 1)
    for run in range(runs):
        rows = _simulated(contexts, (clicks, edges, supported), by_customer, chance)
        _evaluated(found, rows)
        progress("simulating", run + 1, runs)
    found.runs = runs
    return found


def _simulated(
    contexts: Contexts, known: tuple[Floats, Floats, Floats], by_customer: Sequence[Ints], chance: np.random.Generator
) -> LoggedRows:
    """One log: customers drawn anew with all their decisions, a product for each, and whether it was clicked."""
    clicks, edges, supported = known
    drawn = chance.integers(0, len(by_customer), len(by_customer))
    at = np.concatenate([by_customer[number] for number in drawn])
    customer = np.repeat(np.arange(len(drawn)), [len(by_customer[number]) for number in drawn])
    lots = chance.random(len(at)) * edges[at, -1]
    action = (edges[at] <= lots[:, None]).sum(axis=1).clip(max=edges.shape[1] - 1)
    return LoggedRows(
        customer=customer,
        action=action,
        reward=(chance.random(len(at)) < clicks[at, action]).astype(np.float64),
        logged=contexts.logged[at, action],
        candidate=contexts.candidate[at, action],
        supported=supported[at],
        chances=csr_array(contexts.candidate[at]),
    )


def _evaluated(found: Coverage, rows: LoggedRows) -> None:
    support = Support.of(rows)
    reasons = refusals(support)
    found.ess.append(support.ess)
    found.told.append(not reasons)
    found.refused.update(reason.code for reason in reasons)
    for name, estimate in (("ips", ips(rows)), ("snips", snips(rows)), ("dr", dr(rows, cross_fitted(rows)))):
        found.add(name, estimate)
