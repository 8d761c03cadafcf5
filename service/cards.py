"""Cards as bytes: the part that is the same for everybody is serialised once per catalogue version and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from service.products import CardFace, Record
from shelf_rules.catalogue import Catalogue
from shelf_rules.regime import Regime
from shelf_rules.texts import LANGUAGES


class Cards:
    """Open-ended JSON objects to append the rest to: `faces` per language and row, `zones` per language and zone.

    `labels` are the names of the categories per language and category number.
    """

    def __init__(self, catalogue: Catalogue, records: Sequence[Record], regime: Regime) -> None:
        ordered = sorted(records, key=lambda record: int(record["product_no"]))
        categories = catalogue.categories
        self.faces: dict[str, list[bytes]] = {}
        self.zones: dict[str, list[bytes]] = {}
        self.labels: dict[str, list[str]] = {}
        for language, name in enumerate(LANGUAGES):
            titles = {zone: regime.zone_names[zone][language] for zone in categories.zones if zone in regime.zone_names}
            self.zones[name] = [_open({"zone": zone, "title": titles.get(zone, zone)}) for zone in categories.zones]
            named = zip(categories.names[name], categories.codes, strict=True)
            self.labels[name] = [label or code for label, code in named]
            face = CardFace(regime, language, categories.names[name])
            self.faces[name] = [
                _open(
                    face.face(
                        record,
                        category=categories.codes[catalogue.category[row]],
                        zone=categories.zones[catalogue.zone[row]],
                        grade=int(catalogue.grade[row]),
                    )
                )
                for row, record in enumerate(ordered)
            ]


def _open(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content)[:-1]
