"""The public data sets that the ranker is measured on, and how: the protocols of docs/benchmarks.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from service.evaluation.request import Request

Options = tuple[tuple[str, str], ...]


class Bank(NamedTuple):
    """A simulated bank; the last day is the one before `until`."""

    customers: int
    products: int
    days: int
    until: str
    seed: int

    def command(self) -> str:
        """What makes it."""
        said = " ".join(f"--{name} {value}" for name, value in self._asdict().items())
        return f"huojia simulate FOLDER {said}"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A data set by its folder's name: what it is, where it comes from, and the options of each table.

    An option without a value is a flag. With a `bank` the folder is simulated for the benchmark.
    """

    folder: str
    what: str
    source: str
    tables: tuple[Options, ...]
    bank: Bank | None = None


EVIDENCE = ("evidence", "")


def asked(folder: Path, options: Options) -> Request:
    """What the options of a table ask of a folder; raises Refused."""
    said = dict(options)
    return Request.of(
        folder,
        since=said.get("from", ""),
        until=said.get("until", ""),
        k=int(said["k"]),
        task=said["task"],
        protocol=said.get("protocol", "window"),
        evidence="evidence" in said,
    )


def _tables(tasks: tuple[str, ...], *options: tuple[str, str]) -> tuple[Options, ...]:
    """A table a task; evidence where nothing is masked by the very histories that are cut."""
    return tuple((*options, ("task", task), *([EVIDENCE] if task == "all" else [])) for task in tasks)


BANK = Bank(customers=3_000, products=200, days=548, until="2026-06-30", seed=7)
BENCHMARKS = (
    Benchmark(
        "santander",
        "A bank's customers and its 24 products, by month: what those who bought something in April 2016 bought, from "
        "holdings and the purchases of January and March. Conditional on buyers: good for order, not for base rates.",
        "Derived from the out-of-fold predictions in ttvand/Santander-Product-Recommendation (GitHub, commit dcf26a0) "
        "for the Santander product recommendation competition on Kaggle.",
        _tables(("all", "first_time", "not_held"), ("from", "2016-04-01"), ("until", "2016-05-01"), ("k", "7")),
    ),
    Benchmark(
        "insurance",
        "Purchases at an insurer, 16 products, with the products that the customer could buy at that moment.",
        "Bruun et al., Learning Recommendations from User Actions in the Item-poor Insurance Domain, RecSys 2022, "
        "doi 10.1145/3523227.3546775; simonebbruun/cross-sessions_RS (GitHub, commit 65ce5ba).",
        (
            *_tables(("all",), ("from", "2020-07-22T14:45:00"), ("until", "2020-08-27"), ("k", "3")),
            *_tables(("all",), ("from", "2020-08-13"), ("until", "2020-08-27"), ("k", "3")),
        ),
    ),
    Benchmark(
        "tafeng",
        "A supermarket's baskets in order, without a clock, 11,997 products: not finance, but a large catalogue and a "
        "clear split of repeated and new purchases.",
        "Li et al., A Next Basket Recommendation Reality Check, TOIS 2023, doi 10.1145/3587153; "
        "liming-7/A-Next-Basket-Recommendation-Reality-Check (GitHub, commit ca1a58e).",
        _tables(("all", "repeat", "first_time"), ("protocol", "basket"), ("k", "10")),
    ),
    Benchmark(
        "simulated",
        "The simulated bank: customers with written preferences who look, buy, hold and buy again, most of them on "
        "several days of a month.",
        f"`{BANK.command()}`",
        _tables(("all",), ("from", "2026-05-01"), ("until", "2026-06-01"), ("k", "10")),
        BANK,
    ),
)
