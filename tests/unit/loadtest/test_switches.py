from __future__ import annotations

from typing import Any

import pytest

from loadtest.switches import SWITCHES
from tests.unit.loadtest.shelves import card, shelf


class Bank:
    """Two workers over one customer; the second one may lag behind what the first one has stored."""

    def __init__(self, *, lags: bool) -> None:
        self._lags = lags
        self.state: dict[str, Any] = {"personal": True, "granted": True, "tags": ["saver"], "suspended": False, "no": 1}
        self._before = dict(self.state)

    def fresh(self, method: str, path: str, customer_id: str | None = None, body: Any = None) -> Any:
        if method == "GET":
            return self._answer(path, self.state)
        self._before = dict(self.state)
        told = {"personal": "enabled", "granted": "granted", "suspended": "suspended"}
        self.state |= {name: body[sent] for name, sent in told.items() if body and sent in body}
        self.state |= {"tags": []} if method == "DELETE" else {}
        self.state["no"] += 1
        return {}

    def each(self, path: str, customer_id: str | None = None) -> list[Any]:
        second = self._before if self._lags else self.state
        return [self._answer(path, self.state), self._answer(path, second)]

    @staticmethod
    def _answer(path: str, state: dict[str, Any]) -> Any:
        if path.endswith("/tags"):
            return {"tags": [{"tag": name} for name in state["tags"]]}
        if "/consents/" in path:
            return {"granted": state["granted"]}
        shown = [] if state["suspended"] else [card("p1")]
        found = shelf(*shown) if state["personal"] else shelf(mode="nonpersonal")
        categories = {"cash.mmf": {"parts": {"intent": 1.0 if state["granted"] else 0.0}}}
        return found | {"versions": {"state": state["no"]}, "explain": {"categories": categories}}


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("lags", [False, True])
def test_one_worker_that_lags_behind_fails_the_switch(name: str, *, lags: bool) -> None:
    assert SWITCHES[name](Bank(lags=lags), "c") is not lags  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("personalisation off", {"personal": False}),
        ("consent withdrawn", {"granted": False}),
        ("tag deleted", {"tags": []}),
        ("product suspended", {"suspended": True}),
    ],
)
def test_who_has_nothing_to_switch_off_is_passed_over(name: str, state: dict[str, Any]) -> None:
    bank = Bank(lags=False)
    bank.state |= state
    assert SWITCHES[name](bank, "c") is None  # type: ignore[arg-type]
