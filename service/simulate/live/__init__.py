"""The living bank: the simulated bank goes on living, week after week, against the running service."""

from __future__ import annotations

from service.simulate.live.plan import FROZEN, LEARNING, Plan
from service.simulate.live.run import live
from service.simulate.live.weeks import Week

__all__ = ["FROZEN", "LEARNING", "Plan", "Week", "live"]
