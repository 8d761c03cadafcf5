"""The bank as `simulate` left it, made again in memory, and whether the running service has imported that very bank."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from service.clock import to_us
from service.errors import Refused
from service.progress import Progress
from service.simulate.bank import Bank
from service.simulate.exchange import PRODUCT
from service.simulate.live.client import Answer, Call, Client
from service.simulate.live.plan import Plan
from service.simulate.live.shelves import customer_id
from service.simulate.period import DAY, iso
from service.simulate.run import found, live_through

LOOKED_AT = 12
"""Products and customers of which the service is asked whether it knows them."""


def greet(client: Client) -> None:
    """Ask for little: raises Refused where nobody answers, or not a service that takes the key for its catalogue."""
    told = client.tell(Call("GET", "/readyz"))
    if not isinstance(told, dict) or "products" not in told:
        raise Refused("--url: what answers there is not a service of this kind")
    answer = client.ask(Call("GET", f"/v1/products/{PRODUCT % 0}"))
    if answer.status not in {200, 404}:
        raise _refused(answer)


def bank_again(plan: Plan, progress: Progress) -> Bank:
    """The bank at the end of its simulated days, without its journal; the same arguments give the same latent state."""
    bank = found(plan.size, plan.until)
    bank.journal.keep(False)
    live_through(bank, progress)
    bank.journal.keep(True)
    bank.flows.clear()
    return bank


def meet(client: Client, bank: Bank) -> int:
    """The service's time in seconds UTC; raises Refused where it does not run this very bank at its last day."""
    told = client.tell(Call("GET", "/readyz"))
    products = len(bank.catalogue.products)
    launched = PRODUCT % products
    if client.ask(Call("GET", f"/v1/products/{launched}")).status == 200:
        raise Refused(
            f"the service knows product {launched}, which the living bank has yet to launch: either another bank "
            "(--products) or one that has lived on before; start from a newly imported bank"
        )
    if told["products"] != products:
        raise _another(f"it has {told['products']} products, the living bank {products}")
    _know_products(client, bank)
    now = _know_customers(client, bank)
    if now >= bank.period.as_of + 7 * DAY:
        raise Refused(
            f"the service's clock is at {iso(now)}, more than a week after the bank's last day "
            f"({iso(bank.period.as_of)}): start it with HUOJIA_NOW at that day"
        )
    return now


def _refused(answer: Answer) -> Refused:
    content = answer.content if isinstance(answer.content, dict) else {}
    return Refused(f"the service answers {answer.status}: {content.get('detail', 'no reason given')}")


def _another(fact: str) -> Refused:
    advice = "give the --seed, --customers, --products, --days and --until with which it was simulated"
    return Refused(f"the service runs another bank ({fact}): {advice}")


def _spread(size: int) -> list[int]:
    places: list[int] = np.unique(np.linspace(0, size - 1, LOOKED_AT).astype(np.int64)).tolist()
    return places


def _know_products(client: Client, bank: Bank) -> None:
    for place in _spread(len(bank.catalogue.products)):
        product = bank.catalogue.products[place]
        answer = client.ask(Call("GET", f"/v1/products/{PRODUCT % place}"))
        if answer.status == 404:
            raise _another(f"it does not know product {PRODUCT % place}")
        if answer.status != 200:
            raise _refused(answer)
        # Names hardly depend on the seed, the first day of sale does.
        begin = None if product.form == "demand" else product.sale_from
        mine = {"category": product.kind.code, "name": product.names[0], "sale_from": begin}
        on_sale = answer.content["sale_from"]
        told = {**answer.content, "sale_from": on_sale and _seconds(on_sale)}
        for name, value in mine.items():
            if told[name] != value:
                raise _another(f"{PRODUCT % place}: {name} {told[name]!r} instead of {value!r}")


def _know_customers(client: Client, bank: Bank) -> int:
    """Asks for shelves of customers, the last one and the one after it; returns the service's time."""
    numbers = [*_spread(bank.people.size), bank.people.size]
    body = {"customers": [customer_id(number) for number in numbers]}
    shelves: list[dict[str, Any]] = client.tell(Call("POST", "/v1/shelves", body))["shelves"]
    for number, shelf in zip(numbers, shelves, strict=True):
        known = shelf["versions"].get("state") is not None
        if known != (number < bank.people.size):
            raise _another(f"it {'knows' if known else 'does not know'} customer {customer_id(number)}")
    return _seconds(shelves[0]["as_of"])


def _seconds(text: str) -> int:
    return to_us(dt.datetime.fromisoformat(text)) // 1_000_000
