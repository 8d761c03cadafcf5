"""The life of an experiment: draft, running, paused, stopped, archived; only safe changes inside a phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from service.errors import Conflict
from service.experiments.acting import LIVE, activate, due_coverage, expect, found, keep
from service.experiments.documents import changed_spec, spec_document
from service.experiments.fitting import Check, fit, fit_together
from service.experiments.four_eyes import expect_other, shown_by
from service.experiments.spec import Experiment, Reaction, Spec, State
from service.stores import _experiments, _policies
from service.stores._policies import Act, Writing
from service.stores.protocols import Store
from shelf_rules.policy import Policy

_SAFE = "raise the coverage, drop the condition or steps of the ramp"


class Done(NamedTuple):
    """The generation in force after an act, and the experiment as it stands."""

    generation: int
    experiment: Experiment


class ExperimentLife:
    """Every act is one transaction under the bank's lock, its audit row in it.

    `generation` is the one that the caller saw in force, None for whichever is. Raises Missing, Conflict, Invalid and
    PreconditionFailed.
    """

    def __init__(self, store: Store, check: Check | None = None) -> None:
        self._store, self._check = store, check or _is_fine

    def draft(self, act: Act, spec: Spec) -> Done:
        """Keep a new experiment; nobody is in it."""
        with self.writing(act) as writing:
            if _experiments.experiment(writing.connection, spec.key) is not None:
                raise Conflict("exists", f"experiment {spec.key} exists: edit it, or choose another key")
            fit(writing, spec, self._check)
            return _signed(writing, "draft", None, keep(writing, "draft", spec, ("draft", 1), _now(writing)))

    def edit(self, act: Act, spec: Spec, generation: int | None = None) -> Done:
        """Replace a draft; of what runs or is paused only what moves nobody between arms."""
        with self.writing(act) as writing:
            expect(writing, generation)
            before = found(writing, spec.key, "draft", *LIVE)
            if before.state in LIVE:
                return self._changed(writing, "edit", before, spec)
            fit(writing, spec, self._check)
            return _signed(writing, "edit", before, keep(writing, "edit", spec, ("draft", before.phase), _now(writing)))

    def ramp(self, act: Act, key: str, coverage: float, generation: int | None = None) -> Done:
        """Another coverage: higher, or lower where the experiment is sticky."""
        with self.writing(act) as writing:
            expect(writing, generation)
            before = found(writing, key, *LIVE)
            return self._changed(writing, "ramp", before, _ramped(before.spec, coverage))

    def start(self, act: Act, key: str, generation: int | None = None, sha256: str | None = None) -> Done:
        """Let a draft run; `sha256` is of the experiment that the caller read, None for whichever stands there.

        Raises Forbidden for who wrote parameters of its arms.
        """
        with self.writing(act) as writing:
            expect_other(writing, key, sha256)
            return self._step(writing, "start", key, ("running", "draft"), generation)

    def pause(self, act: Act, key: str, generation: int | None = None) -> Done:
        """Let nobody be in it for now; customers have the policy in force on their next request."""
        with self.writing(act) as writing:
            return self._step(writing, "pause", key, ("paused", "running"), generation)

    def resume(self, act: Act, key: str, generation: int | None = None, sha256: str | None = None) -> Done:
        """Let it run again, in the same phase; as `start`, except for what somebody else has let run before."""
        with self.writing(act) as writing:
            expect_other(writing, key, sha256)
            return self._step(writing, "resume", key, ("running", "paused"), generation)

    def stop(self, act: Act, key: str, generation: int | None = None) -> Done:
        """Let it run no more, for good."""
        with self.writing(act) as writing:
            return self._step(writing, "stop", key, ("stopped", *LIVE), generation)

    def archive(self, act: Act, key: str) -> Done:
        """Hide what is stopped, or a draft that nobody wants."""
        with self.writing(act) as writing:
            return self._step(writing, "archive", key, ("archived", "draft", "stopped"), None)

    def new_phase(self, act: Act, key: str, changes: Mapping[str, Any], generation: int | None = None) -> Done:
        """The next phase with some fields written anew: everybody is drawn anew, and counted anew.

        Where arms then have other parameters it is paused until somebody else lets it run.
        """
        with self.writing(act) as writing:
            expect(writing, generation)
            before = found(writing, key, *LIVE)
            spec = changed_spec(before.spec, changes)
            fit_together(writing, spec, self._check)
            shown, new = (shown_by(spec_document(one)) for one in (before.spec, spec))
            state: State = before.state if new in (shown, []) else "paused"
            generation = activate(writing, "experiment")
            after = keep(writing, "new_phase", spec, (state, before.phase + 1), generation)
            return _signed(writing, "new_phase", before, after)

    def ramp_due(self, act: Act, key: str) -> Done | None:
        """Take the last step of the written ramp whose time has come; None where there is nothing to take."""
        with self.writing(act) as writing:
            before = found(writing, key)
            coverage = due_coverage(writing, before) if before.state == "running" else None
            if coverage is None:
                return None
            return self._changed(writing, "ramp", before, _ramped(before.spec, coverage))

    @contextmanager
    def writing(self, act: Act) -> Iterator[Writing]:
        """One transaction of somebody's."""
        with self._store.begin() as connection:
            yield Writing(connection, act)

    def _step(self, writing: Writing, what: str, key: str, states: tuple[State, ...], generation: int | None) -> Done:
        """Take an experiment into the first of the states from one of the others."""
        expect(writing, generation)
        state, *before_it = states
        before = found(writing, key, *before_it)
        if state == "running":
            fit_together(writing, before.spec, self._check)
        is_flip = state in LIVE or before.state in LIVE
        now = activate(writing, "experiment") if is_flip else _now(writing)
        return _signed(writing, what, before, keep(writing, what, before.spec, (state, before.phase), now))

    def _changed(self, writing: Writing, what: str, before: Experiment, spec: Spec) -> Done:
        """Change inside a phase; raises Conflict for what would move customers between arms."""
        unsafe = [name for name in Spec.__struct_fields__ if not _is_safe(name, before.spec, spec)]
        if unsafe:
            why = f"{', '.join(unsafe)}: inside a phase you may {_SAFE}, and with sticky on lower the coverage"
            raise Conflict("needs_new_phase", f"{why}; anything else needs a new phase")
        if spec == before.spec:
            return Done(_now(writing), before)
        is_ramp = spec.coverage != before.spec.coverage
        generation = activate(writing, "ramp_step" if is_ramp else "experiment")
        after = keep(writing, "ramp" if is_ramp else what, spec, (before.state, before.phase), generation)
        return _signed(writing, what, before, after)


def automatic(writing: Writing, key: str, phase: int, reaction: Reaction) -> Done | None:
    """Pause or, with `roll_back`, stop what a guardrail speaks against; None where this phase runs no more.

    In the transaction of whoever found it. Called twice it acts once, by whichever process.
    """
    before = found(writing, key)
    if before.state != "running" or before.phase != phase or reaction == "warn":
        return None
    state: State = "stopped" if reaction == "roll_back" else "paused"
    after = keep(writing, "guardrail", before.spec, (state, phase), activate(writing, "guardrail"))
    return _signed(writing, "guardrail", before, after)


def _ramped(spec: Spec, coverage: float) -> Spec:
    """The experiment at another coverage with what is left of its written ramp: nothing once it is lowered by hand."""
    steps = spec_document(spec)["ramp"] if coverage >= spec.coverage else []
    return changed_spec(spec, {"coverage": coverage, "ramp": [one for one in steps if one["coverage"] > coverage]})


def _is_safe(name: str, before: Spec, after: Spec) -> bool:
    was, now = getattr(before, name), getattr(after, name)
    if was == now:
        return True
    if name == "coverage":
        return bool(now > was or before.sticky)
    if name == "ramp":
        return set(now) < set(was)
    return name == "condition" and not now


def _now(writing: Writing) -> int:
    return _policies.generation(writing.connection)


def _signed(writing: Writing, what: str, before: Experiment | None, after: Experiment) -> Done:
    sha256 = None if before is None else before.sha256
    writing.sign(f"experiment_{what}", f"experiment {after.key}", sha256, after.sha256)
    return Done(_now(writing), after)


def _is_fine(policy: Policy) -> None:
    """Nothing is known of the bank."""
