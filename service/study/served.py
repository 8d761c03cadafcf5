"""The order in which a service with a given model and given tags would show what is new to its customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from recommender.artifact import Artifact
from recommender.profile.parts import from_bytes, tag_bytes, to_bytes
from recommender.profile.state import TAGS
from recommender.ranker import TRANSFERABLE
from recommender.scorer import Scorer
from recommender.training_data import Bools, Floats, Tags, TrainingData
from service.pipeline.facts import BLOCK, Asked, build_all
from service.pipeline.gather import Gathered
from service.profiles import renewed
from service.stores.protocols import CustomerRow
from service.world import World
from shelf_rules.decide import scores_in
from shelf_rules.facts import STAGES, Records


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """The world of a service, and what it reads of each customer with a personal shelf, by number."""

    world: World
    gathered: Mapping[int, Gathered]

    def scores(self, artifact: Artifact, data: TrainingData, among: Bools) -> Floats:
        """S of §8 [customers, catalogue rows], all of `among` in the transferable tier; nan elsewhere.

        The customers carry the tags of `data`, each of the quality that is known last, in all stages; the weights that
        quality has moved are left out, and so is what was measured on single customers.
        """
        world, found = self._world(artifact, data), np.full(among.shape, np.nan)
        tags = _records(data.tags, data.as_of, data.customers)
        numbers = [number for number in self.gathered if among[number].any()]
        for start in range(0, len(numbers), BLOCK):
            part = numbers[start : start + BLOCK]
            asked = [self._asked(number, tags[number]) for number in part]
            for number, facts in zip(part, build_all(asked, world), strict=True):
                rows = np.flatnonzero(among[number])
                rules = world.catalogue, world.policy, world.regime
                found[number, rows] = scores_in(facts, *rules, tier=TRANSFERABLE, rows=rows)
        return found

    def _world(self, artifact: Artifact, data: TrainingData) -> World:
        world, last = self.world, data.tag_quality.values[-1]
        quality = np.zeros(len(world.tags.codes))
        quality[: len(last)] = last[: len(quality)]
        by_stage = np.repeat(quality[:, None], len(STAGES), axis=1)
        tags = replace(world.tags, quality=by_stage, weight=np.ones(len(quality)))
        return replace(world, scorer=Scorer(artifact, world.catalogue.product_no), tags=tags, tag_quality=quality)

    def _asked(self, number: int, tags: Records) -> tuple[Asked, CustomerRow]:
        """As gathered, with other tags and no quality of its own."""
        one = self.gathered[number]
        row = one.row
        assert row is not None and row.state is not None  # noqa: S101, PT018 - the shelf is personal
        state = to_bytes(msgspec.structs.replace(from_bytes(row.state), tags=tag_bytes(tags)))
        return one.asked, row._replace(state=state, derived=renewed(row.derived, {"tag_quality": ()}))


def _records(tags: Tags, as_of: int, customers: int) -> list[Records]:
    """The tags that stand at the end of a day, by customer."""
    there = np.flatnonzero((tags.assigned <= as_of) & ((tags.removed < 0) | (tags.removed > as_of)))
    there = there[np.argsort(tags.customer[there], kind="stable")]
    found = np.zeros(len(there), TAGS)
    found["tag"], found["assigned"], found["affinity"] = tags.tag[there], tags.assigned[there], tags.affinity[there]
    return np.split(found, np.searchsorted(tags.customer[there], np.arange(1, customers)))
