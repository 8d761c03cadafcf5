"""Which latent tags there may be: those of the active tags of the bank that claim a preference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.tag_quality.tag_life import ACTIVE, CANDIDATE, COUNTING, RETIRED
from service.exchange.schema import LONGEST
from service.tag_lives import state_of
from shelf_rules.catalogue import Categories

KIND, SOURCE, PROVIDER, PREFIX = "latent", "inferred", "huojia", "latent."
NEEDED = frozenset({"personalisation", "tags", "holdings", "latent_tags"})
"""Consent scopes without which nothing is inferred of a customer; a guarded category needs its own besides."""
BASIS = "separate_consent"
"""The legal basis of an inferred tag, a word of the regime."""

Item = Mapping[str, Any]
Claim = tuple[int | None, str | None, int]
"""Category number or zone, and polarity."""


def is_inferred(item: Item) -> bool:
    """Whether a definition is one of a tag that this service infers."""
    ours = (item["kind"], item.get("source"), item.get("provider")) == (KIND, SOURCE, PROVIDER)
    return ours and str(item["tag"]).startswith(PREFIX)


def guards_of(item: Item, categories: Categories, guards: Mapping[str, str], *, zone: bool) -> frozenset[str]:
    """The consents that what a definition claims needs by itself.

    Of a whole zone those of its categories only with `zone`, or where it is confined (`scope`) to guarded ones.
    """
    if item["category_no"] is not None:
        return frozenset(guards[code] for code in (categories.codes[item["category_no"]],) if code in guards)
    claimed = set(categories.of_zone(item["zone"])) if item["zone"] else set()
    scope = {part for part in (item["scope"] or "").split(";") if part}
    if scope and item["zone"] not in scope:
        claimed &= scope
    asks = zone or claimed <= guards.keys()
    return frozenset(guards[code] for code in claimed & guards.keys()) if asks else frozenset()


def scopes_of(item: Item, categories: Categories, guards: Mapping[str, str]) -> frozenset[str]:
    """The consents under which a tag acts, besides `tags` and `personalisation`.

    A tag about a guarded category needs that category's consent (in the law file medical instalments: Personal
    Information Protection Law, Art. 28-30); a latent one consent to latent tags, an inferred one also what it was
    inferred from and, claiming a zone, the consent of each of its categories.
    """
    inferred = is_inferred(item)
    own = guards_of(item, categories, guards, zone=inferred)
    if item["kind"] == KIND:
        own |= {"latent_tags"}
    return own | {"holdings"} if inferred else own


def claim_of(item: Item) -> Claim | None:
    """What a definition claims; None: nothing."""
    category, zone = item["category_no"], item["zone"]
    if category is None and not zone:
        return None
    return category, zone if category is None else None, 1 if item["polarity"] is None else item["polarity"]


@dataclass(frozen=True, slots=True)
class Source:
    """A tag of the bank (`of`) and the latent one inferred from it, which has a definition of its `own` once used.

    `gives`: new customers may be given it; `keeps`: those who have it keep it; `scopes` are the consents it needs.
    """

    of: Item
    tag: str
    own: Item | None
    claim: Claim
    scopes: frozenset[str]
    gives: bool
    keeps: bool

    @property
    def number(self) -> int | None:
        """The number of the latent tag."""
        return None if self.own is None else int(self.own["tag_no"])

    @property
    def of_no(self) -> int:
        """The number of the tag it is inferred from."""
        return int(self.of["tag_no"])


@dataclass(frozen=True, slots=True)
class Library:
    """The tags of a version as far as latent ones are concerned; `claims` are those of all tags, by number."""

    claims: Mapping[int, Claim]
    sources: Mapping[int, Source]  # by the number of the tag that they are inferred from
    inferred: Mapping[int, Source]  # by the number of the latent tag

    @classmethod
    def of(cls, items: Sequence[Item], scopes_of: Callable[[Item], frozenset[str]]) -> Library:
        """From the items of a tag version; `scopes_of` says which consents a claim needs besides `NEEDED`.

        Of active tags with the same claim the first one is inferred: the others would say the same again. An aversion
        is not: nearly nobody buys what it is about, so that not buying it tells nothing.
        """
        by_code = {str(item["tag"]): item for item in items}
        claims = {int(item["tag_no"]): claim for item in items if (claim := claim_of(item)) is not None}
        first: dict[Claim, int] = {}
        sources = {}
        for item in sorted(items, key=lambda item: int(item["tag_no"])):
            claim, tag = claims.get(int(item["tag_no"])), f"{PREFIX}{item['tag']}"
            own = by_code.get(tag)
            if item["kind"] != "preference" or claim is None or claim[2] <= 0 or not _is_free(tag, own):
                continue
            state, stands = state_of(item)[0], own is None or state_of(own)[0] != RETIRED
            gives = state == ACTIVE and stands and first.setdefault(claim, int(item["tag_no"])) == item["tag_no"]
            scopes = NEEDED | scopes_of(item)
            sources[int(item["tag_no"])] = Source(
                item, tag, own, claim, scopes, gives, keeps=state in COUNTING and stands
            )
        known = {source.number: source for source in sources.values()}
        inferred = {int(item["tag_no"]): item for item in items if is_inferred(item)}
        return cls(claims, sources, {no: known.get(no) or _orphan(item) for no, item in inferred.items()})

    def wanted(self) -> list[Source]:
        """Those of which something has to be known, by number."""
        return [one for one in self.sources.values() if one.gives or (one.keeps and one.number is not None)]


def _is_free(tag: str, own: Item | None) -> bool:
    """Whether the name is ours to use: another's tag of that name is left alone."""
    return len(tag) <= LONGEST and (own is None or is_inferred(own))


def _orphan(item: Item) -> Source:
    """A latent tag whose tag is gone or claims nothing that could be inferred any more."""
    claim = claim_of(item) or (None, None, 1)
    return Source(item, str(item["tag"]), item, claim, NEEDED, gives=False, keeps=False)


def definition(source: Source, code: str | None, own: Item | None) -> dict[str, Any]:
    """The definition of a latent tag, its claim that of the tag it is inferred from; `own` is the one it has by now."""
    told = {
        "name": None if source.of["name"] is None else f"潜在·{source.of['name']}",
        "owner": PROVIDER,
        "legal_basis": BASIS,
        "status": CANDIDATE,
        **{name: source.of[name] for name in ("sensitivity", "half_life_days")},
    }
    kept = told if own is None else {name: own[name] for name in told}
    claims = {"category": code, **{name: source.of[name] for name in ("zone", "polarity", "scope")}}
    return {"tag": source.tag, "kind": KIND, "source": SOURCE, "provider": PROVIDER, **kept, **claims}
