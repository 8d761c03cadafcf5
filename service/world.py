"""What is the same for every customer, in one immutable snapshot: catalogue, cards, model, tags, policy and law."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from recommender.artifact import Artifact, ArtifactError
from recommender.scorer import Scorer
from service.cards import Cards
from service.errors import Refused
from service.events import Numbers
from service.experiments.running import NOTHING_RUNS, Readying, Running
from service.model_shelf import ModelShelf
from service.products import product_of
from service.rules import Rules, RulesShelf
from service.stores.protocols import Store, Versions
from service.tags import mean_quality, tag_meanings, tag_table
from shelf_rules.catalogue import Catalogue, Categories, Floats, Ints
from shelf_rules.catalogue_build import build_catalogue
from shelf_rules.facts import Population, TagTable
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError
from shelf_rules.popular import popular_first
from shelf_rules.regime import Regime


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
    running: Running  # experiments over this policy

    def under(self, rules: Rules) -> World:
        """The same world with the rules that arms made out of its policy."""
        return dataclasses.replace(self, policy=rules.policy, rules_sha=rules.sha256)


class _Stock(NamedTuple):
    """What hangs on the catalogue."""

    catalogue: Catalogue
    records: Mapping[str, Mapping[str, Any]]
    cards: Cards
    numbers: Numbers


class _Learnt(NamedTuple):
    """What hangs on the model, over the rows of a catalogue."""

    scorer: Scorer | None
    order: Ints
    population: Population


class _Tagged(NamedTuple):
    """What hangs on the tag version, over the categories of a catalogue; what a policy weighs is not in it."""

    tags: TagTable
    tag_half_life: Floats


class WorldBuilder:
    """Builds worlds from the store, the model folder and the rules; the same versions give the same world."""

    def __init__(self, store: Store, models: ModelShelf, rules: RulesShelf, release: str) -> None:
        self._store, self._models, self._rules, self._release = store, models, rules, release
        self._readying = Readying(store, rules)

    def build(self, versions: Versions, now: World | None = None) -> World:
        """The world of the given versions under the rules active in their generation.

        What `now`, an earlier one of this builder, has of the same versions is taken over: it takes milliseconds to put
        another policy in force. Raises Refused for a policy or a model that this release cannot serve.
        """
        _, record = self._store.active_policy(versions.generation)
        try:
            rules = self._rules.current(record)
        except PolicyError as error:
            raise Refused(f"policy {record.name}@{record.version}: {error}") from error
        running = self._readying.running(versions.generation, rules, None if now is None else now.running)
        return self._over(now, versions, rules, running)

    def build_under(self, versions: Versions, rules: Rules) -> World:
        """The world of the given versions under given rules: what a replay needs."""
        return self._over(None, versions, rules, NOTHING_RUNS)

    def _over(self, now: World | None, versions: Versions, rules: Rules, running: Running) -> World:
        if now is None or now.versions.catalogue != versions.catalogue:
            stock, model, tags = self._stock(versions.catalogue, rules.regime), None, None
        else:
            stock = _Stock(now.catalogue, now.records, now.cards, now.numbers)
            model, tags = now.versions.model, now.versions.tags
        if now is None or model != versions.model:
            learnt = self._learnt(versions.model, stock.catalogue)
        else:
            learnt = _Learnt(now.scorer, now.order, now.population)
        if now is None or tags != versions.tags:
            tagged = self._tagged(versions.tags, stock.catalogue.categories, rules.regime)
        else:
            tagged = _Tagged(now.tags, now.tag_half_life)
        return World(
            versions=versions,
            **stock._asdict(),
            **learnt._asdict(),
            **tagged._asdict(),
            tag_quality=mean_quality(tagged.tags, rules.policy.unmeasured_quality),
            policy=rules.policy,
            policy_label=f"{rules.policy.name}@{rules.policy.version}",
            rules_sha=rules.sha256,
            regime=rules.regime,
            labels=_labels(versions, rules, self._release),
            running=running,
        )

    def _stock(self, version: int, regime: Regime) -> _Stock:
        number, records, categories = self._store.catalogue(version)
        catalogue = build_catalogue(f"c{number}", [product_of(record) for record in records], categories, regime)
        by_id = {record["product_id"]: record for record in records}
        return _Stock(catalogue, by_id, Cards(catalogue, records, regime), _numbers(catalogue))

    def _learnt(self, version: int, catalogue: Catalogue) -> _Learnt:
        scorer, categories = _scorer(self._models.load(version), version, catalogue), len(catalogue.categories)
        if scorer is not None and len(scorer.population.gap) > categories:
            raise Refused(f"model m{version}: made for more categories than the catalogue has")
        popularity = np.zeros(len(catalogue)) if scorer is None else scorer.popularity
        return _Learnt(scorer, popular_first(popularity, catalogue), population_of(scorer, categories))

    def _tagged(self, version: int, categories: Categories, regime: Regime) -> _Tagged:
        table = tag_table(self._store.tag_version(version), version, categories, regime.scopes_needed)
        return _Tagged(table, tag_meanings(table, categories).half_life)


def _labels(versions: Versions, rules: Rules, release: str) -> dict[str, Any]:
    return {
        "catalogue": f"c{versions.catalogue}",
        "model": f"m{versions.model}" if versions.model else None,
        "tags": f"t{versions.tags}",
        "policy": f"{rules.policy.name}@{rules.policy.version}",
        "generation": versions.generation,
        "regime": rules.regime.name,
        "release": release,
    }


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
