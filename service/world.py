"""What is the same for every customer, in one immutable snapshot: catalogue, cards, model, tags, policy and law."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.artifact import Artifact, ArtifactError
from recommender.scorer import Scorer
from service.cards import Cards
from service.errors import Refused
from service.events import Numbers
from service.model_shelf import ModelShelf
from service.products import product_of
from service.rules import Rules, RulesShelf
from service.stores.protocols import Store, Versions
from service.tags import mean_quality, tag_meanings, tag_table
from service.telemetry import Telemetry
from shelf_rules.catalogue import Catalogue, Categories, Floats, Ints
from shelf_rules.catalogue_build import build_catalogue
from shelf_rules.facts import Population, TagTable
from shelf_rules.policy import Policy
from shelf_rules.popular import popular_first
from shelf_rules.regime import Regime

log = logging.getLogger(__name__)

RETRY_S = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """One set of versions, complete: a request never sees two."""

    versions: Versions
    catalogue: Catalogue
    records: Mapping[str, Mapping[str, Any]]  # product id -> record
    cards: Cards
    numbers: Numbers
    scorer: Scorer | None
    order: Ints  # rows by popularity: ties, and the non-personal shelf
    population: Population
    tags: TagTable
    tag_quality: Floats  # one number a tag, for the ranker: as training weighs it
    tag_half_life: Floats  # days by tag, for the ranker
    policy: Policy
    policy_label: str
    rules_sha: str
    regime: Regime
    labels: Mapping[str, Any]  # the `versions` block of an answer, the row's version left out


class WorldBuilder:
    """Builds worlds from the store, the model folder and the rules; the same versions give the same world."""

    def __init__(self, store: Store, models: ModelShelf, rules: RulesShelf, release: str) -> None:
        self._store, self._models, self._rules, self._release = store, models, rules, release

    def build(self, versions: Versions) -> World:
        """The world of the given versions under the rules active in their generation."""
        _, record = self._store.active_policy(versions.generation)
        return self.build_under(versions, self._rules.current(record))

    def build_under(self, versions: Versions, rules: Rules) -> World:
        """The world of the given versions under given rules: what a replay needs."""
        number, records, categories = self._store.catalogue(versions.catalogue)
        catalogue = build_catalogue(f"c{number}", [product_of(record) for record in records], categories, rules.regime)
        model = self._models.load(versions.model)
        scorer = _scorer(model, versions.model, catalogue)
        if scorer is not None and len(scorer.population.gap) > len(catalogue.categories):
            raise Refused(f"model m{versions.model}: made for more categories than the catalogue has")
        definitions, guards = self._store.tag_version(versions.tags), rules.regime.scopes_needed
        table = tag_table(definitions, versions.tags, catalogue.categories, guards)
        return World(
            versions=versions,
            catalogue=catalogue,
            records={record["product_id"]: record for record in records},
            cards=Cards(catalogue, records, rules.regime),
            numbers=_numbers(catalogue),
            scorer=scorer,
            order=popular_first(np.zeros(len(catalogue)) if scorer is None else scorer.popularity, catalogue),
            population=population_of(scorer, len(catalogue.categories)),
            tags=table,
            tag_quality=mean_quality(table, rules.policy.unmeasured_quality),
            tag_half_life=tag_meanings(table, catalogue.categories).half_life,
            policy=rules.policy,
            policy_label=f"{rules.policy.name}@{rules.policy.version}",
            rules_sha=rules.sha256,
            regime=rules.regime,
            labels={
                "catalogue": f"c{versions.catalogue}",
                "model": f"m{versions.model}" if versions.model else None,
                "tags": f"t{versions.tags}",
                "policy": f"{rules.policy.name}@{rules.policy.version}",
                "generation": versions.generation,
                "regime": rules.regime.name,
                "release": self._release,
            },
        )


class WorldKeeper:
    """The world in force; a change of versions is built on a thread of its own and swapped when it is whole.

    A model that cannot be read holds nothing else back: what changed beside it is in force with the model before it.
    """

    def __init__(self, builder: WorldBuilder, versions: Versions, telemetry: Telemetry) -> None:
        self._builder, self._telemetry = builder, telemetry
        self._building = threading.Lock()
        self._refused: tuple[Versions, float] | None = None
        self._behind_since: float | None = None
        self._world, _ = self._newest(versions, None)
        self._show()

    def last(self) -> World:
        """The newest whole world."""
        return self._world

    def at(self, versions: Versions) -> World:
        """The world for the versions just read: the newest one at once, a newer one as soon as it is built."""
        if _newer(versions, self._world.versions):
            self._behind_since = self._behind_since or time.monotonic()
            self._build_later(versions)
        return self._world

    def stale_s(self) -> float:
        """Seconds since a newer version was first seen that is not in force yet; 0 when all is in force."""
        return 0.0 if self._behind_since is None else time.monotonic() - self._behind_since

    def refresh(self, versions: Versions) -> None:
        """Build and swap now; raises Refused for a model that cannot be read, and what else the builder raises."""
        with self._building:
            if _newer(versions, self._world.versions) or versions.suspended != self._world.versions.suspended:
                self._swap(versions)

    def follow(self, versions: Versions) -> None:
        """As `refresh`, for a caller whose change is stored whatever comes of the world: a refusal is logged."""
        with suppress(Refused):
            self.refresh(versions)

    def _build_later(self, versions: Versions) -> None:
        if self._waits(versions) or not self._building.acquire(blocking=False):
            return
        threading.Thread(target=self._build_and_release, args=(versions,), name="world", daemon=True).start()

    def _build_and_release(self, versions: Versions) -> None:
        try:
            self._swap(versions)
        except Exception:
            self._refused = versions, time.monotonic()
            log.exception("a new snapshot was refused, what could be built is in force")
        finally:
            self._building.release()

    def _waits(self, versions: Versions) -> bool:
        """Whether these versions were refused a moment ago: what is wrong may be put right, but not in between."""
        if self._refused is None or self._refused[0] != versions:
            return False
        return time.monotonic() < self._refused[1] + RETRY_S

    def _newest(self, versions: Versions, now: World | None) -> tuple[World, Refused | None]:
        """The world with the newest model that can be read, in the end with none; why a newer one was refused."""
        refusal: Refused | None = None
        for model in range(versions.model, -1, -1):
            asked = versions._replace(model=model)
            if now is not None and asked == now.versions:
                return now, refusal
            try:
                return self._builder.build(asked), refusal
            except Refused as error:
                refusal = refusal or error
                self._telemetry.swaps.labels("refused").inc()
                log.error("a model was refused, an older one serves: %s", error)  # noqa: TRY400 - the reason says it
        raise refusal or Refused("there is no model")

    def _swap(self, versions: Versions) -> None:
        before = self._world
        if _older(versions, before.versions):
            return  # read before another thread's swap: versions only ever rise
        try:
            self._world, refusal = self._newest(versions, before)
        except Exception:
            self._telemetry.swaps.labels("refused").inc()
            raise
        if self._world is not before:
            self._telemetry.swaps.labels("swapped").inc()
            self._show()
        if refusal is not None:
            self._behind_since = self._behind_since or time.monotonic()
            raise refusal
        self._behind_since = None

    def _show(self) -> None:
        versions = self._world.versions
        for kind in ("generation", "catalogue", "model", "tags"):
            self._telemetry.versions.labels(kind).set(getattr(versions, kind))


def _scorer(model: Artifact | None, version: int, catalogue: Catalogue) -> Scorer | None:
    """The model over the catalogue's rows; raises Refused where this release cannot serve it."""
    try:
        return None if model is None else Scorer(model, catalogue.product_no)
    except ArtifactError as error:
        raise Refused(f"model m{version}: {error}") from error


def population_of(scorer: Scorer | None, categories: int) -> Population:
    """The model's tables, padded to the categories of today; without a model nothing is known of anybody."""
    tables = None if scorer is None else scorer.population

    def padded(name: str, shape: tuple[int, ...], fill: float) -> Floats:
        whole = np.full(shape, fill)
        if tables is not None:
            known = getattr(tables, name)
            whole[tuple(slice(0, size) for size in known.shape)] = known
        return whole

    return Population(
        bgnbd=padded("bgnbd", (categories, 4), np.nan),
        gap=padded("gap", (categories,), np.nan),
        base_rate=padded("base_rate", (categories,), 0.0),
        hazard=padded("hazard", (categories, categories), 0.0),
        substitution=padded("substitution", (categories, categories), 0.0),
        peer_share=padded("peer_share", (categories,), np.nan),
    )


def _numbers(catalogue: Catalogue) -> Numbers:
    numbers = [int(number) for number in catalogue.product_no]
    categories: Categories = catalogue.categories
    return Numbers(
        product=dict(zip(catalogue.product_ids, numbers, strict=True)),
        category=dict(categories.number),
        category_of=dict(zip(numbers, (int(number) for number in catalogue.category), strict=True)),
    )


def _newer(versions: Versions, than: Versions) -> bool:
    """Whether something has risen and nothing has fallen; suspensions act without a new world."""
    return versions[:4] != than[:4] and not _older(versions, than)


def _older(versions: Versions, than: Versions) -> bool:
    return any(one < other for one, other in zip(versions[:4], than[:4], strict=True))
