"""Customers who switch personalisation off, or on again."""

from __future__ import annotations

import numpy as np

from service.simulate.bank import Bank
from service.simulate.chance import NONE, Bools, Ints, dice
from service.simulate.consents import ANSWERS, SCOPES, TEXT_VERSIONS, consent
from service.simulate.live.client import Call
from service.simulate.live.outbox import moment
from service.simulate.live.shelves import customer_id

SCOPE = "personalisation"
OFF, ON = 0.001, 0.01
"""Chances, at a visit, that one who has it on switches it off, and that one who has it off switches it on."""


class Switch:
    """Who has answered yes (1), no (0) or not at all (NONE)."""

    def __init__(self, bank: Bank) -> None:
        """Takes the answers of the bank as it was simulated: before it grows."""
        given = consent(bank.seed, bank.period, bank.people)
        rows = np.flatnonzero(given["scope"] == SCOPES.index(SCOPE))
        order = rows[np.argsort(given["when"][rows], kind="stable")]
        self.answer = np.full(bank.people.size, NONE)
        self.answer[given["customer"][order]] = given["granted"][order]

    def grow(self, bank: Bank) -> None:
        """Draws what newcomers will answer when they are asked."""
        more = bank.people.size - self.answer.size
        roll = dice(bank.seed, "answers of newcomers")
        answered, yes = ANSWERS[SCOPE]
        asked: Bools = roll.random(more) < answered
        said = (roll.random(more) < yes).astype(np.int64)
        self.answer = np.concatenate([self.answer, np.where(asked, said, NONE)])

    def turn(self, roll: np.random.Generator, visitors: Ints, when: int) -> list[Call]:
        """What some of today's visitors change, as calls."""
        answer = self.answer[visitors]
        chance = np.select([answer == 1, answer == 0], [OFF, ON], 0.0)
        turned = visitors[roll.random(visitors.size) < chance]
        self.answer[turned] = 1 - self.answer[turned]
        return [answered(customer, int(self.answer[customer]), when) for customer in turned.tolist()]


def answered(customer: int, granted: int, when: int) -> Call:
    """The call that records an answer."""
    body = {"granted": granted == 1, "changed_at": moment(when), "text_version": TEXT_VERSIONS[-1]}
    return Call("PUT", f"/v1/customers/{customer_id(customer)}/consents/{SCOPE}", body)
