"""Life events: logins, messages opened, shares, feedback and invitations."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank
from service.simulate.chance import NONE, Ints, dice
from service.simulate.journal import CHANNEL, KIND
from service.simulate.period import APP_HOURS, DAY, midnight, moments_between

A_YEAR = {"login": 7.0, "message_open": 2.2, "share": 0.2, "feedback": 0.08}
INVITED = 0.05


def live(bank: Bank) -> None:
    """Writes the life events of the whole period."""
    roll = dice(bank.seed, "living")
    people, period = bank.people, bank.period
    first = np.maximum(midnight(people.joined) + DAY, period.start)
    years = np.maximum(period.as_of - first, 0) / (365 * DAY)
    for kind, often in A_YEAR.items():
        # Even those who buy and look at nothing may log in once in a while.
        counts = roll.poisson(often * years * (people.activity + (roll.random(people.size) < 0.02)))
        customer = np.repeat(np.arange(people.size), counts)
        when = moments_between(roll, first[customer], np.full(customer.size, period.as_of), APP_HOURS)
        channel = CHANNEL["push"] if kind == "message_open" else CHANNEL["in_app"]
        bank.journal.write(customer, KIND[kind], when, channel=channel)
    _invite(bank, roll, first)


def _invite(bank: Bank, roll: np.random.Generator, first: Ints) -> None:
    """Some who joined lately had been invited; the invitation is the inviter's event, a little earlier."""
    people, period = bank.people, bank.period
    invited = np.flatnonzero((people.joined > period.start + 10 * DAY) & (roll.random(people.size) < INVITED * 4))
    inviters = np.flatnonzero((people.activity > 0) & (people.joined < period.start))
    if not inviters.size:
        return
    inviter = inviters[roll.integers(0, inviters.size, invited.size)]
    when = people.joined[invited] - roll.integers(3_600, 5 * DAY, invited.size)
    bank.journal.write(inviter, KIND["invite"], when, channel=CHANNEL["wechat"])
    greeted = invited[first[invited] < period.as_of]
    hour = moments_between(roll, first[greeted], first[greeted] + DAY, APP_HOURS)
    by = np.full(people.size, NONE)
    by[invited] = inviter
    bank.journal.write(greeted, KIND["login"], hour, channel=CHANNEL["in_app"], invited_by=by[greeted])
