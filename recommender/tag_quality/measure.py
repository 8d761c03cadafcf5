"""Measures all tags at once: truthfulness, durability and uniqueness of each, by stage and for every carrier."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from recommender.tag_quality._carriers import Carriers, carriers_of
from recommender.tag_quality._levels import bounds, level_means, share_bounds
from recommender.tag_quality._tag_level import TagLevel
from recommender.tag_quality.evidence import Evidence
from recommender.tag_quality.quality import STAGE_WEIGHTS, Quality
from recommender.tag_quality.uniqueness import uniqueness
from recommender.training_data import Floats, Ints

STAGES = tuple(STAGE_WEIGHTS)
STAGE_N0 = 200.0


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Columns over (tag, level), levels being all stages together and each of `STAGES`; nan is not measured.

    `tagged` carriers, `observed` those of them with later occasions, `n` and `n_eff` weighted occasions; the interval
    of truthfulness is of 95 %, that of precision of 90 % (§12). `precision` is the share of the `followed` carriers
    that showed what is claimed in 180 days, of an aversion that showed none; `base_rate` what comparable customers
    without the tag show (`Precision`); its interval has the error of both. `truthfulness` is the share of carriers who
    truly prefer, `durability` how likely such a preference lives for the horizon, both from the signs that followed;
    means of the customers' own where too few did; `concentration` and `uniqueness` are those of all the carriers' new
    money. The last three columns have one entry for every carrier who was observed: Q̃ of §11.
    """

    tagged: Floats
    observed: Floats
    n: Floats
    n_eff: Floats
    followed: Floats
    base_rate: Floats
    truthfulness: Floats
    truthfulness_low: Floats
    truthfulness_high: Floats
    precision: Floats
    precision_low: Floats
    precision_high: Floats
    durability: Floats
    survival_year: Floats
    half_life_days: Floats
    rarity: Floats
    redundancy: Floats
    concentration: Floats
    uniqueness: Floats
    quality: Floats
    customer: Ints
    tag: Ints
    customer_quality: Floats


MEASURES = tuple(field.name for field in fields(Measurement))[:-3]
"""The names of the columns over (tag, level)."""


def measure(evidence: Evidence) -> Measurement:
    """Every tag on the evidence; the same evidence in another order gives the same numbers to 1e-9."""
    carriers = carriers_of(evidence, len(STAGES))
    own = np.empty(len(carriers.tag))
    for number, stage in enumerate(STAGES):
        of = carriers.stage == number
        own[of] = Quality.own(carriers.truth[of], carriers.durability[of], carriers.uniqueness[of], stage)
    seen = carriers.n > 0
    quality = _tag_quality(carriers, own, evidence.tags)
    whole, counts = _whole(evidence, carriers)
    precision_low, precision_high = share_bounds(whole.precision, whole.compared)
    level = quality[carriers.tag, carriers.stage + 1]
    rare, red = _spread(carriers.rarity), _spread(carriers.redundancy)
    claiming = np.flatnonzero(evidence.claims.any(axis=1))
    concentration = np.full_like(carriers.tagged, np.nan)
    concentration[claiming] = np.where(carriers.tagged > 0, carriers.concentration, np.nan)[claiming]
    return Measurement(
        tagged=carriers.tagged,
        observed=counts,
        n=_sums(carriers, carriers.n, evidence.tags),
        n_eff=_sums(carriers, carriers.n_eff, evidence.tags),
        followed=whole.followed,
        base_rate=whole.base_rate,
        truthfulness=whole.truth,
        truthfulness_low=whole.truth_low,
        truthfulness_high=whole.truth_high,
        precision=whole.precision,
        precision_low=precision_low,
        precision_high=precision_high,
        durability=whole.durability,
        survival_year=carriers.survival_year,
        half_life_days=carriers.half_life,
        rarity=rare,
        redundancy=red,
        concentration=concentration,
        uniqueness=uniqueness(rare, red, concentration),
        quality=quality,
        customer=carriers.customer[seen],
        tag=carriers.tag[seen],
        customer_quality=Quality.shrunk(own, carriers.n_eff, level).quality[seen],
    )


def _whole(evidence: Evidence, carriers: Carriers) -> tuple[TagLevel, Floats]:
    """All that is measured on whole tags, means of the customers in the gaps; how many carriers were observed."""
    found = TagLevel.of(evidence, len(STAGES))
    means, counts, spread = level_means(carriers, carriers.truth, carriers.n > 0, evidence.tags)
    lives = level_means(carriers, carriers.durability, carriers.lived, evidence.tags)[0]
    low, high = bounds(means, counts, spread)
    told = {"truth": means, "truth_low": low, "truth_high": high, "durability": lives}
    filled = {name: np.where(np.isnan(getattr(found, name)), of, getattr(found, name)) for name, of in told.items()}
    return replace(found, **filled), counts


def _tag_quality(carriers: Carriers, own: Floats, tags: int) -> Floats:
    """Q of a tag is the mean over its carriers with evidence; that of a stage is drawn to it as by 200 customers."""
    means, counts, _ = level_means(carriers, own, carriers.n > 0, tags)
    overall = means[:, :1]
    known = np.where(counts > 0, means, 0.0)
    quality = np.where(np.isnan(overall), np.nan, (counts * known + STAGE_N0 * overall) / (counts + STAGE_N0))
    quality[:, 0] = means[:, 0]
    return quality


def _sums(carriers: Carriers, values: Floats, tags: int) -> Floats:
    means, counts, _ = level_means(carriers, values, np.ones(len(values), np.bool_), tags)
    return np.where(counts > 0, means * counts, 0.0)


def _spread(of_tag: Floats) -> Floats:
    return np.repeat(of_tag[:, None], len(STAGES) + 1, axis=1)
