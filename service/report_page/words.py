"""Every text of the report page in Chinese and English, from one table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """The texts in one language, and what it calls the categories."""

    lang: str
    categories: Mapping[str, str]

    def __call__(self, kind: str, name: str) -> str:
        """The text of a name among its kind (metric, group, title …); raises KeyError where there is none."""
        return _texts()[kind][name][self.lang]

    def group(self, dimension: str, value: str) -> str:
        """What the group of a metric is called: a category by its name, a tag, a rule or a date as it is."""
        if dimension == "category":
            return self.categories.get(value, value)
        if dimension == "day":
            return self("group", "of_day").format(n=value)
        if dimension == "rule":
            return value
        known = _texts()["segment" if dimension == "segment" else "group"].get(value)
        return value if known is None else known[self.lang]


@cache
def _texts() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((files(__package__) / "texts.toml").read_text(encoding="utf-8"))
