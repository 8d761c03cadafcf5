"""However a customer agrees, refuses, buys and deletes: no latent tag without consent, none while a deletion runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.calendar import DAY_US
from service.jobs.infer_tags import infer_tags
from service.runtime import Runtime
from service.stores import tables
from tests.once import once
from tests.sample_bank import built
from tests.unit.service.jobs.latent_bank import LATENT, answer, build_latent_bank, buy, made
from tests.unit.service.jobs.tag_bank import move, opened, rows

STEPS = ("agree", "refuse", "switch_on", "switch_off", "buy", "delete", "wait", "infer")
TOMBSTONE_US = 180 * DAY_US
_NUMBERS = count()


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    bank = built(once(tmp_path_factory, "latent-bank", build_latent_bank))
    with opened(bank.copy(tmp_path_factory.mktemp("consent") / "bank").data_dir) as running:
        yield running


class Life:
    """One new customer of the bank, and what has to hold of them."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.who = runtime, f"h{next(_NUMBERS)}"
        joined_us = runtime.clock.now_us() - 400 * DAY_US  # in a stage in which others buy as well
        runtime.store.put_customer({"customer_id": self.who, "joined_us": joined_us})
        self.agreed = self.on = False
        self.deleted_us: int | None = None
        self.bought = 0

    def step(self, name: str) -> None:
        """Live on; the clock always does."""
        move(self.runtime, 1.0)
        if name in {"agree", "refuse"}:
            self.agreed = name == "agree"
            answer(self.runtime, self.who, "latent_tags", granted=self.agreed)
        elif name in {"switch_on", "switch_off"}:
            self.on = name == "switch_on"
            answer(self.runtime, self.who, "personalisation", granted=self.on)
        elif name == "buy":
            buy(self.runtime, self.who, (0.1, 5, 9, 13))
            self.bought += 4
        elif name == "delete":
            now_us = self.runtime.clock.now_us()
            if self.runtime.store.remove_tag(self.who, LATENT, "customer", now_us):
                self.deleted_us = now_us
        elif name == "wait":
            move(self.runtime, 120.0)
        else:
            self.infer()

    def infer(self) -> None:
        """Run the job; what it may have left behind is what the customer's will allows."""
        before = self.kept()
        changes = made(infer_tags(self.runtime), self.who)
        after, now_us = self.kept(), self.runtime.clock.now_us()
        if not (self.agreed and self.on):
            assert after == [], "no row is left without the consents, whatever stood before"
            assert {change for _, change, _ in changes} <= {"taken_back"}
            assert not [row for row in self.rows(tables.LatentChanges) if row["truth"] is not None]
        given = [row for row in after if row not in before and row["removed_us"] is None]
        if given and self.deleted_us is not None:
            assert now_us >= self.deleted_us + TOMBSTONE_US
        assert len({row["tag_no"] for row in after if row["removed_us"] is None}) == len(
            [row for row in after if row["removed_us"] is None]
        ), "one assignment of a tag stands at most"
        assert bool(given) == ("given" in {change for _, change, _ in changes})
        assert not given or self.bought >= 2

    def end(self) -> None:
        """Be read no more: many who buy nothing else would be what is usual."""
        answer(self.runtime, self.who, "holdings", granted=False)

    def kept(self) -> list[Any]:
        """The rows of inferred tags that are no tombstones."""
        inferred = set(self.runtime.worlds.last().tags.inferred)
        own = self.rows(tables.Tags)
        return [row for row in own if row["tag_no"] in inferred and row["removed_by"] != "customer"]

    def rows(self, model: type[Any]) -> list[Any]:
        """The customer's rows of a table."""
        return list(rows(self.runtime, model, customer_id=self.who))


READY = ["switch_on", "agree", "buy", "infer"]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STEPS), min_size=2, max_size=7))
@example([*READY, "delete", "buy", "infer", "wait", "buy", "infer", "wait", "buy", "infer"])
@example([*READY, "refuse", "infer", "agree", "infer"])
@example([*READY, "switch_off", "infer"])
def test_consent_and_deletion_hold_in_any_order(runtime: Runtime, steps: list[str]) -> None:
    life = Life(runtime)
    for name in [*steps, "infer"]:
        life.step(name)
    before = life.kept(), rows(runtime, tables.LatentChanges), runtime.store.versions()
    assert infer_tags(runtime).changes == [], "a second run changes nothing"
    assert (life.kept(), rows(runtime, tables.LatentChanges), runtime.store.versions()) == before
    life.end()


def test_the_examples_do_get_a_tag(runtime: Runtime) -> None:
    life = Life(runtime)
    for name in READY:
        life.step(name)
    assert [row["removed_us"] for row in life.kept()] == [None]
    assert life.rows(tables.LatentChanges)[-1]["occasions"] == 4
