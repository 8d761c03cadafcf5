"""Those who switch things while everybody else shops: personalisation off and on, a product suspended and back."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from locust import task

from loadtest.answers import cards_of
from loadtest.visitor import Call, Visitor


class Flippers(Visitor):
    """1 of 100: what is switched has to show on the very next shelf, under load too."""

    weight = 1
    # One product at a time: a second flipper would lift what the first one has just suspended.
    suspending: ClassVar[threading.Lock] = threading.Lock()

    def on_start(self) -> None:
        """Take a customer whom nobody else changes."""
        super().on_start()
        self.customer_id = self.run_of_load.customers.own()
        self.headers = self.run_of_load.customers.headers(self.customer_id)

    @task
    def personalisation(self) -> None:
        """Off: the next shelf is not personal. On: the next one is."""
        for enabled, mode in ((False, "nonpersonal"), (True, "personal")):
            call = Call("switch", "PUT", "/v1/me/personalisation", self.headers, {"enabled": enabled})
            if self.ask(call) is not None:
                self._after("switch", lambda shelf, mode=mode: shelf["mode"] == mode)

    @task
    def suspension(self) -> None:
        """A suspended product is gone from the next shelf."""
        with self.suspending:
            shown = cards_of(self.shelf(self.customer_id) or {"tiers": []})
            if not shown:
                return
            product_id = self.run_of_load.chance.choice(shown)["product_id"]
            for suspended in (True, False):
                path = f"/v1/products/{product_id}/suspend"
                call = Call("suspend", "POST", path, self.service_headers, {"suspended": suspended})
                if self.ask(call) is not None and suspended:
                    self._after("suspend", lambda shelf: product_id not in _products(shelf))

    def _after(self, name: str, holds: Any) -> None:  # noqa: ANN401 - a predicate of a shelf
        """The very next shelf; one that does not obey is an error of the call that switched."""
        shelf = self.shelf(self.customer_id)
        if shelf is not None and not holds(shelf):
            self.run_of_load.tally.disobey(name)


def _products(shelf: dict[str, Any]) -> set[str]:
    return {card["product_id"] for card in cards_of(shelf)}
