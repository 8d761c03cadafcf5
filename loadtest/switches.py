"""`python -m loadtest.switches`: what is switched off is off on the next request, whichever worker answers it."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtest.answers import cards_of
from loadtest.bank import Bank, CannotRun, built, copied, running
from loadtest.planning import plan_for, positive
from loadtest.workers import Workers

WORKERS = 2
TIMES = 500
CLOCKS_APART_S = 30.0
"""A grant is dated by the worker that takes it, and counts at another one when its clock says so; a refusal counts at
once. Clocks set with HUOJIA_NOW are as far apart as the starts of the workers."""
_BEHAVIOUR = "behaviour"

Shelf = Mapping[str, Any]
Switch = Callable[[Workers, str], bool | None]
"""Switches something off for a customer and asks both workers; None where the customer has nothing to switch."""


def personalisation(workers: Workers, customer_id: str) -> bool | None:
    """Personalisation off: no worker's next shelf is personal. On again: every one becomes so."""
    path = "/v1/me/personalisation"
    if workers.fresh("GET", "/v1/me/shelf", customer_id)["mode"] != "personal":
        return None
    workers.fresh("PUT", path, customer_id, {"enabled": False})
    off = workers.each("/v1/me/shelf", customer_id)
    workers.fresh("PUT", path, customer_id, {"enabled": True})
    obeyed = all(shelf["mode"] == "nonpersonal" and not cards_of(shelf) for shelf in off)
    return obeyed and _personal_again(workers, customer_id)


def _personal_again(workers: Workers, customer_id: str) -> bool:
    """Whether both workers show a personal shelf again, as soon as the slower one of their clocks says so."""
    until = time.monotonic() + CLOCKS_APART_S
    while any(shelf["mode"] != "personal" for shelf in workers.each("/v1/me/shelf", customer_id)):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def consent(workers: Workers, customer_id: str) -> bool | None:
    """Consent to behaviour withdrawn: no worker's next shelf knows what the customer looked for."""
    shelf, state = f"/v1/customers/{customer_id}/shelf?explain=true", f"/v1/me/consents/{_BEHAVIOUR}"
    if not _intent(workers.fresh("GET", shelf)):
        return None
    workers.fresh("PUT", state, customer_id, {"granted": False})
    shelves, states = workers.each(shelf), workers.each(state, customer_id)
    workers.fresh("PUT", state, customer_id, {"granted": True})
    return not any(map(_intent, shelves)) and not any(told["granted"] for told in states)


def tag(workers: Workers, customer_id: str) -> bool | None:
    """A tag deleted: neither worker lists it any more, and both decide on the row that came after the deletion."""
    tags = workers.fresh("GET", "/v1/me/tags", customer_id)["tags"]
    if not tags:
        return None
    name, before = tags[0]["tag"], _state(workers.fresh("GET", "/v1/me/shelf", customer_id))
    workers.fresh("DELETE", f"/v1/me/tags/{urllib.parse.quote(name)}", customer_id)
    shelves, lists = workers.each("/v1/me/shelf", customer_id), workers.each("/v1/me/tags", customer_id)
    gone = all(name not in {one["tag"] for one in told["tags"]} for told in lists)
    return gone and all(_state(shelf) > before for shelf in shelves)


def suspension(workers: Workers, customer_id: str) -> bool | None:
    """A product suspended: neither worker's next shelf shows it."""
    shown = cards_of(workers.fresh("GET", "/v1/me/shelf", customer_id))
    if not shown:
        return None
    product_id = shown[0]["product_id"]
    path = f"/v1/products/{product_id}/suspend"
    workers.fresh("POST", path, None, {"suspended": True})
    shelves = workers.each("/v1/me/shelf", customer_id)
    workers.fresh("POST", path, None, {"suspended": False})
    return all(product_id not in {card["product_id"] for card in cards_of(shelf)} for shelf in shelves)


SWITCHES: Mapping[str, Switch] = {
    "personalisation off": personalisation,
    "consent withdrawn": consent,
    "tag deleted": tag,
    "product suspended": suspension,
}


@dataclass(slots=True)
class Count:
    """Repetitions of one switch."""

    done: int = 0
    obeyed: int = 0


def proof(bank: Bank, url: str, times: int) -> dict[str, Any]:
    """Repeat the switches in turn; raises CannotRun where the bank has too few customers to switch anything for."""
    plan = plan_for(bank, url)
    workers = Workers(plan)
    counts = {name: Count() for name in SWITCHES}
    customers = {name: iter(plan.customers + plan.reserved) for name in SWITCHES}
    for name in itertools.islice(itertools.cycle(SWITCHES), times):
        counts[name].done += 1
        counts[name].obeyed += _next(workers, SWITCHES[name], customers[name])
    served = workers.shelves()
    workers.close()
    obeyed = sum(count.obeyed for count in counts.values())
    return {
        "passed": obeyed == times and min(served) > 0,
        "obeyed": obeyed,
        "times": times,
        "switches": {name: [count.obeyed, count.done] for name, count in counts.items()},
        "shelves_by_worker": served,
    }


def _next(workers: Workers, switch: Switch, customers: Iterator[str]) -> bool:
    """The switch for the next customer whom it fits."""
    for customer_id in customers:
        verdict = switch(workers, customer_id)
        if verdict is not None:
            return verdict
    raise CannotRun("the bank has too few customers for so many repetitions; give CUSTOMERS or fewer TIMES")


def _intent(shelf: Shelf) -> float:
    return float(sum(view["parts"]["intent"] or 0.0 for view in shelf["explain"]["categories"].values()))


def _state(shelf: Shelf) -> int:
    return int(shelf["versions"]["state"] or 0)


def main() -> None:
    """Run the proof; exit 0 passed, 1 not obeyed or refused, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.switches", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=Path("var/loadtest"), help="the bank's folder, built if empty")
    parser.add_argument("--customers", type=positive, help="customers of the bank that is built; default 2000")
    parser.add_argument("--times", type=positive, default=TIMES, help=f"repetitions; default {TIMES}")
    given = parser.parse_args()
    try:
        with copied(built(given.data_dir, given.customers)) as bank, running(bank, WORKERS) as url:
            told = proof(bank, url, given.times)
    except CannotRun as refusal:
        print(f"loadtest: {refusal}", file=sys.stderr)
        raise SystemExit(1) from None
    for name, (obeyed, done) in told["switches"].items():
        print(f"{'PASS' if obeyed == done else 'FAIL'} {obeyed}/{done} {name}, both workers asked next")
    print(f"shelves by worker: {' and '.join(map(str, told['shelves_by_worker']))}")
    print(f"{'PASS' if told['passed'] else 'FAIL'} {told['obeyed']}/{told['times']}")
    print(json.dumps(told))
    raise SystemExit(0 if told["passed"] else 1)


if __name__ == "__main__":
    main()
