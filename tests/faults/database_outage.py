"""A database that hangs, comes back, crashes and starts again under load: what is served, and what is kept.

`python -m tests.faults.database_outage` prints a line per promise and one line of JSON; exit code 1 where one fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from service.auth import new_token
from service.clock import Clock, iso
from tests.faults.outage_bank import OutageBank, build, running
from tests.faults.outage_checks import FAULTS, SETTLED, Check, check_all
from tests.faults.outage_load import Call, Load, Seen, in_phase
from tests.services import PostgresServer


@dataclass(frozen=True, slots=True)
class Size:
    """How large the bank is, how many shelves a second are asked for, how many seconds each phase lasts."""

    customers: int = 2_600
    products: int = 400
    rate: float = 50.0
    fault_s: float = 10.0
    settle_s: float = 6.0


async def outage(bank: OutageBank, address: str, size: Size) -> tuple[Load, Seen]:
    """Load the service through the faults; everything that was answered."""
    limits = httpx2.Limits(max_connections=400, max_keepalive_connections=400)
    headers = {"X-API-Key": bank.key}
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=30.0, limits=limits) as client:
        load, seen = Load(client, bank.customers, Clock(bank.settings.start).now_us()), Seen()
        await _prepare(load, bank, seen)
        with in_phase(load, seen, "healthy"):
            await load.run(2.0, size.rate)
        for fault, settled in zip(FAULTS, SETTLED, strict=True):
            await _on(bank, bank.server.pause if fault == "hung" else bank.server.stop)
            with in_phase(load, seen, fault):
                await asyncio.gather(load.run(size.fault_s, size.rate), _beside(load, bank, seen, fault))
            with in_phase(load, seen, settled):
                back = _on(bank, bank.server.resume if fault == "hung" else bank.server.start)
                await asyncio.gather(load.run(size.settle_s, size.rate), back)
        await _ready(client)
        with in_phase(load, seen, "afterwards"):
            seen.again = await load.send_again()
            await load.run(1.0, size.rate)
            await _look_back(load, seen)
    return load, seen


async def _ready(client: httpx2.AsyncClient) -> None:
    """Until the service says that nothing is degraded; how soon that is belongs to the figures of speed."""
    for _ in range(600):
        answer = await client.get("/readyz")
        if answer.status_code == 200 and not answer.json()["degraded"]:
            return
        await asyncio.sleep(0.1)


async def _on(bank: OutageBank, call: Callable[[], None]) -> None:
    await asyncio.get_running_loop().run_in_executor(bank.hands, call)


async def _prepare(load: Load, bank: OutageBank, seen: Seen) -> None:
    """Four of five customers have their shelf once; then some of it changes, acknowledged before anything fails."""
    known = [customer for at, customer in enumerate(load.customers) if at % 5]
    shelves: dict[str, dict[str, Any]] = {}
    for start in range(0, len(known), 100):
        page = known[start : start + 100]
        answer = await load.call("warm", "", "POST /v1/shelves", {"customers": page})
        shelves |= zip(page, answer.body["shelves"], strict=True)
    seen.personal = {customer for customer, shelf in shelves.items() if shelf["mode"] == "personal"}
    first, *others = sorted(seen.personal)[:23]
    seen.suspended = _products(shelves[first])[0]
    with in_phase(load, seen, "prepared"):
        done = [await load.call("suspend", "", f"POST /v1/products/{seen.suspended}/suspend", {})]
        for customer in others[:3]:
            done.append(await _withdraw(load, bank, customer))
            seen.withdrawn.add(customer)
        dismissed = [(customer, _products(shelves[customer])) for customer in others[3:]]
        done.append(
            await load.send([_dismissal(load, customer, products[-1]) for customer, products in dismissed if products])
        )
    assert all(call.status in {200, 202} for call in done), [call.body for call in done]
    await asyncio.sleep(0.5)


async def _beside(load: Load, bank: OutageBank, seen: Seen, fault: str) -> None:
    """What else is asked while the database does not answer."""
    await asyncio.sleep(0.5)
    customer = sorted(seen.personal - seen.withdrawn)[-1 - FAULTS.index(fault)]
    seen.refused.add(customer)
    await _withdraw(load, bank, customer)
    for one in (customer, *sorted(seen.withdrawn)):
        await load.call("off", one, f"GET /v1/customers/{one}/shelf")
    await load.call("livez", "", "GET /livez")
    await load.call("readyz", "", "GET /readyz")
    await load.call("read", "", "GET /v1/decisions/none")


async def _look_back(load: Load, seen: Seen) -> None:
    """Take decisions of the outage again, and read what the service counted."""
    stale = [call.body["decision_id"] for call in load.of("shelf", *FAULTS) if call.status == 200]
    for decision_id in stale[:: max(1, len(stale) // 10)]:
        verdict = await load.call("replay", "", f"POST /v1/decisions/{decision_id}/replay")
        seen.replays.append(verdict.body.get("identical") is True)
    lines = (await load.client.get("/metrics")).text.splitlines()
    seen.dropped = next(float(line.split()[1]) for line in lines if line.startswith("huojia_decisions_dropped_total"))


async def _withdraw(load: Load, bank: OutageBank, customer: str) -> Call:
    token = new_token(bank.settings, customer, int(time.time()))
    return await load.call("withdraw", customer, "PUT /v1/me/personalisation", {"enabled": False}, token=token)


def _dismissal(load: Load, customer: str, product_id: str) -> dict[str, Any]:
    return {
        "event_id": f"dismiss-{customer}",
        "customer_id": customer,
        "kind": "dismiss",
        "product_id": product_id,
        "occurred_at": iso(load.now_us),
        "payload": {"reason": "not_interested"},
    }


def _products(shelf: dict[str, Any]) -> list[str]:
    return [card["product_id"] for tier in shelf["tiers"] for zone in tier["zones"] for card in zone["cards"]]


@contextmanager
def bank_of(size: Size) -> Iterator[OutageBank]:
    """A bank over a server of its own, in a folder that is removed afterwards."""
    server = PostgresServer(durable=True)
    # A server dies with the thread that started it, so this one stays until the end.
    with ThreadPoolExecutor(1) as hands, tempfile.TemporaryDirectory(prefix="huojia-outage-") as folder:
        try:
            yield build(server, hands, Path(folder), (size.customers, size.products))
        finally:
            server.close()


def measure(bank: OutageBank, size: Size) -> list[Check]:
    """Run the outage over a bank and judge it."""
    folder = bank.settings.folder
    with running(bank, folder / "service.log") as address:
        load, seen = asyncio.run(outage(bank, address, size))
    return check_all(bank, load, seen, bank.export(folder / "export"))


def main() -> int:
    """Measure at the size of the command line and print what came out."""
    given = argparse.ArgumentParser(description=__doc__)
    default = Size()
    given.add_argument("--customers", type=int, default=default.customers, help="customers of the bank")
    given.add_argument("--rate", type=float, default=default.rate, help="shelves a second")
    given.add_argument("--fault", type=float, default=default.fault_s, help="seconds that each fault lasts")
    asked = given.parse_args()
    size = Size(customers=asked.customers, rate=asked.rate, fault_s=asked.fault)
    with bank_of(size) as bank:
        checks = measure(bank, size)
    for check in checks:
        sys.stdout.write(f"{check}\n")
    figures = {check.name: {"figure": check.figure, "limit": check.limit, "passed": check.passed} for check in checks}
    sys.stdout.write(json.dumps({"customers": size.customers, "rate": size.rate, "checks": figures}) + "\n")
    return 0 if all(check.passed for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
