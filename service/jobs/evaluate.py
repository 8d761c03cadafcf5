"""Evaluates the product's ranker and the baselines on a folder of the exchange format."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

import numpy as np

from recommender.evaluation.baselines.held_last import held_last
from recommender.evaluation.study import Outcome
from service.errors import Refused
from service.evaluation.asked import Asked
from service.evaluation.contenders import BASELINES, HUOJIA, NAMES, POPULARITIES, Contender, Menu, with_held_last
from service.evaluation.evidence import Known, evidence
from service.evaluation.huojia import Huojia, Listing
from service.evaluation.memory import Memory
from service.evaluation.reading import read_journal
from service.evaluation.report import Report, rows_of
from service.evaluation.request import Request
from service.evaluation.tuned import Tuned
from service.progress import Progress, silent


def evaluate(
    request: Request, *, cache: Path | None = None, progress: Progress = silent, memory: Memory | None = None
) -> Report:
    """The table of a request; `cache` remembers chosen settings, `memory` fitted models.

    Raises Refused where the folder cannot answer.
    """
    unknown = sorted(set(request.models) - set(NAMES))
    if unknown:
        raise Refused(f"--model {', '.join(unknown)}: must be among {', '.join(NAMES)}")
    asked = Asked(request, read_journal(request.folder, progress))
    study = asked.study
    menu = Menu(asked.split.before, request.task, request.seed)
    memory = Memory() if memory is None else memory
    rows = [_measured(asked, one, memory, progress) for one in _contenders(asked, menu, (cache, memory), progress)]
    left_out = [
        f"{name} left out: {why}" for name, why in menu.left_out.items() if not request.models or name in request.models
    ]
    return Report(
        request=request,
        dataset=asked.journal.name,
        rankings=len(study.rankings),
        customers=len(np.unique(study.rankings.customer)),
        rows=rows_of(rows, request.seed),
        notes=(*asked.notes(), *left_out),
        evidence=_evidence(asked, menu, memory, progress) if request.evidence else (),
    )


def _measured(
    asked: Asked, contender: Contender, memory: Memory, progress: Progress
) -> tuple[Contender, Outcome, float]:
    study, total = asked.study, len(asked.study.rankings)
    progress(contender.row, 0, total)
    score, fit_s = memory.fit(asked.request, contender, study.known)
    if contender.held_last:
        score = held_last(study.known, score)
    told = partial(_told, progress, contender.row, total)
    return contender, study.measure(score, probabilities=contender.probabilities, told=told), fit_s


def _evidence(asked: Asked, menu: Menu, memory: Memory, progress: Progress) -> tuple[Known, ...]:
    study = asked.study
    listing = cast(Listing, memory.fit(asked.request, _huojia(asked), study.known)[0])  # what Huojia gives
    fits = {name: fit for name, fit in menu.fixed().items() if name in POPULARITIES}
    plain = {name: study.measure(fit(study.known)).measures for name, fit in fits.items()}
    return tuple(evidence(study, listing, plain, asked.request.seed, progress))


def _huojia(asked: Asked) -> Contender:
    return Contender(HUOJIA, Huojia(asked.journal), is_baseline=False, probabilities=True)


def _told(progress: Progress, name: str, total: int, done: int) -> None:
    progress(name, done, total)


def _contenders(asked: Asked, menu: Menu, kept: tuple[Path | None, Memory], progress: Progress) -> list[Contender]:
    """Those that are asked for, in the order of the table; settings are chosen only for them."""
    request, (cache, memory) = asked.request, kept
    named = {name: Contender(name, fit) for name, fit in menu.fixed().items()}
    wanted = set(request.models or NAMES)
    tuned = Tuned.on(asked.split.before, cache, request.start, request.end, request.task, request.k, request.seed)
    for model in menu.tunable():
        if any(name.startswith(model.name) for name in wanted):
            progress(f"choose {model.name}", 0, len(model.fits))
            early = memory.early(request, model)
            named[model.name] = tuned.contender(model, early, lambda: asked.tuning, hold_last=menu.holds_last)
            progress(f"choose {model.name}", len(model.fits), len(model.fits))
    found = [named[name] for name in BASELINES if name in named]
    if menu.holds_last:
        found = with_held_last(found)
    found.append(_huojia(asked))
    return [one for one in found if one.row in wanted]
