"""One product of the simulated catalogue, and the reasons for which some are not shown to everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from service.simulate.naming import product_names
from service.simulate.period import DAY, Period
from service.simulate.population import REGIONS
from service.simulate.taxonomy import CATEGORIES, Category

HOST = "m.bank.example"
PARTNER_HOST = "partner.example"


@dataclass
class Product:
    """One product; times in seconds UTC, amounts in CNY, 0 or "" where there is nothing to say."""

    category: int
    number: int
    form: str
    issuer: str
    grade: int
    distributor_grade: int
    term: int
    minimum: float
    sale_from: int
    sale_until: int
    appeal: float
    yield_value: float
    series: str = ""
    zone: str = ""
    status: str = "on_shelf"
    liquidity: str = ""
    regions: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()
    host: str = HOST
    quota: int | None = None
    sold_until: int = 0
    windows: list[tuple[int, int]] = field(default_factory=list)

    @property
    def kind(self) -> Category:
        """Its row of the taxonomy."""
        return CATEGORIES[self.category]

    @property
    def names(self) -> tuple[str, str]:
        """(full name, sale name)."""
        return product_names(self.kind, self.issuer, self.number, self.term if self.form != "renewal" else 0)


Fate = Callable[[np.random.Generator, int, Product], None]


def _taken_off(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.status, product.sold_until = "off_shelf", as_of - int(roll.integers(10, 200)) * DAY


def _suspended(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.status, product.sold_until = "suspended", as_of - int(roll.integers(3, 40)) * DAY


def _closed(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.sale_until = as_of - int(roll.integers(2, 120)) * DAY


def _announced(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.sale_from = as_of + int(roll.integers(2, 30)) * DAY
    product.sale_until = product.sale_from + int(roll.integers(20, 90)) * DAY


def _regional(roll: np.random.Generator, as_of: int, product: Product) -> None:
    chosen = roll.permutation(len(REGIONS))[: int(roll.integers(2, 5))]
    product.regions = tuple(sorted(int(region) for region in chosen))


def _at_the_branch(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.channels = ("branch",) if roll.random() < 0.5 else ("branch", "manager")


def _at_a_partner(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.host = PARTNER_HOST


def _sold_out(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.quota, product.sold_until = 0, as_of - int(roll.integers(1, 20)) * DAY


def _rationed(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.quota = int(roll.integers(5, 5_000)) * 1_000


def _named_channels(roll: np.random.Generator, as_of: int, product: Product) -> None:
    product.channels = ("branch", "in_app", "online", "wechat")


FATES: tuple[tuple[float, Fate], ...] = (
    (0.03, _taken_off),
    (0.03, _suspended),
    (0.04, _closed),
    (0.03, _announced),
    (0.07, _regional),
    (0.04, _at_the_branch),
    (0.025, _at_a_partner),
    (0.035, _sold_out),
    (0.06, _rationed),
    (0.08, _named_channels),
)


def deal_fates(roll: np.random.Generator, period: Period, products: list[Product]) -> None:
    """Gives each fate to its share of the products, and to one at least as long as they reach."""
    order = iter(roll.permutation(len(products)).tolist())
    for share, fate in FATES:
        for place in islice(order, max(1, round(share * len(products)))):
            fate(roll, period.as_of, products[place])
