"""What definitions of tags claim that neither the taxonomy nor a product has: loaded all the same, but told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from shelf_rules.regime import Regime

_TOLD = 10
_NAMES = ("category", "zone", "scope")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The categories and zones that are known."""

    categories: frozenset[str]
    zones: frozenset[str]

    @classmethod
    def of(cls, regime: Regime) -> Taxonomy:
        """Those of the law file."""
        return cls(frozenset(category.code for category in regime.categories), frozenset(regime.zones))

    def beside(self, sold: Mapping[str, str]) -> Taxonomy:
        """With the categories that products have, by code with their zones."""
        return Taxonomy(self.categories | sold.keys(), self.zones | set(sold.values()))

    def strange(self, category: str | None, zone: str | None, scope: str | None) -> Iterator[str]:
        """What a definition names that is not known, each with its column."""
        if category and category not in self.categories:
            yield f"category {category}"
        if zone and zone not in self.zones:
            yield f"zone {zone}"
        for part in (scope or "").split(";"):
            if part and part not in self.categories and part not in self.zones:
                yield f"scope {part}"


@dataclass(slots=True)
class UnknownClaims:
    """Counts the definitions that name a category or zone that is not known, and collects what they name."""

    known: Taxonomy
    definitions: int = 0
    words: set[str] = field(default_factory=set)

    def note(self, columns: Mapping[str, pa.Array], rows: Collection[int]) -> None:
        """Look at some rows of a file of definitions."""
        values = [columns[name].take(pa.array(rows, pa.int64())).to_pylist() for name in _NAMES]
        for named in zip(*values, strict=True):
            found = set(self.known.strange(*named))
            self.definitions += bool(found)
            self.words |= found

    def warnings(self) -> tuple[str, ...]:
        """One line, where there is anything to say."""
        if not self.definitions:
            return ()
        words = sorted(self.words)
        more = f" and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
        name = "names" if self.definitions == 1 else "name"
        return (f"{self.definitions} {name} no category or zone that is known: {', '.join(words[:_TOLD])}{more}",)
