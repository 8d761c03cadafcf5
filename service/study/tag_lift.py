"""What tags are worth to the ranker by the written truth, and what quality saves once some of them are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from recommender.artifact import Artifact
from recommender.comparison import difference
from recommender.evaluation.bootstrap import Bootstrap
from recommender.ranker import LISTING, TRANSFERABLE
from recommender.train import fit
from recommender.training_data import Bools, Floats, Tags, TrainingData
from service.bootstrap import runtime_of
from service.progress import Progress, silent
from service.settings import load_settings
from service.study.corruption import Corrupted, corrupted, mixed_up, steady
from service.study.orders import ORDERS, POPULARITY, SHELF, orders
from service.study.provider_errors import Error, exchanged, sprayed, upside_down
from service.study.stage import Size, found
from service.study.true_gain import true_gain
from service.study.truth_bank import TruthBank, truth_bank

WITH, WITHOUT, STRANGE = "with tags", "without tags", "tags of others"
WEIGHTED, UNWEIGHTED, FROZEN = "weighted", "unweighted", "quality of before"
ALIKE, SILENCED = "unweighted, leaning alike", "wrong ones silenced"
IN_FULL = "not weighted"
"""The model of `WEIGHTED`, not refitted, with every tag in full."""
RECOVERED, BY_SILENCING = "recovered", "recovered by silencing"
WRONG, FRESH = "exchanged", "exchanged, fresh"
ERRORS: dict[str, tuple[Error, bool]] = {
    WRONG: (exchanged, False),
    FRESH: (exchanged, True),
    "sprayed, fresh": (sprayed, True),
    "upside down, fresh": (upside_down, True),
}
"""How tags go wrong, and whether all wrong ones are ten weeks old."""
EVERYBODY = "all"
GROUPS = ((EVERYBODY, 0, 2**30), ("0", 0, 0), ("1-2", 1, 2), ("3-5", 3, 5), ("6+", 6, 2**30))
"""Customers by how many holdings they have."""
Gains = dict[str, Floats]


class Compared(NamedTuple):
    """One order in one group of customers: mean nDCG@10 by model, and paired differences with 95 % intervals."""

    order: str
    group: str
    customers: int
    ndcg: dict[str, float]
    differences: dict[str, Bootstrap]

    def document(self) -> dict[str, Any]:
        """The fields, for JSON."""
        told = {name: one._asdict() for name, one in self.differences.items()}
        return {**self._asdict(), "differences": told}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Of the judged customers of one bank or several: holdings, and nDCG@10 by order and model."""

    holdings: Floats
    gains: dict[str, Gains]

    @classmethod
    def joined(cls, parts: Sequence[Judged]) -> Judged:
        """Those of all banks."""
        gains = {
            order: {model: np.concatenate([part.gains[order][model] for part in parts]) for model in of}
            for order, of in parts[0].gains.items()
        }
        return cls(np.concatenate([part.holdings for part in parts]), gains)

    def lifts(self) -> list[Compared]:
        """With against without tags, without against popularity, and tags of others against none."""
        pairs = ((WITH, WITHOUT), (WITHOUT, POPULARITY), (STRANGE, WITHOUT))
        return [self._compared(order, group, pairs) for order in ORDERS for group in GROUPS]

    def losses(self) -> list[Compared]:
        """What wrong tags cost the ranker that weighs tags by quality, and what it saves.

        Against the very same ranker with every tag in full, against one that was trained so, and against that with
        the leaning of the one that weighs (so that both believe claims as far), against the very same with the quality
        that was measured before, and against it with the wrong tags silenced by hand. `RECOVERED` is the share of what
        wrong tags in full cost the very same ranker, from the right tags weighed, `BY_SILENCING` what of it comes back
        with the wrong tags silenced: both hold what weighing does to the right tags as well.
        """
        return [self._lost(order, group, kind) for kind in ERRORS for order in ORDERS for group in GROUPS]

    def _lost(self, order: str, group: tuple[str, int, int], kind: str) -> Compared:
        models = (WEIGHTED, IN_FULL, UNWEIGHTED, ALIKE, FROZEN, SILENCED)
        one = self._compared(f"{order}, {kind}", group, tuple((f"{model}, {kind}", model) for model in models), order)
        inside, gains = self._inside(order, group), self.gains[order]
        lost = [(gains[model] - gains[f"{model}, {kind}"])[inside] for model in models]
        named = dict(zip(models, one.differences.values(), strict=True))
        columns = [name for model in models for name in (f"{model}, wrong", model)]
        ndcg = dict(zip(columns, one.ndcg.values(), strict=True))
        saved = {f"saved against {model}": difference(lost[at], lost[0]) for at, model in enumerate(models) if at}
        in_full = (gains[WEIGHTED] - gains[f"{IN_FULL}, {kind}"])[inside]
        again = {
            name: _recovered(in_full, lost[models.index(model)])
            for name, model in ((RECOVERED, WEIGHTED), (BY_SILENCING, SILENCED))
        }
        return one._replace(ndcg=ndcg, differences=named | saved | again)

    def _inside(self, order: str, group: tuple[str, int, int]) -> Bools:
        known = np.isfinite(self.gains[order][WITH])
        return np.asarray(known & (self.holdings >= group[1]) & (self.holdings <= group[2]), dtype=np.bool_)

    def _compared(
        self, name: str, group: tuple[str, int, int], pairs: Sequence[tuple[str, str]], order: str = ""
    ) -> Compared:
        inside, gains = self._inside(order or name, group), self.gains[order or name]
        models = dict.fromkeys(name for pair in pairs for name in pair)
        means = {name: float(gains[name][inside].mean()) if inside.any() else float("nan") for name in models}
        apart = {f"{one} - {other}": difference(gains[one][inside], gains[other][inside]) for one, other in pairs}
        return Compared(name, group[0], int(inside.sum()), means, apart)


def _recovered(before: Floats, after: Floats) -> Bootstrap:
    """The share of a cost before that is not lost after: a ratio of means; nan where there may be no cost at all.

    Its interval is that of the ratio's linear part (the delta method), resampled over customers.
    """
    cost = difference(before, np.zeros_like(before))
    if not cost.low > 0:
        return Bootstrap(float("nan"), float("nan"), float("nan"))
    share = float((before - after).mean()) / cost.mean
    return difference(share + (before - after - share * before) / cost.mean, np.zeros_like(before))


class QualityDrop(NamedTuple):
    """Mean quality of the tags that went wrong and of those that did not, before and measured again after."""

    wrong_before: float
    wrong_after: float
    right_before: float
    right_after: float


@dataclass(frozen=True, slots=True, eq=False)
class TagLift:
    """What was found in the bank of each seed."""

    seeds: tuple[int, ...]
    judged: tuple[Judged, ...]
    quality: tuple[QualityDrop, ...]

    def document(self) -> dict[str, Any]:
        """Everything measured, for JSON: the customers of all banks together, and each bank as a whole."""
        together = Judged.joined(self.judged)
        return {
            "seeds": list(self.seeds),
            "customers": [len(one.holdings) for one in self.judged],
            "lifts": [one.document() for one in together.lifts()],
            "losses": [one.document() for one in together.losses()],
            "by_seed": {str(seed): self._of_bank(place) for place, seed in enumerate(self.seeds)},
        }

    def _of_bank(self, place: int) -> dict[str, Any]:
        one = self.judged[place]
        return {
            "lifts": [row.document() for row in one.lifts() if row.group == EVERYBODY],
            "losses": [row.document() for row in one.losses() if row.group == EVERYBODY],
            "quality": self.quality[place]._asdict(),
        }


def tag_lift(folder: Path, size: Size, seeds: Sequence[int], progress: Progress, wrong_share: float = 0.3) -> TagLift:
    """Every seed's bank under `folder`, one after the other, with a share of the tags gone wrong; raises Refused."""
    judged, drops = [], []
    for done, seed in enumerate(seeds):
        progress("seeds", done, len(seeds))
        stage = found(folder / str(seed), replace(size, trained=False), seed)
        settings = load_settings({}, {"data_dir": str(stage.data), "now": stage.now, "log_level": "error"})
        with runtime_of(settings) as runtime:
            bank = truth_bank(runtime, stage.folder / "bank" / "truth", silent)
        one, drop = judge(bank, seed, wrong_share)
        judged.append(one)
        drops.append(drop)
    progress("seeds", len(seeds), len(seeds))
    return TagLift(tuple(seeds), tuple(judged), tuple(drops))


def judge(bank: TruthBank, seed: int, wrong_share: float) -> tuple[Judged, QualityDrop]:
    """Train the models on a bank and judge their orders by its truth.

    Without tags none are trained on or served. Tags of others: each tag's carriers are somebody else, at training and
    when served; what that gains is no knowledge of the customer. Unweighted: every tag counts in full, once with the
    leaning that its own purchases allow and once with that of the ranker that weighs.
    """
    usual = corrupted(bank, 0.0, seed).quality
    broken = {kind: corrupted(bank, wrong_share, seed, error, fresh=fresh) for kind, (error, fresh) in ERRORS.items()}
    among = {LISTING: bank.free, TRANSFERABLE: bank.free & bank.new, SHELF: bank.free & bank.new}
    gains: dict[str, Gains] = {order: {} for order in ORDERS}
    for model, artifact, known in _served(bank, usual, broken, seed):
        ordered = orders(artifact, known, bank.product_no)
        ordered[SHELF] = bank.served(artifact, known, among[SHELF])
        for order in ORDERS:
            gains[order][model] = _gain(bank, ordered[order], among[order])
            if model == WITHOUT:
                gains[order][POPULARITY] = _gain(bank, ordered[POPULARITY], among[order])
    for order in ORDERS:
        gains[order] |= dict.fromkeys((WEIGHTED, FROZEN, SILENCED), gains[order][WITH])
    return Judged(bank.holdings[bank.judged].astype(np.float64), gains), _drop(bank, usual, broken[WRONG])


def _served(
    bank: TruthBank, usual: Floats, broken: Mapping[str, Corrupted], seed: int
) -> Iterator[tuple[str, Artifact, TrainingData]]:
    """Each model by name: what was trained, and the data it is served on; `usual` is the quality of right tags."""
    weighing, data = fit(bank.data), replace(bank.data, tag_quality=steady(usual))
    full = steady(bank.trusted.astype(np.float64))
    yield WITH, weighing, data
    yield IN_FULL, weighing, replace(data, tag_quality=full)
    for kind, one in broken.items():
        yield f"{IN_FULL}, {kind}", weighing, replace(data, tags=one.tags, tag_quality=full)
        yield f"{WEIGHTED}, {kind}", weighing, replace(data, tags=one.tags, tag_quality=steady(one.quality))
        yield f"{FROZEN}, {kind}", weighing, replace(data, tags=one.tags)
        silenced = usual.copy()
        silenced[one.wrong] = 0.0
        yield f"{SILENCED}, {kind}", weighing, replace(data, tags=one.tags, tag_quality=steady(silenced))
    blind = replace(data, tags=Tags())
    yield WITHOUT, fit(blind), blind
    strange = replace(bank.data, tags=mixed_up(bank, np.flatnonzero(bank.trusted), np.random.default_rng(seed)).tags)
    yield STRANGE, fit(strange), strange
    plain = replace(data, tag_quality=full)
    artifact = fit(plain)
    for name, unweighing in ((UNWEIGHTED, artifact), (ALIKE, _leaning_as(artifact, weighing))):
        yield name, unweighing, plain
        for kind, one in broken.items():
            yield f"{name}, {kind}", unweighing, replace(plain, tags=one.tags)


def _leaning_as(artifact: Artifact, other: Artifact) -> Artifact:
    """The artifact with the leaning of another one; as it is where one of them has kept no ranker."""
    models, given = artifact.manifest["models"], other.manifest["models"].get("ranker")
    if models.get("ranker") is None or given is None:
        return artifact
    ranker = {**models["ranker"], "leaning": given["leaning"]}
    return replace(artifact, manifest={**artifact.manifest, "models": {**models, "ranker": ranker}})


def _gain(bank: TruthBank, scores: Floats, among: Bools) -> Floats:
    who = bank.judged
    return true_gain(scores[who], bank.preference[who], among[who])


def _drop(bank: TruthBank, usual: Floats, broken: Corrupted) -> QualityDrop:
    claiming = bank.trusted & bank.evidence.claims.any(axis=1)
    wrong = np.isin(np.arange(len(claiming)), broken.wrong)
    means = (values[mask].mean() for mask in (wrong, claiming & ~wrong) for values in (usual, broken.quality))
    return QualityDrop(*(float(mean) for mean in means))
