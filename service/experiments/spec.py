"""What an experiment, a layer, a hold-out and an override say: plain data, checked where it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

State = Literal["draft", "running", "paused", "stopped", "archived"]
MetricKind = Literal["proportion", "mean", "ratio"]
Reaction = Literal["pause", "roll_back", "warn"]
Source = Literal["hash", "sticky", "override", "holdout"]
COUNTED: frozenset[Source] = frozenset({"hash", "sticky"})
"""Sources of assignments that results are made of."""


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Owns parameters of the policy (dotted paths; a path owns all below it); experiments in it exclude each other.

    The salt is drawn when the layer is made and never changes.
    """

    key: str
    parameters: tuple[str, ...]
    salt: str = ""
    description: str = ""


class LayerHoldout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Customers who keep the policy's own values for the parameters of a layer, or of all layers (`*`).

    The share `share` of the customers is held out; the next slice of the same size is what it is compared with.
    """

    key: str
    layer: str
    share: float
    salt: str = ""
    ended: bool = False


class Arm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named difference over the policy in force: parameters by dotted path, or a whole published version.

    Without either it changes nothing. The first arm of an experiment is its control.
    """

    key: str
    weight: float
    parameters: Mapping[str, Any] = {}
    policy: str | None = None


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is measured of a customer after the first exposure, within a window of days.

    `num` and `den` name measures (`service.experiments.measures`). `winsor` caps a mean's values at that quantile of
    all arms together; `covariate` adjusts by the same measure over as many days before the exposure (CUPED).
    """

    key: str
    kind: MetricKind
    num: str
    den: str | None = None
    window_days: int = 7
    is_good_up: bool = True
    winsor: float | None = None
    covariate: bool = True


class Guardrail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A metric that may not get worse by more than `margin`, in its own units, and what happens when it does."""

    metric: Metric
    margin: float
    reaction: Reaction = "pause"


class RampStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A coverage that is taken by itself so many days after the start, while nothing speaks against it."""

    after_days: float
    coverage: float


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An experiment as it is written; within a phase only its coverage may rise and its condition be dropped."""

    key: str
    layer: str
    hypothesis: str
    arms: tuple[Arm, ...]
    primary: tuple[Metric, ...]
    ranges: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    coverage: float = 1.0
    condition: Mapping[str, Any] = {}
    sticky: bool = False
    secondary: tuple[Metric, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    ramp: tuple[RampStep, ...] = ()
    alpha: float = 0.05
    n_star: int = 5_000
    mde: float | None = None
    min_days: int = 14


class Experiment(msgspec.Struct, frozen=True):
    """An experiment as it stands: its newest row in the store."""

    spec: Spec
    phase: int
    state: State
    sha256: str
    generation: int
    since_us: int

    @property
    def key(self) -> str:
        """Its name everywhere."""
        return self.spec.key

    @property
    def control(self) -> Arm:
        """What the others are compared with."""
        return self.spec.arms[0]

    @property
    def seed(self) -> str:
        """The hash seed of the phase: a new phase draws anew."""
        return f"{self.key}:{self.phase}"


class Override(msgspec.Struct, frozen=True):
    """A customer put into an arm by somebody, for a while; never counted."""

    experiment: str
    customer_id: str
    arm: str
    actor: str
    reason: str
    expires_us: int


class InForce(msgspec.Struct, frozen=True):
    """All of it that is in force in one generation; what is draft, stopped or archived is left out.

    `unreadable` says of experiments that another release wrote why this one cannot read them.
    """

    layers: tuple[Layer, ...] = ()
    holdouts: tuple[LayerHoldout, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    overrides: tuple[Override, ...] = ()
    unreadable: Mapping[str, str] = {}


NONE = InForce()


class Assignment(msgspec.Struct, frozen=True):
    """The arm a customer is in, how it came to be, and with which chance."""

    experiment: str
    phase: int
    arm: str
    source: Source
    propensity: float
