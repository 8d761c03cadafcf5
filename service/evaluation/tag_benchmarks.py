"""The data sets on which truthfulness is judged by repurchase, and how each is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from service.clock import parse_us
from service.errors import Refused
from service.evaluation.derived_tags import Histories, by_basket, by_category, by_product
from service.evaluation.journal import Journal

BASKET_TAGS = 200


@dataclass(frozen=True, slots=True)
class TagBenchmark:
    """A data set by its folder's name, how its tags and occasions are read, and from when on it is held back.

    `everyone`: customers without held-back occasions are known to have had none.
    """

    folder: str
    reading: str
    cut: str
    read: Callable[[Journal, int], Histories]
    everyone: bool

    @property
    def title(self) -> str:
        """As it is printed."""
        return f"{self.folder}, {self.reading}"

    def histories(self, journal: Journal) -> Histories:
        """The occasions of the data set; raises Refused where one of both parts is empty."""
        found = self.read(journal, parse_us(self.cut) or 0)
        if found.later.all() or not found.later.any():
            raise Refused(f"{self.folder}: nothing bought before, or nothing after {self.cut}")
        return found


def _baskets(journal: Journal, _: int) -> Histories:
    return by_basket(journal, BASKET_TAGS)


TAG_BENCHMARKS = (
    *(
        TagBenchmark(
            "santander", reading, "2016-04-01", partial(by_category, buyable=buyable, together=together), False
        )
        for reading, buyable, together in (
            ("every occasion", False, False),
            ("where it could be bought", True, False),
            ("where it could be bought, a day an occasion", True, True),
        )
    ),
    *(
        TagBenchmark("insurance", f"held back from {cut}", cut, by_product, everyone=True)
        for cut in ("2019-10-01", "2020-01-01", "2020-04-01")
    ),
    TagBenchmark("tafeng", f"last baskets, {BASKET_TAGS} products", "the last basket", _baskets, everyone=False),
)
