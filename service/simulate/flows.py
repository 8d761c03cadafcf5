"""Money that crosses the bank's border: to and from the customer's own accounts elsewhere, and salaries."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank, Step
from service.simulate.chance import Floats, Ints, dice, logistic
from service.simulate.period import APP_HOURS, DAY, NIGHT_HOURS, clock, moments_between
from service.simulate.population import Population
from service.simulate.segments import SEGMENTS
from service.simulate.taxonomy import CATEGORIES

CLASSES = ("bank", "fund_platform", "broker", "insurer", "lender", "card_other", "wallet")
SERVED = ("deposit", "fund", "fund.equity", "ins", "loan", "card", "pay.wallet")
"""For each class the beginning of the codes that customers go there for."""
LEAVING = np.array([0.026, 0.028, 0.020, 0.006, 0.008, 0.014, 0.026])
RETURNING = 0.02
USUAL = np.array([0, 0, 0, 3_000_00, 1_500_00, 2_500_00, 400_00])
SALARY_EVERY = 30
EMPLOYED = {
    "starter": 0.7,
    "family": 0.7,
    "saver": 0.4,
    "investor": 0.6,
    "affluent": 0.5,
    "student": 0.05,
    "quiet": 0.25,
}
SAVED = 0.3


def earn(bank: Bank, roll: np.random.Generator) -> None:
    """A week of income, less what is lived on."""
    part = SAVED * 12 / 52 * roll.uniform(0.4, 1.6, bank.people.size)
    bank.free += (bank.people.income * part).astype(np.int64)


def cross(bank: Bank, roll: np.random.Generator, step: Step) -> None:
    """A week of outflows to the customer's own accounts elsewhere, and of returns from there."""
    present = bank.customers_of(step)
    weeks = (step.end - step.begin) / (7 * DAY)
    chance = LEAVING * (bank.people.elsewhere * present)[:, None] * (0.5 + 4.0 * _keenness(bank)) * weeks
    customer, place = np.nonzero(roll.random(chance.shape) < chance)
    left = np.maximum(bank.free[customer], 0) // np.bincount(customer, minlength=bank.people.size)[customer]
    wish = USUAL[place] * np.exp(roll.normal(0.0, 0.7, customer.size))
    share = left * roll.beta(1.6, 3.2, customer.size)
    cents = np.minimum(np.where(USUAL[place] > 0, wish, share), left * 0.9).astype(np.int64) // 1_00 * 1_00
    paid = cents >= 100_00
    _move(bank, roll, step, (customer[paid], place[paid], -cents[paid]))
    returning = (bank.outside > 1_000_00) & present[:, None] & (roll.random(bank.outside.shape) < RETURNING * weeks)
    customer, place = np.nonzero(returning)
    cents = (bank.outside[customer, place] * roll.uniform(0.2, 1.0, customer.size)).astype(np.int64) // 1_00 * 1_00
    _move(bank, roll, step, (customer, place, cents))


def _keenness(bank: Bank) -> Floats:
    """(customer, class): the strongest preference for what the class offers."""
    codes = [kind.code for kind in CATEGORIES]
    groups = [[index for index, code in enumerate(codes) if code.startswith(served)] for served in SERVED]
    return np.stack([logistic(bank.logit[:, group].max(axis=1)) for group in groups], axis=1).astype(np.float64)


def _move(bank: Bank, roll: np.random.Generator, step: Step, moved: tuple[Ints, Ints, Ints]) -> None:
    customer, place, cents = moved
    begin, end = np.full(customer.size, step.begin), np.full(customer.size, step.end)
    when = moments_between(roll, begin, end, APP_HOURS)
    bank.free[:] += np.bincount(customer, weights=cents, minlength=bank.people.size).astype(np.int64)
    np.subtract.at(bank.outside, (customer, place), cents)
    own = np.ones(customer.size, dtype=np.int64)
    bank.flows.append({"customer": customer, "when": when, "cents": cents, "place": place, "own": own})


def pay_salaries(bank: Bank) -> None:
    """Monthly salaries of those who are paid into this bank, in the night of their pay day."""
    roll = dice(bank.seed, "salaries")
    people, period = bank.people, bank.period
    customer, pay_day = pay_days(roll, people)
    months = period.days // SALARY_EVERY + 1
    row = np.repeat(np.arange(customer.size), months)
    day = pay_day[row] + np.tile(np.arange(months), customer.size) * SALARY_EVERY
    when = period.start + day * DAY + clock(roll, row.size, NIGHT_HOURS)
    paid = (when < period.as_of) & (when > people.joined[customer[row]] + DAY)
    row, when = row[paid], when[paid]
    cents = (people.income[customer[row]] * roll.normal(1.0, 0.03, row.size)).astype(np.int64)
    zeros = np.zeros(row.size, dtype=np.int64)
    bank.flows.append({"customer": customer[row], "when": when, "cents": cents, "place": zeros, "own": zeros})


def pay_days(roll: np.random.Generator, people: Population) -> tuple[Ints, Ints]:
    """(customer, day): who is paid into this bank, and on which of thirty days counted from the start."""
    likely = np.array([EMPLOYED.get(kind.name, 0.0) for kind in SEGMENTS])[people.segment]
    customer = np.flatnonzero((roll.random(people.size) < likely) & (people.activity > 0))
    return customer, roll.integers(0, SALARY_EVERY, customer.size)


def flow_columns(bank: Bank) -> dict[str, Ints]:
    """All movements by time."""
    joined = {name: np.concatenate([piece[name] for piece in bank.flows]) for name in bank.flows[0]}
    order = np.lexsort((joined["place"], joined["customer"], joined["when"]))
    return {name: values[order] for name, values in joined.items()}
