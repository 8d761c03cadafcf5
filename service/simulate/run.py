"""The simulated bank from its first customer to its last file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from service.simulate import exchange, truth
from service.simulate.bank import Bank, Step
from service.simulate.browsing import look_around
from service.simulate.buying import buy
from service.simulate.catalogue import stock
from service.simulate.chance import dice
from service.simulate.customer_file import write_customers
from service.simulate.exits import leave
from service.simulate.flows import cross, earn, pay_salaries
from service.simulate.interests import awaken
from service.simulate.living import live
from service.simulate.opening import open_books
from service.simulate.period import Period
from service.simulate.population import populate
from service.simulate.product_file import write_products
from service.simulate.showing import annoy, overdo, show
from service.simulate.tag_definitions import define
from service.simulate.tag_files import write_definitions, write_tags, write_truth
from service.simulate.tagging import World, assign, tag_rows

Progress = Callable[[str, int, int], None]
STAGES = ("opening", "weeks", "tags", "files")
LEAST_DAYS = 28


@dataclass(frozen=True)
class SimulationSize:
    """How large a bank, over how many days before the first midnight of `until`; the seed makes it repeatable."""

    customers: int = 20_000
    products: int = 400
    days: int = 548
    seed: int = 7

    def check(self) -> None:
        """Raises ValueError where no bank could be made."""
        if self.customers < 1 or self.products < 1 or self.seed < 0:
            raise ValueError("customers and products must be at least 1, the seed must be at least 0")
        if self.days < LEAST_DAYS:
            raise ValueError(f"days must be at least {LEAST_DAYS}")


def _silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""


def simulate(
    folder: Path,
    *,
    customers: int = SimulationSize.customers,
    products: int = SimulationSize.products,
    days: int = SimulationSize.days,
    until: dt.date,
    seed: int = SimulationSize.seed,
    progress: Progress = _silent,
) -> dict[str, int]:
    """Writes a simulated bank in the exchange format and its truth; returns the rows of each file.

    The last simulated day is the one before `until` (bank's calendar). The same arguments give the same bytes.
    `progress` is called with (stage, done, total). Raises ValueError for impossible sizes, OSError from the disk.
    """
    size = SimulationSize(customers, products, days, seed)
    size.check()
    progress("opening", 0, 1)
    bank = found(size, until)
    progress("opening", 1, 1)
    live_through(bank, progress)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    rows = _write_tags(bank, folder, progress)
    rows |= _write_files(bank, folder, progress)
    exchange.write_manifest(folder, bank.period.as_of)
    truth.write_readme(folder / "truth")
    return rows


def found(size: SimulationSize, until: dt.date) -> Bank:
    """The bank on its first simulated day."""
    period = Period.ending(until, size.days)
    people = populate(size.seed, period, size.customers, until.year)
    bank = Bank(size.seed, period, stock(size.seed, period, size.products), people, awaken(size.seed, period, people))
    bank.advance(period.start)
    open_books(bank)
    return bank


def live_through(bank: Bank, progress: Progress) -> None:
    """Week after week: money comes, spells end, money leaves, products are bought, looked at and shown."""
    rolls = {name: dice(bank.seed, name) for name in ("earn", "leave", "cross", "buy", "look", "show")}
    steps = [Step(begin, end) for begin, end in bank.period.steps()]
    for done, step in enumerate(steps):
        progress("weeks", done, len(steps))
        bank.advance(step.begin)
        earn(bank, rolls["earn"])
        closed = leave(bank, rolls["leave"], step)
        cross(bank, rolls["cross"], step)
        buy(bank, rolls["buy"], step)
        look_around(bank, rolls["look"], step)
        show(bank, rolls["show"], step)
        bank.spells.unblock(closed)
    bank.advance(bank.period.as_of)
    pay_salaries(bank)
    overdo(bank)
    annoy(bank)
    live(bank)
    progress("weeks", len(steps), len(steps))


def _write_tags(bank: Bank, folder: Path, progress: Progress) -> dict[str, int]:
    progress("tags", 0, 1)
    world = World(bank.period, bank.people, bank.interests)
    tags = define(bank.seed)
    assigned = assign(world, bank.seed, tags)
    rows, affinity = tag_rows(world, bank.seed, tags, assigned)
    written = {
        "tag_definitions": write_definitions(tags, folder),
        "tags": write_tags(tags, rows, affinity, folder),
        "truth/tags": write_truth(tags, assigned, rows, bank.people.size, folder / "truth"),
    }
    progress("tags", 1, 1)
    return written


def _write_files(bank: Bank, folder: Path, progress: Progress) -> dict[str, int]:
    writers: dict[str, Callable[[], int]] = {
        "products": lambda: write_products(bank.catalogue, bank.period, folder),
        "customers": lambda: write_customers(bank.people, bank.seed, folder),
        "consents": lambda: exchange.write_consents(bank, folder),
        "holdings": lambda: exchange.write_holdings(bank, folder),
        "cash_flows": lambda: exchange.write_cash_flows(bank, folder),
        "truth/preferences": lambda: truth.write_preferences(bank, folder / "truth"),
        "truth/products": lambda: truth.write_appeals(bank, folder / "truth"),
        "events": lambda: exchange.write_events(bank, folder),
    }
    rows = {}
    for done, (name, write) in enumerate(writers.items()):
        progress("files", done, len(writers))
        rows[name] = write()
    progress("files", len(writers), len(writers))
    return rows
