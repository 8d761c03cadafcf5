"""What a policy must keep: ranges, sums, rules that agree, and that the law is not one of its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice

from shelf_rules.arrange import SOFT
from shelf_rules.attach import KINDS
from shelf_rules.policy import ELIGIBILITY, Policy
from shelf_rules.policy_bounds import MOST_FAULTS, TINY, Fault, check_bounds
from shelf_rules.policy_check_rules import (
    check_exploration,
    check_own_names,
    check_placements,
    check_rules,
    check_segments,
    check_threshold,
    check_weights,
    check_window,
)
from shelf_rules.policy_conflicts import check_conflicts
from shelf_rules.policy_words import CHANNELS, meant
from shelf_rules.rule import CODES

_HANG_ON = {
    "arrangement": ("quotas", "placements", "rules"),
    "segments": ("rules",),
    "scenes": ("segments", "placements", "rules"),
    "placements": ("segments", "rules"),
    "quotas": ("rules",),
    "eligibility": ("placements", "rules"),
}
"""What cannot be judged where the part before it has a fault."""


def check_policy(policy: Policy, faulty: Iterable[str] = ()) -> Iterator[Fault]:
    """Every fault of a policy of the right kinds; parts in which `faulty` paths lie are left out, one fault is enough.

    Ranges first, then what each part must keep, at last what rules must keep among them.
    """
    broken = {part for path in faulty for part in _struck(path, whole=True)}
    for check in _CHECKS:
        own = (fault for fault in check(policy) if not any(_lies_in(fault[0], part) for part in broken))
        found = list(islice(own, MOST_FAULTS + 1))
        yield from found
        broken |= {part for path, _ in found for part in _struck(path, whole=False)}


def _struck(path: str, *, whole: bool) -> set[str]:
    """The parts that a fault makes impossible to judge: its own, of a list its member, and what hangs on it."""
    part = re.split(r"[.\[]", path)[0]
    member = re.match(r"\w+\[\d+\]", path)
    return {part if whole or member is None else member[0], *_HANG_ON.get(part, ())}


def _lies_in(path: str, part: str) -> bool:
    return path == part or path.startswith((f"{part}.", f"{part}["))


def _own(policy: Policy) -> Iterator[Fault]:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,63}", policy.name):
        yield "name", f"'{policy.name}' is no name: write 1 to 64 of a-z 0-9 _ . -, a letter or digit first"
    yield from _hysteresis(policy)
    yield from _sums(policy)
    yield from _exploration(policy)
    yield from _names(policy)
    yield from _campaigns(policy)
    yield from check_segments(policy)
    yield from check_placements(policy)


def _hysteresis(policy: Policy) -> Iterator[Fault]:
    for tier, threshold in policy.thresholds.items():
        yield from check_threshold(threshold, f"thresholds.{tier}")
    fixed, migratable = policy.fixed, policy.migratable
    pairs = {
        "fixed.keep_repeats": (fixed.keep_repeats, fixed.evidence_repeats),
        "fixed.keep_share": (fixed.keep_share, fixed.evidence_share),
        "migratable.keep_intent": (migratable.keep_intent, migratable.evidence_intent),
    }
    for path, (keep, evidence) in pairs.items():
        if keep > evidence:
            yield path, f"{keep:g} is above what it takes to enter: write at most {evidence:g}"


def _sums(policy: Policy) -> Iterator[Fault]:
    slots = policy.arrangement.slots
    for name, quota in policy.quotas.items():
        if (total := quota.fixed + quota.migratable + quota.transferable) > slots:
            said = f"{total} slots in the three tiers, but arrangement.slots is {slots}"
            yield f"quotas.{name}", f"{said}: write quotas that add up to at most {slots}"
    yield from _weights(policy)


def _weights(policy: Policy) -> Iterator[Fault]:
    weights = policy.fixed.w_repeat + policy.fixed.w_duration + policy.fixed.w_balance
    if weights > 1 + TINY:
        yield "fixed", f"w_repeat, w_duration and w_balance add up to {weights:g}: write at most 1 in sum"
    for name, shares in policy.wallet.shares.items():
        if (total_share := sum(shares.values())) > 1 + TINY:
            yield f"wallet.shares.{name}", f"the shares add up to {total_share:g}: write at most 1 in sum"
    for tier, rank in policy.ranking.items():
        yield from check_weights(rank, f"ranking.{tier}")
    for name in ("recent_categories", "pool_weights", "ranked_pool_weights"):
        if sum(getattr(policy.transferable, name)) <= 0:
            yield f"transferable.{name}", "all weights are 0: write at least one above 0"


def _exploration(policy: Policy) -> Iterator[Fault]:
    arrangement = policy.arrangement
    if arrangement.candidates < arrangement.slots:
        yield "arrangement.candidates", f"fewer than arrangement.slots: write at least {arrangement.slots}"
    for tier, exploration in arrangement.explore.items():
        yield from check_exploration(exploration, arrangement.explore_floor, f"arrangement.explore.{tier}")


def _names(policy: Policy) -> Iterator[Fault]:
    yield from _listed("eligibility", policy.eligibility, ELIGIBILITY, "is no business rule")
    yield from _listed("arrangement.relax", policy.arrangement.relax, SOFT, "is nothing that may give way")
    yield from _listed("tasks.migratable", policy.tasks.migratable, KINDS, "is no task kind")
    yield from _listed("tasks.transferable", policy.tasks.transferable, KINDS, "is no task kind")


def _listed(path: str, names: tuple[str, ...], known: Collection[str], said: str) -> Iterator[Fault]:
    for at, name in enumerate(names):
        if name in names[:at]:
            yield f"{path}[{at}]", f"'{name}' stands twice: write it once"
        elif name in CODES and name not in known:
            yield f"{path}[{at}]", f"'{name}' cannot be named here, the law is not a parameter: leave it out"
        elif name not in known:
            yield f"{path}[{at}]", f"'{name}' {said}; {meant(name, known)}"


def _campaigns(policy: Policy) -> Iterator[Fault]:
    yield from check_own_names("campaigns", [campaign.key for campaign in policy.campaigns], r"(?s).+", "key")
    for at, campaign in enumerate(policy.campaigns):
        yield from check_window(campaign.from_, campaign.until, f"campaigns[{at}]")
        for place, channel in enumerate(campaign.channels):
            if channel not in CHANNELS:
                yield f"campaigns[{at}].channels[{place}]", f"'{channel}' is no channel; {meant(channel, CHANNELS)}"


_CHECKS: tuple[Callable[[Policy], Iterator[Fault]], ...] = (check_bounds, _own, check_rules, check_conflicts)
