"""Earlier shelves and marketing: impressions, clicks and dismissals."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank, Step
from service.simulate.chance import NONE, Ints, dice, logistic
from service.simulate.choosing import choose
from service.simulate.journal import CHANNEL, KIND, TIERS
from service.simulate.period import APP_HOURS, DAY, clock, moments_between
from service.simulate.taxonomy import CATEGORIES

SHOWN = 0.042
MOST_CARDS = 6
DISMISSED = 0.012
TIRED, ANNOYED = 0.07, 0.07
BROAD = ("deposit.term", "pay.bill", "pay.wallet", "svc.education", "svc.rights", "deposit.notice", "deposit.demand")
"""Categories open to nearly everybody: what is withheld here, is withheld for no other reason."""
KNOWN_WEIGHT = np.log([kind.weight for kind in CATEGORIES])


def show(bank: Bank, roll: np.random.Generator, step: Step) -> None:
    """A week of shelves of three to six cards for some customers."""
    weeks = (step.end - step.begin) / (7 * DAY)
    likely = SHOWN * np.minimum(bank.people.activity, 3.0) * bank.customers_of(step) * weeks
    customer = np.flatnonzero(roll.random(likely.size) < likely)
    liking = 0.6 * bank.logit[customer] + 0.5 * KNOWN_WEIGHT + roll.gumbel(0.0, 1.0, (customer.size, len(CATEGORIES)))
    liking[~bank.may[customer]] = -np.inf
    cards = np.argsort(-liking, axis=1, kind="stable")[:, :MOST_CARDS]
    shown = np.arange(MOST_CARDS) < roll.integers(3, MOST_CARDS + 1, customer.size)[:, None]
    shown &= np.isfinite(np.take_along_axis(liking, cards, axis=1))
    begin, end = np.full(customer.size, step.begin), np.full(customer.size, step.end)
    when = np.minimum(moments_between(roll, begin, end, APP_HOURS), bank.period.as_of - 600)
    row, column = np.nonzero(shown)
    category = cards[row, column]
    product = choose(bank, roll, (customer[row], category, when[row]), buying=True)
    found = product != NONE
    decision = bank.journal.new_decisions(customer.size)[row]
    _cards(
        bank,
        roll,
        {
            "customer": customer[row][found],
            "when": when[row][found],
            "decision": decision[found],
            "product": product[found],
            "category": category[found],
        },
    )


def _cards(bank: Bank, roll: np.random.Generator, cards: dict[str, Ints]) -> None:
    """Writes the cards of decisions (rows of one decision stand together), what is clicked and what dismissed."""
    customer, product, decision = cards["customer"], cards["product"], cards["decision"]
    known = bank.spells.ever[customer, product]
    tier = np.where(known, 0, np.where(roll.random(customer.size) < 0.6, 1, 2))
    slot = _slots(decision, tier)
    when = cards["when"] + roll.integers(0, 30, customer.size)
    place = {"product": product, "decision": decision, "tier": tier, "slot": slot}
    place["channel"] = np.full(customer.size, CHANNEL["in_app"])
    bank.journal.write(customer, KIND["impression"], when, **place)
    liking = logistic(bank.logit[customer, cards["category"]] + np.float32(1.6))
    clicked = roll.random(customer.size) < 0.01 + 0.3 * liking / (1.0 + 0.25 * (slot - 1))
    dismissed = ~clicked & (roll.random(customer.size) < DISMISSED)
    for kind, chosen in (("click", clicked), ("dismiss", dismissed)):
        columns = {name: values[chosen] for name, values in place.items()}
        reasons = roll.integers(0, 3, int(chosen.sum()))
        columns["payload"] = reasons if kind == "dismiss" else np.full_like(reasons, NONE)
        bank.journal.write(customer[chosen], KIND[kind], when[chosen] + roll.integers(2, 60, chosen.sum()), **columns)


def _slots(decision: Ints, tier: Ints) -> Ints:
    """The place of each card among those of its decision and tier, from 1."""
    group = decision * len(TIERS) + tier
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.searchsorted(ordered, ordered, side="left")
    slot = np.empty(group.size, dtype=np.int64)
    slot[order] = np.arange(group.size) - first + 1
    return slot


def _broadly(bank: Bank, roll: np.random.Generator, share: float) -> tuple[Ints, Ints]:
    """(customer, product): some active customers, each with a product that hardly any gate keeps from them."""
    old = bank.people.joined < bank.period.as_of - 40 * DAY
    customer = np.flatnonzero(old & (bank.people.activity > 0) & (roll.random(bank.people.size) < share))
    codes = [index for index, kind in enumerate(CATEGORIES) if kind.code in BROAD]
    category = np.array(codes)[roll.integers(0, len(codes), customer.size)]
    when = np.full(customer.size, bank.period.as_of - 1)
    product = choose(bank, roll, (customer, category, when), buying=True)
    found = product != NONE
    return customer[found], product[found]


def overdo(bank: Bank) -> None:
    """In the last two weeks a campaign showed some customers one card ten to sixteen times, and nobody clicked."""
    roll = dice(bank.seed, "campaign")
    customer, product = _broadly(bank, roll, TIRED)
    times = roll.integers(10, 17, customer.size)
    row = np.repeat(np.arange(customer.size), times)
    day = bank.period.as_of - roll.integers(1, 13, row.size) * DAY
    bank.journal.write(
        customer[row],
        KIND["impression"],
        np.maximum(day + clock(roll, row.size, APP_HOURS), bank.period.start),
        product=product[row],
        decision=bank.journal.new_decisions(row.size),
        tier=2,
        slot=1,
        channel=CHANNEL["in_app"],
    )


def annoy(bank: Bank) -> None:
    """In the last four weeks some customers sent a card away for good."""
    roll = dice(bank.seed, "dismissals")
    customer, product = _broadly(bank, roll, ANNOYED)
    day = bank.period.as_of - roll.integers(1, 28, customer.size) * DAY
    when = np.maximum(day + clock(roll, customer.size, APP_HOURS), bank.period.start)
    place: dict[str, Ints | int] = {"product": product, "tier": 2, "slot": 1, "channel": CHANNEL["in_app"]}
    place["decision"] = bank.journal.new_decisions(customer.size)
    bank.journal.write(customer, KIND["impression"], when - 20, **place)
    bank.journal.write(customer, KIND["dismiss"], when, **place, payload=roll.integers(0, 3, customer.size))
