"""Appends events for ever and prints the ids of those that were acknowledged; made to be killed."""

from __future__ import annotations

import sys

from service.stores.open import open_store
from tests.contract.bank import make_bank, make_event

SIZES = (1, 7, 40)


def main(url: str, start: int) -> None:
    """Append batches of several sizes to the store behind `url`, ids counting from `start`."""
    store = open_store(url, make_bank())
    number = start
    while True:
        for size in SIZES:
            events = [
                make_event(f"e{at}", days_ago=9 - at / 1e6, customer_id=f"c{at % 5}", product_no=at % 8)
                for at in range(number, number + size)
            ]
            results = store.append(events)
            done = [
                event.event_id for event, result in zip(events, results, strict=True) if result.status == "accepted"
            ]
            sys.stdout.write(" ".join(done) + "\n")
            sys.stdout.flush()
            number += size


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
