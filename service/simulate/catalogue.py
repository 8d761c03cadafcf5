"""The catalogue: products in series, with sale windows, gates and the appeal that the market feels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.simulate.chance import Bools, Floats, Ints, dice
from service.simulate.naming import issuers_of
from service.simulate.period import DAY, STEP_DAYS, Period
from service.simulate.population import REGIONS
from service.simulate.product import Product, deal_fates
from service.simulate.taxonomy import CATEGORIES, INVESTING
from service.simulate.yields import YIELDS

EVER = 4_000 * DAY
SCENES = {"inst.travel": "travel", "inst.shopping": "play", "inst.medical": "medical", "inst.home": "housing"}
SCENES |= {"pay.fx": "travel", "card.credit": "travel", "svc.rights": "play", "pay.bill": "housing"}
EXITS = {"demand": "any_day", "anyday": "any_day", "term": "maturity", "window": "windows", "renewal": "renewal"}
EXITS |= {"locked": "never", "loan": "maturity", "opened": "any_day", "single": ""}


def how_many(total: int) -> Ints:
    """Products of each category: one at least as long as they reach, the rest by weight."""
    weights = np.array([kind.weight for kind in CATEGORIES])
    order = np.argsort(-weights, kind="stable")
    counts = np.zeros(len(CATEGORIES), dtype=np.int64)
    counts[order[: min(total, len(CATEGORIES))]] = 1
    left = total - int(counts.sum())
    share = np.maximum(weights / weights.sum() * total - 1.0, 0.0)
    exact = share / max(float(share.sum()), 1.0) * left
    counts += np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - np.floor(exact)), kind="stable")
    counts[rest[: total - int(counts.sum())]] += 1
    return counts


def _liquidity(roll: np.random.Generator, form: str, code: str) -> str:
    if form in {"term", "locked", "renewal"}:
        return "maturity"
    if form == "window":
        return f"T+{int(roll.integers(1, 4))}"
    if form != "anyday":
        return "T+0" if form == "demand" else ""
    if code.startswith(("cash", "gold")):
        return f"T+{int(roll.integers(0, 2))}"
    return f"T+{int(roll.integers(5, 9)) if code == 'fund.qdii' else int(roll.integers(1, 4))}"


def _windows(roll: np.random.Generator, period: Period) -> list[tuple[int, int]]:
    """Some days in which exit is open, every four or twelve weeks, through the period and half a year on."""
    every = int(roll.choice([4, 4, 8, 12]))
    weeks = range(int(roll.integers(0, every)), period.days // STEP_DAYS + 26, every)
    begins = [period.start + (week * STEP_DAYS + 1) * DAY for week in weeks]
    return [(begin, begin + int(roll.integers(2, 5)) * DAY) for begin in begins]


def fresh(roll: np.random.Generator, period: Period, category: int, number: int) -> Product:
    """A product on sale throughout, as the category has them."""
    kind = CATEGORIES[category]
    form = kind.forms[number % len(kind.forms)]
    grade = int(roll.choice(kind.grades)) if kind.grades else 0
    shift = int(roll.choice([0, 0, 0, -1, 1])) if grade and len(kind.grades) > 1 else 0
    issuers = issuers_of(kind.code)
    return Product(
        category=category,
        number=number,
        form=form,
        issuer=issuers[number % len(issuers)],
        grade=grade,
        distributor_grade=int(np.clip(grade + shift, 1, 5)) if grade else 0,
        term=365 if form == "renewal" else int(roll.choice(kind.terms)) if kind.terms else 0,
        minimum=float(roll.choice(kind.minimums)) if kind.minimums else 0.0,
        sale_from=period.start - (EVER if form == "demand" else int(roll.integers(60, 1_500)) * DAY),
        sale_until=period.as_of + EVER,
        appeal=float(roll.normal(0.0, 0.5)),
        yield_value=YIELDS[kind.yield_kind].draw(roll),
        liquidity=_liquidity(roll, form, kind.code),
        windows=_windows(roll, period) if form == "window" else [],
    )


def _series(roll: np.random.Generator, period: Period, first: Product, size: int, label: str) -> list[Product]:
    """Issues alike but for number and window: the older ones are sold, the last two stand side by side."""
    issues = []
    length = max(period.days // max(size - 1, 1), 30)
    for place in range(size):
        issue = Product(**{**first.__dict__, "number": first.number + place, "series": label})
        issue.appeal += float(roll.normal(0.0, 0.15))
        if place < size - 2:
            issue.sale_from = period.start + (place * length // 2 - 60) * DAY
            issue.sale_until = min(issue.sale_from + length * DAY, period.as_of - (place + 1) * 9 * DAY)
            issue.status = "off_shelf" if roll.random() < 0.5 else "on_shelf"
        else:
            issue.sale_from = min(period.start + (place * length // 2) * DAY, period.as_of - 45 * DAY)
        issues.append(issue)
    return issues


def _of_category(roll: np.random.Generator, period: Period, category: int, count: int) -> list[Product]:
    made: list[Product] = []
    while len(made) < count:
        product = fresh(roll, period, category, len(made))
        size = min(int(roll.integers(2, 5)), count - len(made))
        if made and product.form in {"term", "window"} and size > 1 and roll.random() < 0.4:
            made += _series(roll, period, product, size, f"S-{product.kind.code}-{len(made):03d}")
        else:
            made.append(product)
    return made


def _plant(products: list[Product]) -> None:
    """Mislabels three credit products, so that a loan would stand among investments."""
    for code in ("card.credit", "loan.consumer", "card.instalment_bill"):
        for product in products:
            if product.kind.code == code and product.number == 0:
                product.zone = "wealth"
                product.appeal = 1.6


@dataclass(frozen=True)
class Catalogue:
    """The products, and as columns what the market asks of them in every step.

    `once`: not bought again while held. `flow`: +1 brings the customer money, −1 takes it, 0 neither; `scale` in cents.
    `openings`: rows of (product, begin, end) of exit windows.
    """

    products: list[Product]
    category: Ints
    form: Ints
    once: Bools
    flow: Ints
    scale: Ints
    grade: Ints
    term: Ints
    minimum: Ints
    sale_from: Ints
    sold_until: Ints
    taste: Floats
    regions: Ints
    shelves: list[Ints]
    openings: Ints


FORMS = ("demand", "anyday", "term", "window", "renewal", "locked", "loan", "opened", "single")
FORM = {name: index for index, name in enumerate(FORMS)}
YIELD_PULL = 0.6


def _once(product: Product) -> bool:
    return product.form in {"term", "renewal", "loan"} or (product.form == "opened" and not product.kind.scale)


def _flow(product: Product) -> int:
    if product.form in {"demand", "loan"}:
        return 1
    return -1 if product.kind.scale or product.kind.zone in INVESTING else 0


def columns_of(products: list[Product]) -> Catalogue:
    """The catalogue of some products, in their order."""

    def ints(values: Sequence[object]) -> Ints:
        return np.array(values, dtype=np.int64)

    category = ints([product.category for product in products])
    scale = [product.kind.scale for product in products]
    openings = [(row, *window) for row, product in enumerate(products) for window in product.windows]
    everywhere = tuple(range(len(REGIONS)))
    return Catalogue(
        products=products,
        category=category,
        form=ints([FORM[product.form] for product in products]),
        once=np.array([_once(product) for product in products]),
        flow=ints([_flow(product) for product in products]),
        scale=ints([round(amount * 100) for amount in scale]),
        grade=ints([max(product.grade, product.distributor_grade) for product in products]),
        term=ints([product.term for product in products]),
        minimum=ints([round(product.minimum * 100) for product in products]),
        sale_from=ints([product.sale_from for product in products]),
        sold_until=ints([min(product.sale_until, product.sold_until or product.sale_until) for product in products]),
        # A planted dependence on yield: a service that reads it would rank better here, and must not.
        taste=np.array([product.appeal + YIELD_PULL * product.yield_value for product in products]),
        regions=ints([sum(1 << region for region in product.regions or everywhere) for product in products]),
        openings=ints(openings).reshape(-1, 3),
        shelves=[np.flatnonzero(category == index) for index in range(len(CATEGORIES))],
    )


def stock(seed: int, period: Period, total: int) -> Catalogue:
    """Draws `total` products; the first of each category stays free of gates."""
    roll = dice(seed, "catalogue")
    made = [_of_category(roll, period, category, count) for category, count in enumerate(how_many(total).tolist())]
    deal_fates(roll, period, [product for group in made for product in group[1:] if not product.series])
    products = [product for group in made for product in group]
    _plant(products)
    return columns_of(products)
