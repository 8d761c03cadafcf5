"""Who calls: a long-tailed choice of customers, and the tokens their app would hold."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence

import jwt

from loadtest.plan import Plan

_EXPONENT = 1.1
_STRANGERS = 0.02
_LIFETIME_S = 86_400


class Customers:
    """Customers by Zipf's law, the first of the list most often; now and then somebody the bank has never seen."""

    def __init__(self, plan: Plan, chance: random.Random) -> None:
        self._plan, self._chance = plan, chance
        weights = (1 / rank**_EXPONENT for rank in range(1, len(plan.customers) + 1))
        self._cumulative = list(itertools.accumulate(weights))
        self._headers: dict[str, dict[str, str]] = {}
        self._flippers = itertools.cycle(plan.reserved)

    def pick(self) -> str:
        """One customer."""
        if self._chance.random() < _STRANGERS:
            return f"stranger-{self._chance.randrange(1_000_000)}"
        return self._chance.choices(self._plan.customers, cum_weights=self._cumulative)[0]

    def some(self, number: int) -> Sequence[str]:
        """Several customers, as a batch names them."""
        return [self.pick() for _ in range(number)]

    def own(self) -> str:
        """A customer whom nobody else changes, as long as there are no more flippers than such customers."""
        return next(self._flippers)

    def headers(self, customer_id: str) -> dict[str, str]:
        """The customer's token as the app sends it."""
        found = self._headers.get(customer_id)
        if found is None:
            found = self._headers[customer_id] = {"Authorization": f"Bearer {token(self._plan, customer_id)}"}
        return found


def token(plan: Plan, customer_id: str) -> str:
    """A customer's token, signed with the key that the service was started with."""
    now_s = int(time.time())
    claims = {
        "sub": customer_id,
        "iss": plan.jwt_issuer,
        "aud": plan.jwt_audience,
        "iat": now_s,
        "exp": now_s + _LIFETIME_S,
    }
    return jwt.encode(claims, plan.jwt_key, algorithm="HS256")
