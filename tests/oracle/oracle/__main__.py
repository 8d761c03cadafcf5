"""The oracle by hand: EXPORT_FOLDER DATA_DIR SHELVES.json.

The last is `{"customers": […], "shelves": […], "chances": […]}`: what a promoted ranker says of each customer by
product, null (or left out) without one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.oracle.oracle.compare import Comparison, compare, instant_of
from tests.oracle.oracle.files import Customer, newest_model, read_bank, read_model
from tests.oracle.oracle.verdict import Case


def main(folder: Path, data_dir: Path, answers: Path) -> int:
    """Compare explained shelves with the files; the number of differences, at most 1."""
    bank, model = read_bank(folder), read_model(newest_model(data_dir), data_dir / "huojia.db")
    said = json.loads(answers.read_text("utf-8"))
    found = Comparison()
    chances = said.get("chances", [None] * len(said["customers"]))
    for customer_id, shelf, own in zip(said["customers"], said["shelves"], chances, strict=True):
        customer = bank.customers.get(customer_id, Customer(customer_id))
        compare(found, Case(bank, model, customer, instant_of(shelf), chances=own), shelf)
    sys.stdout.write("\n".join([found.summary(), *found.differences, ""]))
    return min(1, len(found.differences))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python -m tests.oracle.oracle EXPORT_FOLDER DATA_DIR SHELVES.json")
    sys.exit(main(*map(Path, sys.argv[1:])))
