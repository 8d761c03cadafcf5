"""What a replay is asked: which policy, which decisions, which reward; and the report with the answers to that."""

from __future__ import annotations

from typing import Any

import msgspec

from service.clock import iso
from service.off_policy.policy_replay import PolicyReplayer, without_rule
from service.off_policy.rewards import Reward
from service.off_policy.window import Window
from service.policies.candidate import beside
from service.progress import Progress
from service.runtime import Runtime
from shelf_rules.policy import Policy
from shelf_rules.policy_load import dump_policy, load_policy


class ReplayRequest(msgspec.Struct, frozen=True):
    """A policy in full, with the window of the log; times are UTC microseconds."""

    policy: dict[str, Any]
    label: str
    sample: int
    since_us: int | None = None
    until_us: int | None = None
    reward: Reward = "click"

    @classmethod
    def of(cls, policy: Policy, rule: str, window: Window, reward: Reward) -> ReplayRequest:
        """A request of a policy, less one of its rules where one is named; raises Missing for an unknown rule."""
        label = f"{policy.name}@{policy.version}"
        if rule:
            policy, label = without_rule(policy, rule), f"{label} without {rule}"
        return cls(dump_policy(policy), label, window.sample, window.since_us, window.until_us, reward)

    @property
    def window(self) -> Window:
        """The decisions meant."""
        return Window(self.sample, self.since_us, self.until_us)


def replayed(runtime: Runtime, request: ReplayRequest, progress: Progress) -> dict[str, Any]:
    """The report as plain data; raises PolicyError for a policy that names what the bank does not have."""
    policy = load_policy(request.policy)
    beside(runtime.worlds.last(), policy)
    runtime.decisions.settle()  # what was served a moment ago counts too
    found = PolicyReplayer(runtime.store, runtime.replayer, runtime.keyed, policy).replay(
        request.window, request.reward, progress
    )
    times = (request.since_us, request.until_us)
    since, until = (None if at_us is None else iso(at_us) for at_us in times)
    asked = {"policy": request.label, "since": since, "until": until, "sample": request.sample}
    return {**asked, "reward": request.reward, **found.document()}
