"""A simulated bank with a known truth."""

from __future__ import annotations

from service.simulate.run import STAGES, SimulationSize, simulate

__all__ = ["STAGES", "SimulationSize", "simulate"]
