"""Cards as bytes: the part that is the same for everybody is serialised once per catalogue version and language."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from service.products import CardFace, Record
from shelf_rules.catalogue import Catalogue
from shelf_rules.regime import Regime
from shelf_rules.texts import LANGUAGES


class Cards:
    """Open-ended JSON objects per language and row: `{…` without the closing brace, for the rest to be appended."""

    def __init__(self, catalogue: Catalogue, records: Sequence[Record], regime: Regime) -> None:
        ordered = sorted(records, key=lambda record: int(record["product_no"]))
        categories = catalogue.categories
        self.faces: dict[str, list[bytes]] = {}
        for language, name in enumerate(LANGUAGES):
            face = CardFace(regime, language, categories.names[name])
            self.faces[name] = [
                orjson.dumps(
                    face.face(
                        record,
                        category=categories.codes[catalogue.category[row]],
                        zone=categories.zones[catalogue.zone[row]],
                        grade=int(catalogue.grade[row]),
                    )
                )[:-1]
                for row, record in enumerate(ordered)
            ]
