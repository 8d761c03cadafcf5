"""What the first part of a history says of the carriers of derived tags, beside what they bought in the last part."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from scipy.special import betaln

from recommender.tag_quality.beta_prior import beta_prior
from recommender.tag_quality.evidence import NEVER, Evidence, Held, Purchased
from recommender.tag_quality.hierarchy import hierarchy
from recommender.tag_quality.net_new_money import Movements
from recommender.tag_quality.truth_evidence import TruthEvidence
from recommender.tag_quality.truthfulness import truthfulness
from recommender.training_data import Bools, Floats, Ints
from service.evaluation.derived_tags import Histories
from service.progress import Progress, silent

NEUTRAL = (1.0, 1.0)
"""The prior where nobody has any occasion after a tag was given."""


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """One entry a (customer, tag), from the first part of the history but for the last three columns.

    `hits` of `n` occasions after the tag was given are in its category; `truth` is P(θ > `bar`) for the customer's
    share θ of such occasions, `expected` the mean of θ, Beta(`a`, `b`) its distribution; `usual` the tag's own Σ hits
    / Σ n, `base` the category's share of all occasions of all customers. `later_hits` of `later` held-back occasions
    were in the category, `later_base` is its share then.
    """

    customer: Ints
    tag: Ints
    hits: Floats
    n: Floats
    truth: Floats
    expected: Floats
    a: Floats
    b: Floats
    bar: Floats
    usual: Floats
    base: Floats
    later: Floats
    later_hits: Floats
    later_base: Floats

    def where(self, mask: Bools) -> Carried:
        """The entries that the mask keeps."""
        return Carried(*(getattr(self, field.name)[mask] for field in fields(self)))

    @property
    def ratio(self) -> Floats:
        """The raw ratio x/n; of who had no occasion that of the tag, which says nothing of him."""
        return np.where(self.n > 0, self.hits / np.maximum(self.n, 1.0), self.usual)

    @property
    def at_least_once(self) -> Floats:
        """The chance of at least one hit among the held-back occasions: 1 − B(a, b + n')/B(a, b) (beta-binomial)."""
        return np.asarray(-np.expm1(betaln(self.a, self.b + self.later) - betaln(self.a, self.b)))


class _Of(NamedTuple):
    """What one tag's carriers did before the cut and all customers after it; shares of all occasions of each part."""

    truth: TruthEvidence
    later: Floats
    later_hits: Floats
    base: float
    later_base: float


def carried(histories: Histories, progress: Progress = silent) -> Carried:
    """Every carrier of every tag, by the estimators of the service: what is judged is what it measures.

    A customer before the tag is a customer without it: of nobody else is a derived tag's base rate known, since who
    bought the category has the tag.
    """
    tags, found = len(histories.tags), list[_Of]()
    for tag in range(tags):
        progress("tags", tag, tags)
        found.append(_of(histories, tag))
    progress("tags", tags, tags)
    samples = [(one.truth.hits, one.truth.n, np.zeros(len(one.truth.n), np.int64)) for one in found]
    prior = hierarchy(samples, beta_prior, 1, NEUTRAL, shares=True)[:, 0]
    parts = [_carriers(one, tag, prior[tag]) for tag, one in enumerate(found)]
    return Carried(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Carried)))


def _carriers(one: _Of, tag: int, prior: Floats) -> Carried:
    truth, count = one.truth, len(one.truth.customer)
    a, b = prior[0] + truth.hits, prior[1] + truth.n - truth.hits
    bar = np.full(count, truth.theta0[0])
    usual = truth.hits.sum() / truth.n.sum() if truth.n.sum() > 0 else prior[0] / prior.sum()
    return Carried(
        customer=truth.customer,
        tag=np.full(count, tag),
        hits=truth.hits,
        n=truth.n,
        truth=truthfulness(truth.hits, truth.n, a=prior[0], b=prior[1], theta0=bar),
        expected=a / (a + b),
        a=a,
        b=b,
        bar=bar,
        usual=np.full(count, usual),
        base=np.full(count, one.base),
        later=one.later[truth.customer],
        later_hits=one.later_hits[truth.customer],
        later_base=np.full(count, one.later_base),
    )


def _of(histories: Histories, tag: int) -> _Of:
    trials, given, people = histories.trials(tag), histories.given(tag), histories.customers
    first, later = ~trials.later, trials.later
    customer, day = trials.customer[first], trials.day[first]
    since = given[customer]
    before = (since != NEVER) & (day <= since)
    evidence = _evidence(
        np.concatenate([given, np.full(people, NEVER)])[:, None],
        Purchased(
            np.where(before, customer + people, customer), trials.hit[first].astype(np.int64), day, np.ones(len(day))
        ),
    )
    return _Of(
        TruthEvidence.of(evidence, 0, 1),
        np.bincount(trials.customer[later], minlength=people).astype(np.float64),
        np.bincount(trials.customer[later & trials.hit], minlength=people).astype(np.float64),
        *(_share(trials.hit[part]) for part in (first, later)),
    )


def _share(hit: Bools) -> float:
    return float(hit.mean()) if len(hit) else float("nan")


def _evidence(assigned: Ints, purchases: Purchased) -> Evidence:
    """A single tag of the second of two competing categories, on purchases alone; all customers of one stage."""
    people = len(assigned)
    return Evidence(
        as_of=int(purchases.day.max(initial=0)) + 1,
        stage=np.zeros(people, np.int64),
        claims=np.array([[False, True]]),
        polarity=np.ones(1),
        assigned=assigned,
        family=np.zeros(2, np.int64),
        half_life=np.ones(2),
        purchases=purchases,
        held=Held(),
        free=Held(),
        money=Movements(),
        external=np.full(people, np.nan),
    )
