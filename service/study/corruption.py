"""Tags that go wrong after training: a share of the providers' tags stands with the wrong customers."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np

from recommender.tag_quality.evidence import NEVER, Evidence, Purchased
from recommender.tag_quality.measure import measure
from recommender.tag_quality.tag_life import ACTIVE, COUNTING, TagLife
from recommender.training_data import Floats, Ints, TagQuality, Tags
from service.study.provider_errors import Error, exchanged
from service.study.truth_bank import TruthBank
from service.tag_lives import proofs
from service.tags import stage_mean


class Corrupted(NamedTuple):
    """Tags of which those of the numbers `wrong` are, and every tag's quality measured again on them, [tags]."""

    tags: Tags
    quality: Floats
    wrong: Ints


FRESH_DAYS = 70
"""Long enough for a wrong tag to be retired by the rules: followed for twenty days, unproved for two weeks, watched."""
WEEK = 7
NOBODY = -1


def corrupted(bank: TruthBank, share: float, seed: int, error: Error = exchanged, *, fresh: bool = False) -> Corrupted:
    """A share of the trusted tags that claim something goes wrong.

    Days and affinities stay: it is as if a provider's file had been so from the beginning, and the bank measures again,
    as every night, on all that happened since each day of assignment. `fresh`: all assignments of the wrong tags are
    ten weeks old instead, which makes them weigh most, and what is measured has so long to show it.
    """
    chance = np.random.default_rng(seed)
    claiming = np.flatnonzero(bank.trusted & bank.evidence.claims.any(axis=1))
    wrong = chance.permutation(claiming)[: round(share * len(claiming))]
    return mixed_up(bank, np.sort(wrong), chance, bank.data.as_of - FRESH_DAYS if fresh else None, error)


def mixed_up(
    bank: TruthBank, wrong: Ints, chance: np.random.Generator, since: int | None = None, error: Error = exchanged
) -> Corrupted:
    """The wrong tags stand with those to whom the error gives them, with nobody twice.

    `since` is the day on which they were all assigned, None: those on which they were.
    """
    tags, assigned = bank.data.tags, bank.evidence.assigned.copy()
    parts = [tags.where(~np.isin(tags.tag, wrong))]
    for tag in wrong.tolist():
        days, own = bank.evidence.assigned[:, tag], tags.where(tags.tag == tag)
        assigned[:, tag] = NEVER
        for order in error(bank, tag, chance):
            free = assigned[order, tag] == NEVER
            assigned[order[free], tag] = days[free]
            to = np.full(bank.data.customers, NOBODY)
            to[bank.carriers[free]] = bank.carriers[order[free]]
            copy = replace(own, customer=to[own.customer])
            parts.append(copy.where(copy.customer != NOBODY))
        if since is not None:
            assigned[:, tag] = np.where(assigned[:, tag] == NEVER, NEVER, since)
    found = Tags(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Tags)))
    if since is not None:
        found = replace(found, assigned=np.where(np.isin(found.tag, wrong), since, found.assigned))
    return Corrupted(found, _measured(bank, replace(bank.evidence, assigned=assigned)), wrong)


def _measured(bank: TruthBank, evidence: Evidence) -> Floats:
    """One quality a tag as the service makes it for its ranker, had it measured at the end of each of ten weeks.

    Every tag starts as it was given.
    """
    lives = [TagLife(ACTIVE)] * evidence.tags
    for before in range(FRESH_DAYS, -1, -WEEK):
        known = known_by(evidence, evidence.as_of - before)
        whole = measure(known)
        lives = [life.after(proof) for life, proof in zip(lives, proofs(whole, known), strict=True)]
    counting = bank.trusted & np.array([life.state in COUNTING for life in lives])
    return np.where(counting, stage_mean(whole.quality[:, 1:], bank.unmeasured), 0.0)


def known_by(evidence: Evidence, day: int) -> Evidence:
    """What had been assigned, bought and looked at by a day, all else as it is now: precision reads of it no more than
    to which level a carrier is counted.
    """
    assigned = np.where(evidence.assigned > day, NEVER, evidence.assigned)
    bought, looks = _until(evidence.purchases, day), _until(evidence.looks, day)
    cards = _until(evidence.cards, day)
    return replace(evidence, as_of=day, assigned=assigned, purchases=bought, looks=looks, cards=cards)


def _until(part: Purchased, day: int) -> Purchased:
    kept = part.day <= day
    return Purchased(part.customer[kept], part.category[kept], part.day[kept], part.weight[kept])


def steady(quality: Floats) -> TagQuality:
    """The same quality on every day."""
    return TagQuality(values=np.asarray(quality, dtype=np.float64)[None, :])
