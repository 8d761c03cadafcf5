"""Every text of the page of an experiment in Chinese and English, from one table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from service.experiments.results.document import Said


@dataclass(frozen=True, slots=True)
class Words:
    """The texts in one language."""

    lang: str

    def __call__(self, kind: str, name: str, /, **values: object) -> str:
        """The text of a name among its kind, safe in HTML; raises KeyError where there is none."""
        return escape(_texts()[kind][name][self.lang].format(**values))

    def known(self, kind: str, name: str) -> str:
        """The text of a name where it has one, else the name itself; safe in HTML."""
        found = _texts().get(kind, {}).get(name)
        return escape(name if found is None else found[self.lang])

    def said(self, sentence: Said) -> str:
        """A sentence that has both languages, safe in HTML."""
        return escape(sentence.zh if self.lang == "zh" else sentence.en)


@cache
def _texts() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((files(__package__) / "texts.toml").read_text(encoding="utf-8"))
