"""The kinds of customers: how old and rich they are, and which categories draw them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from service.simulate.chance import Floats
from service.simulate.taxonomy import CATEGORIES


class Segment(NamedTuple):
    """A kind of customer; money in CNY, `capacity` as weights of C1…C5, `drawn` to codes or beginnings of codes."""

    name: str
    share: float
    ages: tuple[int, int]
    wealth: float
    income: float
    activity: float
    capacity: tuple[float, ...]
    drawn: str


_STARTER = "cash card pay fund.index fund.plan loan inst svc.education"
_FAMILY = "ins.health ins.accident ins.property ins.life_term inst.home inst.auto inst.education deposit.term"
_FAMILY += " fund.mixed pension loan.consumer pay.bill wealth.fixed_income"
_INVESTOR = "fund.equity fund.index fund.qdii fund.mixed fund.fof wealth.mixed wealth.equity wealth.derivative"
_INVESTOR += " gold.accum ins.ul cash.mmf"
_AFFLUENT = "wealth.fi_plus wealth.fixed_income deposit.cd deposit.structured ins.annuity ins.participating"
_AFFLUENT += " ins.universal private svc.advice pay.fx fund.fof fund.qdii"
_RETIREE = (
    "deposit.term deposit.cd deposit.notice bond wealth.fixed_income ins.endowment inst.medical pay.bill svc.rights"
)
_STUDENT = "pay svc inst.shopping inst.education inst.travel cash.mmf"
_SAVER = "deposit bond wealth.fixed_income gold.physical cash.wealth pay.bill"

# fmt: off
SEGMENTS = (
    Segment("student", 0.07, (15, 25), 5_000, 1_500, 0.8, (0.2, 0.3, 0.3, 0.15, 0.05), _STUDENT),
    Segment("starter", 0.18, (22, 35), 30_000, 9_000, 1.2, (0.1, 0.25, 0.35, 0.2, 0.1), _STARTER),
    Segment("family", 0.19, (28, 49), 130_000, 16_000, 1.1, (0.1, 0.3, 0.35, 0.2, 0.05), _FAMILY),
    Segment("saver", 0.17, (38, 70), 200_000, 8_000, 0.9, (0.3, 0.45, 0.2, 0.04, 0.01), _SAVER),
    Segment("investor", 0.11, (25, 60), 350_000, 22_000, 1.6, (0.01, 0.04, 0.2, 0.4, 0.35), _INVESTOR),
    Segment("affluent", 0.06, (35, 68), 1_600_000, 45_000, 1.3, (0.05, 0.15, 0.3, 0.3, 0.2), _AFFLUENT),
    Segment("retiree", 0.12, (58, 88), 240_000, 5_000, 0.8, (0.35, 0.4, 0.15, 0.07, 0.03), _RETIREE),
    Segment("quiet", 0.10, (17, 82), 6_000, 4_000, 0.25, (0.3, 0.3, 0.25, 0.1, 0.05), "pay deposit.demand svc.rights"),
)
# fmt: on
DRAWN, OTHERS = 2.6, 0.55

# A planted dependence on gender: a service that reads it would rank better here, and must not.
GENDERED = {
    "gold.physical": 2.2,
    "ins.health": 1.7,
    "wealth.fixed_income": 1.5,
    "inst.shopping": 1.9,
    "cash.wealth": 1.4,
    "fund.equity": 0.4,
    "wealth.derivative": 0.4,
    "inst.auto": 0.4,
    "fund.index": 0.5,
    "pay.fx": 0.55,
}
"""How many times more often the interest comes to a woman than to a man."""


def draw_of_segments() -> Floats:
    """(segment, category) → how many times more often than usual the interest comes."""
    drawn = [
        [DRAWN if category.code.startswith(tuple(segment.drawn.split())) else OTHERS for category in CATEGORIES]
        for segment in SEGMENTS
    ]
    return np.array(drawn)


def draw_of_gender() -> Floats:
    """(0 man, 1 woman; category) → how many times more often than usual the interest comes."""
    ratio = np.sqrt([GENDERED.get(category.code, 1.0) for category in CATEGORIES])
    return np.stack([1.0 / ratio, ratio])
