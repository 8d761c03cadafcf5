"""Layers, experiments and what came of them; triggers keep what must stay (`service.stores._guard`)."""

from __future__ import annotations

from service.stores._columns import Table, big, key, number_key
from service.stores.tables._governed import WITHOUT_ROWID


class Layers(Table, table=True):
    """Layers as they were made; nothing of a layer ever changes."""

    __table_args__ = WITHOUT_ROWID

    key: str = key()
    document: str  # JSON of a `service.experiments.spec.Layer`
    actor: str
    at_us: int = big()


class LayerHoldouts(Table, table=True):
    """Hold-outs of layers; the newest row of a key counts."""

    seq: int = number_key()
    key: str
    document: str  # JSON of a `service.experiments.spec.LayerHoldout`
    generation: int  # the activation that it made
    actor: str
    reason: str
    at_us: int = big()


class ExperimentActs(Table, table=True):
    """Every act upon an experiment, with the whole experiment as it is then; the newest row of a key counts."""

    seq: int = number_key()
    key: str
    phase: int
    act: str  # draft | edit | start | ramp | pause | resume | stop | archive | new_phase | guardrail | kill
    state: str  # draft | running | paused | stopped | archived
    spec: str  # JSON of a `service.experiments.spec.Spec`
    sha256: str  # of the spec
    generation: int  # the activation that it made, or the one in force where it made none
    actor: str
    reason: str
    at_us: int = big()


class ExperimentOverrides(Table, table=True):
    """Customers put into an arm by somebody; the newest row of an experiment and customer counts."""

    seq: int = number_key()
    experiment: str
    customer_id: str
    arm: str | None = None  # none: taken away
    expires_us: int = big()
    generation: int  # the activation that it made, or the one in force where it made none
    actor: str
    reason: str
    at_us: int = big()


class Exposures(Table, table=True):
    """Who saw an arm's own shelf, tier by tier: the earliest impression of the phase."""

    __table_args__ = WITHOUT_ROWID

    experiment: str = key()
    phase: int = number_key()
    customer_id: str = key()
    arm: str = key()
    tier: str = key()
    first_us: int = big()
    event_id: str
    decision_id: str


class ArmDifferences(Table, table=True):
    """Whether the customer's shelf would have been another one in an arm of an experiment."""

    __table_args__ = WITHOUT_ROWID

    decision_id: str = key()
    experiment: str = key()
    arm: str = key()
    differs: bool


class ExperimentLooks(Table, table=True):
    """Looks that are taken by themselves at a running experiment, with what each found."""

    __table_args__ = WITHOUT_ROWID

    experiment: str = key()
    phase: int = number_key()
    look: int = number_key()
    at_us: int = big()
    document: str
    data_sha256: str
