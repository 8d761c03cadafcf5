"""The bank's own systems with a service key: shelves in bulk, products, why something was shown."""

from __future__ import annotations

from collections import deque

from locust import task

from loadtest.answers import cards_of, shelf_fault, shelves_fault
from loadtest.visitor import Call, Visitor

BATCH = 20


class Reporters(Visitor):
    """9 of 100: what was shown to a batch of customers is what they ask about afterwards."""

    weight = 9

    def on_start(self) -> None:
        """Begin knowing nothing."""
        super().on_start()
        self.decisions: deque[str] = deque(maxlen=100)
        self.products: deque[str] = deque(maxlen=100)

    @task(4)
    def many(self) -> None:
        """Shelves of a batch of customers."""
        customers = list(self.run_of_load.customers.some(BATCH))
        call = Call("shelves", "POST", "/v1/shelves", self.service_headers, {"customers": customers})
        answer = self.ask(call, lambda found: shelves_fault(found, len(customers)))
        for shelf in answer["shelves"] if answer else ():
            self.decisions.append(shelf["decision_id"])
            self.products.extend(card["product_id"] for card in cards_of(shelf))

    @task(3)
    def product(self) -> None:
        """One of the products shown."""
        if not self.products:
            return
        product_id = self.run_of_load.chance.choice(self.products)
        call = Call("product", "GET", f"/v1/products/{product_id}", self.service_headers)
        self.ask(call, lambda found: None if found["product_id"] == product_id else "another product")

    @task(1)
    def explain(self) -> None:
        """A shelf with its reasons."""
        path = f"/v1/customers/{self.run_of_load.customers.pick()}/shelf?explain=true"
        self.ask(Call("explain", "GET", path, self.service_headers), shelf_fault)

    @task(1)
    def again(self) -> None:
        """A logged decision, and the same one taken again: it must come out the same."""
        if not self.decisions:
            return
        decision_id = self.run_of_load.chance.choice(self.decisions)
        path = f"/v1/decisions/{decision_id}"
        self.ask(Call("decision", "GET", path, self.service_headers))
        call = Call("replay", "POST", f"{path}/replay", self.service_headers)
        self.ask(call, lambda found: None if found["identical"] else f"differs: {found['differences'][:1]}")
