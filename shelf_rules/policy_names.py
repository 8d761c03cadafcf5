"""Whether a bank has what a policy names, products, categories, zones and tags, and whether the law lets it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from shelf_rules.catalogue import Catalogue
from shelf_rules.condition import Condition
from shelf_rules.facts import TagTable
from shelf_rules.firing import rows_of
from shelf_rules.policy import Policy
from shelf_rules.policy_bounds import Fault
from shelf_rules.policy_check_rules import selections
from shelf_rules.policy_conditions import inside
from shelf_rules.policy_rules import Selection, Then
from shelf_rules.policy_words import meant
from shelf_rules.regime import Regime

SIGNS: Mapping[str, frozenset[str]] = {
    "gender": frozenset({"gender", "sex", "male", "female", "woman", "women", "性别", "男性", "女性"}),
    "marital_status": frozenset({"marital", "married", "divorced", "widowed", "婚姻", "已婚", "未婚", "离异"}),
    "education": frozenset({"education", "bachelor", "学历", "本科", "硕士"}),
    "ethnicity": frozenset({"ethnicity", "ethnic", "race", "民族", "种族"}),
    "religion": frozenset({"religion", "religious", "faith", "宗教", "信仰"}),
    "health": frozenset({"health", "disease", "illness", "disabled", "pregnant", "健康", "疾病", "残疾", "怀孕"}),
}
"""Words in the codes of tags that say a tag is about a feature that a regime may forbid."""

_ADVISED = 20
_ANOTHER = "write one that it has"


def check_names(policy: Policy, catalogue: Catalogue, tags: TagTable | None, regime: Regime) -> Iterator[Fault]:
    """Every name in a policy that the bank does not know, and every tag by which no shelf may be arranged."""
    kinds = {
        "product": catalogue.row_of_id.keys(),
        "category": catalogue.categories.number.keys(),
        "zone": frozenset(catalogue.categories.zones),
    }
    kinds["category or zone"] = {**catalogue.categories.number, **dict.fromkeys(catalogue.categories.zones)}.keys()
    unknown = ((path, kind, name) for path, kind, name in _named(policy) if name not in kinds[kind])
    for number, (path, kind, name) in enumerate(unknown):
        # Looking for what was meant takes long among many names: no advice for the names after the first ones.
        advice = meant(name, kinds[kind], listed=0 if kind == "product" else 12) if number < _ADVISED else _ANOTHER
        yield path, f"'{name}' is no {kind} of this bank; {advice}"
    for path, condition in _conditions(policy):
        if condition.tag is not None:
            yield from _tag(condition.tag.tag, f"{path}.tag.tag", tags, regime)
    yield from _withheld_pins(policy, catalogue)


def _named(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """Path, kind and name of all that a policy names of the bank."""
    for at, rule in enumerate(policy.rules):
        yield from _meant_by(rule.then, f"rules[{at}].then")
    for path, condition in _conditions(policy):
        yield from _asked(condition, path)
    for name, place in policy.placements.items():
        yield from _selected(place.select, f"placements.{name}.select")
    for at, campaign in enumerate(policy.campaigns):
        yield from _each(campaign.products, f"campaigns[{at}].products", "product")
    for name, scene in policy.scenes.items():
        yield from _each(scene.categories, f"scenes.{name}.categories", "category or zone")
    for name, shares in policy.wallet.shares.items():
        yield from ((f"wallet.shares.{name}.{category}", "category", category) for category in shares)


def _meant_by(then: Then, path: str) -> Iterator[tuple[str, str, str]]:
    for key, selection in selections(then):
        yield from _selected(selection, f"{path}.{key}")
    if then.pin is not None:
        yield f"{path}.pin.product", "product", then.pin.product


def _asked(condition: Condition, path: str) -> Iterator[tuple[str, str, str]]:
    yield from _each(condition.held, f"{path}.held", "category or zone")
    for key, part in (("did", condition.did), ("bought", condition.bought)):
        if part is not None:
            yield from _each(part.about, f"{path}.{key}.about", "category or zone")


def _selected(selection: Selection, path: str) -> Iterator[tuple[str, str, str]]:
    yield from _each(selection.products, f"{path}.products", "product")
    yield from _each(selection.categories, f"{path}.categories", "category")
    yield from _each(selection.zones, f"{path}.zones", "zone")


def _each(names: Iterable[str], path: str, kind: str) -> Iterator[tuple[str, str, str]]:
    return ((f"{path}[{at}]", kind, name) for at, name in enumerate(names))


def _conditions(policy: Policy) -> Iterator[tuple[str, Condition]]:
    """Every condition of a policy with its path, those inside others too."""
    for at, rule in enumerate(policy.rules):
        yield from _deep(rule.when, f"rules[{at}].when")
    for at, segment in enumerate(policy.segments):
        yield from _deep(segment.when, f"segments[{at}].when")


def _deep(condition: Condition, path: str) -> Iterator[tuple[str, Condition]]:
    yield path, condition
    for at, inner in inside(condition, path):
        yield from _deep(inner, at)


def _tag(tag: str, path: str, tags: TagTable | None, regime: Regime) -> Iterator[Fault]:
    codes = () if tags is None else tags.codes
    if feature := forbidden_feature(tag, regime):
        yield path, f"the law forbids shelves by {feature}, which '{tag}' is about: write another condition"
    elif tag not in codes:
        yield path, f"'{tag}' is no tag of this bank; {meant(tag, codes)}"


def forbidden_feature(tag: str, regime: Regime) -> str | None:
    """The feature forbidden to ranking that a tag's code says it is about, None where it says none.

    Definitions carry no mark of it, so the words of the code tell. The code of a category inside it does not count: a
    liking for health insurance is no state of health.
    """
    code = tag.lower()
    for category in sorted((row.code for row in regime.categories), key=len, reverse=True):
        code = re.sub(rf"(?<![a-z0-9]){re.escape(category)}(?![a-z0-9])", " ", code)
    words = frozenset(re.split(r"[^a-z0-9\u4e00-\u9fff]+", code))
    for feature in sorted(regime.ranking_forbidden):
        own = frozenset(feature.split("_"))
        chinese = any(sign in code for sign in SIGNS.get(feature, ()) if not sign.isascii())
        if own <= words or words & SIGNS.get(feature, frozenset()) or chinese:
            return feature
    return None


def _withheld_pins(policy: Policy, catalogue: Catalogue) -> Iterator[Fault]:
    """Pins of a product that the same rule withholds by another name than its own, which is told elsewhere."""
    for at, rule in enumerate(policy.rules):
        pin, withhold = rule.then.pin, rule.then.withhold
        if pin is None or withhold is None or pin.product in withhold.products:
            continue
        row = catalogue.row_of_id.get(pin.product)
        if row is not None and rows_of(catalogue, withhold)[row]:
            path = f"rules[{at}].then.pin.product"
            yield path, f"the rule withholds {pin.product} itself: write another product, or another withhold"
