"""Settings chosen by a tuning, kept by a fingerprint of all that the choice depends on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np

from recommender.evaluation.dataset import Dataset
from recommender.evaluation.tuning import Tuning
from service.evaluation.contenders import Contender, Tunable

LIBRARIES = ("implicit", "numpy", "scipy")


@dataclass(frozen=True, slots=True)
class Tuned:
    """`cache` is the folder of remembered choices, None: choose anew and remember nothing."""

    cache: Path | None
    context: str

    @classmethod
    def on(cls, data: Dataset, cache: Path | None, *context: object) -> Tuned:
        """Choices on this data, cut at the split, in this context (split, task, k, seed)."""
        digest = sha256(repr((context, [(name, version(name)) for name in LIBRARIES])).encode())
        digest.update(repr((data.customers, data.items, data.clocked)).encode())
        for marks in (data.purchases, data.snapshots, data.eligibility):
            for column in (marks.customer, marks.item, marks.time):
                digest.update(np.ascontiguousarray(column, dtype=np.int64).tobytes())
        for column in (data.spells.customer, data.spells.item, data.spells.opened, data.spells.closed):
            digest.update(np.ascontiguousarray(column, dtype=np.int64).tobytes())
        return cls(cache, digest.hexdigest())

    def contender(self, model: Tunable, early: Tunable, tuning: Callable[[], Tuning], *, hold_last: bool) -> Contender:
        """The model with the settings of the highest MAP of `early`; the first ones where nothing can be ranked."""
        best = next(iter(model.fits))
        if len(model.fits) > 1:
            maps = self._remembered(model)
            if maps is None:
                maps = tuning().maps(early.fits, hold_last=hold_last)
                self._remember(model, maps)
            best = max(maps, key=lambda name: maps[name]) if maps else best
        return Contender(model.name, model.fits[best], settings=best)

    def _path(self, model: Tunable) -> Path | None:
        if self.cache is None:
            return None
        key = sha256(repr((self.context, model.name, list(model.fits))).encode()).hexdigest()
        return self.cache / f"{model.name}-{key[:24]}.json"

    def _remembered(self, model: Tunable) -> dict[str, float] | None:
        path = self._path(model)
        if path is None or not path.is_file():
            return None
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            maps = {str(name): float(value) for name, value in content.items()}
        except (ValueError, AttributeError, TypeError, OSError):
            return None  # what cannot be read is measured again
        return maps if not maps or set(maps) == set(model.fits) else None

    def _remember(self, model: Tunable, maps: dict[str, float]) -> None:
        path = self._path(model)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(maps), encoding="utf-8")
        draft.replace(path)
