from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import jwt

from loadtest.customers import Customers, token
from loadtest.plan import Plan


def test_few_customers_come_often_and_many_seldom(plan: Plan, chance: random.Random) -> None:
    many = replace(plan, customers=[f"c{number:04}" for number in range(1_000)])
    picked = Counter(Customers(many, chance).some(20_000))
    known = {name: count for name, count in picked.items() if name in set(many.customers)}
    newest = sorted(known, key=lambda name: -known[name])
    assert newest[0] == "c0000"
    assert sum(known[name] for name in newest[:100]) > sum(known.values()) / 2
    assert len(known) > 800
    assert 0.01 < 1 - sum(known.values()) / 20_000 < 0.03  # somebody the bank has never seen


def test_a_token_says_who_calls_and_is_made_once(plan: Plan, chance: random.Random) -> None:
    customers = Customers(plan, chance)
    headers = customers.headers("c1")
    assert customers.headers("c1") is headers
    claims = jwt.decode(
        headers["Authorization"].removeprefix("Bearer "),
        plan.jwt_key,
        algorithms=["HS256"],
        issuer=plan.jwt_issuer,
        audience=plan.jwt_audience,
    )
    assert claims["sub"] == "c1"
    assert token(plan, "c2") != token(plan, "c1")
