"""Evaluates the product's ranker and the baselines on a folder of the exchange format."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from recommender.evaluation.study import Outcome
from service.errors import Refused
from service.evaluation.asked import Asked
from service.evaluation.contenders import BASELINES, HUOJIA, NAMES, Contender, Menu, with_held_last
from service.evaluation.huojia import Huojia
from service.evaluation.reading import read_journal
from service.evaluation.report import Report, rows_of
from service.evaluation.request import Request
from service.evaluation.tuned import Tuned
from service.progress import Progress, silent


def evaluate(request: Request, *, cache: Path | None = None, progress: Progress = silent) -> Report:
    """The table of a request; `cache` remembers chosen settings. Raises Refused where the folder cannot answer it."""
    unknown = sorted(set(request.models) - set(NAMES))
    if unknown:
        raise Refused(f"--model {', '.join(unknown)}: must be among {', '.join(NAMES)}")
    asked = Asked(request, read_journal(request.folder, progress))
    study = asked.study
    menu = Menu(asked.split.before, request.task, request.seed)
    outcomes: list[tuple[Contender, Outcome]] = []
    for contender in _contenders(asked, menu, cache, progress):
        progress(contender.name, 0, len(study.rankings))
        told = partial(_told, progress, contender.name, len(study.rankings))
        outcomes.append((contender, study.measure(contender.fit, probabilities=contender.probabilities, told=told)))
    wanted = {name: why for name, why in menu.left_out.items() if not request.models or name in request.models}
    return Report(
        request=request,
        dataset=asked.journal.name,
        rankings=len(study.rankings),
        customers=len(np.unique(study.rankings.customer)),
        rows=rows_of(outcomes, request.seed),
        notes=(*asked.notes(), *(f"{name} left out: {why}" for name, why in wanted.items())),
    )


def _told(progress: Progress, name: str, total: int, done: int) -> None:
    progress(name, done, total)


def _contenders(asked: Asked, menu: Menu, cache: Path | None, progress: Progress) -> list[Contender]:
    """Those that are asked for, in the order of the table; settings are chosen only for them."""
    request = asked.request
    named = {name: Contender(name, fit) for name, fit in menu.fixed().items()}
    wanted = set(request.models or NAMES)
    tuned = Tuned.on(asked.split.before, cache, request.start, request.end, request.task, request.k, request.seed)
    for model in menu.tunable():
        if any(name.startswith(model.name) for name in wanted):
            progress(f"choose {model.name}", 0, len(model.fits))
            measured = model.held_last() if menu.holds_last else model
            named[model.name] = tuned.contender(model, measured, lambda: asked.tuning)
            progress(f"choose {model.name}", len(model.fits), len(model.fits))
    found = [named[name] for name in BASELINES if name in named]
    if menu.holds_last:
        found = with_held_last(found)
    found.append(Contender(HUOJIA, Huojia(asked.journal), is_baseline=False, probabilities=True))
    return [one for one in found if one.name in wanted]
