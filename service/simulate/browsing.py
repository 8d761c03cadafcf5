"""App sessions in which customers look around: before a purchase, and without one."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank, Step
from service.simulate.chance import NONE, Ints, logistic, pick
from service.simulate.choosing import choose
from service.simulate.journal import CHANNEL, KIND
from service.simulate.period import APP_HOURS, DAY, moments_between
from service.simulate.taxonomy import CATEGORIES

FIRST = ("search", "list", "detail", "push_click")
FIRST_WEIGHTS = np.array([0.34, 0.36, 0.18, 0.12])
LATER = ("detail", "list", "compare", "calculate", "search", "watch", "consult")
LATER_WEIGHTS = np.array([0.46, 0.15, 0.14, 0.11, 0.06, 0.05, 0.03])
WITHOUT_PRODUCT = [KIND["search"], KIND["list"]]
SURFACES = np.array([CHANNEL[name] for name in ("in_app", "wechat", "online")])
SURFACE_WEIGHTS = np.array([0.76, 0.11, 0.13])
LOOKS = np.array([0.18 * np.sqrt(kind.rate) for kind in CATEGORIES], dtype=np.float32)
LONGEST = 3_600
OTHER_PRODUCT = 0.35


def look_around(bank: Bank, roll: np.random.Generator, step: Step) -> None:
    """A week of sessions that lead to nothing, more of them where the interest is."""
    activity = np.where(bank.customers_of(step), bank.people.activity, 0.0).astype(np.float32)
    weeks = np.float32((step.end - step.begin) / (7 * DAY))
    chance = np.minimum(activity[:, None] * LOOKS * weeks * logistic(bank.logit + bank.pull), np.float32(0.9))
    private = [index for index, kind in enumerate(CATEGORIES) if kind.zone == "trust_private"]
    chance[:, private] = 0.0
    # What one has, one looks up less than what one is still thinking about.
    chance *= np.where(bank.holds(), np.float32(0.7), np.float32(2.4))
    customer, category = np.nonzero(roll.random(chance.shape, dtype=np.float32) < chance)
    begin, end = np.full(customer.size, step.begin), np.full(customer.size, step.end)
    when = moments_between(roll, begin, end, APP_HOURS)
    product = choose(bank, roll, (customer, category, when), buying=False)
    _session(bank, roll, (customer, category, product), when)


def look_before(bank: Bank, roll: np.random.Generator, step: Step, bought: tuple[Ints, Ints, Ints]) -> None:
    """A session some minutes to three days before each purchase (customer, product, when) given."""
    customer, product, when = bought
    ahead = roll.integers(300, 3_000, when.size)
    ahead = np.where(roll.random(when.size) < 0.4, (roll.random(when.size) * 3 * DAY).astype(np.int64), ahead)
    earlier = np.maximum(when - ahead, step.begin + ((when - step.begin) * 0.5).astype(np.int64))
    _session(bank, roll, (customer, bank.catalogue.category[product], product), earlier)


def _session(bank: Bank, roll: np.random.Generator, looked: tuple[Ints, Ints, Ints], when: Ints) -> None:
    """Writes one to eight events of each (customer, category, product), seconds to minutes apart."""
    customer, category, product = looked
    start = np.minimum(when, bank.period.as_of - LONGEST)
    length = np.minimum(roll.geometric(0.33, customer.size), 8)
    row = np.repeat(np.arange(customer.size), length)
    place = np.arange(row.size) - np.repeat(np.cumsum(length) - length, length)
    kind = np.where(
        place == 0,
        np.array([KIND[name] for name in FIRST])[pick(roll, FIRST_WEIGHTS, row.size)],
        np.array([KIND[name] for name in LATER])[pick(roll, LATER_WEIGHTS, row.size)],
    )
    moment = start[row] + place * 240 + roll.integers(0, 200, row.size)
    other = choose(bank, roll, (customer[row], category[row], moment), buying=False)
    seen = np.where((roll.random(row.size) < OTHER_PRODUCT) & (other != NONE), other, product[row])
    general = np.isin(kind, WITHOUT_PRODUCT) | (seen == NONE)
    surface = SURFACES[pick(roll, SURFACE_WEIGHTS, customer.size)][row]
    bank.journal.write(
        customer[row],
        kind,
        moment,
        product=np.where(general, NONE, seen),
        category=np.where(general, category[row], NONE),
        channel=np.where(kind == KIND["push_click"], CHANNEL["push"], surface),
        session=bank.journal.new_sessions(customer.size)[row],
    )
