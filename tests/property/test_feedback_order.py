"""Credits and tag quality are those of a bank that was told everything in order, at once, and ran each job once.

What by design depends on the days of the runs is left out: weights and states of tags, and when each was measured
first.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.bootstrap import runtime_of
from service.calendar import DAY_US
from service.clock import from_us
from service.jobs.attribute import attribute
from service.jobs.measure_tags import measure_tags
from service.profiles import read_derived
from service.runtime import Runtime
from service.settings import load_settings
from service.stores import tables
from service.stores.protocols import ConsentChange, EventRecord
from tests.once import once
from tests.property.feedback_by_hand import credits_by_hand, told
from tests.property.feedback_pasts import (
    AGREED_US,
    NOW_US,
    PRODUCTS,
    TAGS,
    WHO,
    Told,
    Way,
    histories,
    moment_of,
    tell,
    way,
)
from tests.sample_bank import NOW
from tests.unit.service.jobs.tag_bank import credits_by_event, rows

EXAMPLES = settings().max_examples // 6
"""Each needs two banks on disk and some runs of the jobs: fewer than of a pure function."""
OTHERS = 60
"""Customers whose past stands before the history begins, so that there is somebody to compare with."""


def _build(folder: Path) -> None:
    """A bank whose other customers have lived for a year."""
    with _opened(folder) as runtime:
        runtime.clock.set(from_us(AGREED_US))
        store = runtime.store
        store.put_products([{"product_id": key, "category": code} for key, code in PRODUCTS.items()], AGREED_US)
        store.put_tag_definitions([_definition(tag) for tag in TAGS], AGREED_US)
        others = [f"o{number:02}" for number in range(OTHERS)]
        for customer_id in (*WHO[:2], *others):  # the last of them has never been asked
            store.change_consent(ConsentChange(customer_id, "personalisation", True, AGREED_US))
        runtime.clock.set(from_us(NOW_US))
        chance = np.random.default_rng(5)
        for customer_id in others:
            tell(store, _past_of(customer_id, chance))


def _definition(tag: str) -> Mapping[str, Any]:
    verb, _, what = tag.partition(".")
    category = PRODUCTS.get(what) if verb != "zone" else None
    polarity = -1 if verb == "avoids" else 1
    kind = "preference" if what else "habit"
    zone = what if verb == "zone" else None
    return {"tag": tag, "kind": kind, "category": category, "zone": zone, "polarity": polarity, "status": "active"}


def _past_of(customer_id: str, chance: np.random.Generator) -> list[Told]:
    """Purchases, looks and tags of a year."""
    said: list[Told] = []
    for number, ago in enumerate(np.sort(chance.integers(2, 400, chance.integers(4, 14)))[::-1].tolist()):
        kind = str(chance.choice(["purchase", "purchase", "detail", "redeem", "impression"]))
        place = {"decision_id": "d", "tier": "fixed", "slot": 1} if kind == "impression" else {}
        fields = {"product_no": int(chance.integers(len(PRODUCTS))), "amount": 500_00, **place}
        body = repr((customer_id, number)).encode()
        said.append(EventRecord(f"{number}", customer_id, kind, NOW_US - ago * DAY_US, NOW_US, body, **fields))
    for tag in chance.permutation(TAGS)[: chance.integers(0, 4)].tolist():
        assigned_us = NOW_US - int(chance.integers(30, 390)) * DAY_US
        said.append({"customer_id": customer_id, "tag": tag, "assigned_us": assigned_us, "source": "crm"})
    return said


@contextmanager
def _opened(folder: Path) -> Iterator[Runtime]:
    """A runtime over a folder, at the present instant."""
    with runtime_of(load_settings({}, {"data_dir": str(folder), "now": NOW, "log_level": "error"})) as runtime:
        runtime.clock.set(from_us(NOW_US))
        yield runtime


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once(tmp_path_factory, "feedback-bank", _build)


@contextmanager
def _copy(bank: Path) -> Iterator[Runtime]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(shutil.copytree(bank, Path(folder) / "bank"))
        with _opened(data) as runtime:
            yield runtime


class Found(NamedTuple):
    """What the loop has found of a bank."""

    credits: Mapping[tuple[str, str], Mapping[str, Any]]
    measured: Mapping[tuple[int, str], Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]]
    own: Mapping[str, Sequence[tuple[int, float]]]


def _found(runtime: Runtime) -> Found:
    """Everything that may not depend on the way in which it came."""
    measured = {
        (row["tag_no"], row["stage"]): {name: value for name, value in row.items() if name != "state"}
        for row in rows(runtime, tables.TagMeasurements, measured_us=NOW_US)
    }
    own = {row["customer_id"]: read_derived(row["derived"]).tag_quality for row in rows(runtime, tables.CustomerRows)}
    findings = rows(runtime, tables.TagFindings, measured_us=NOW_US)
    return Found(credits_by_event(runtime), measured, findings, own)


def _run(runtime: Runtime, job: str) -> None:
    at_us = NOW_US if abs(runtime.clock.now_us() - NOW_US) < DAY_US // 24 else runtime.clock.now_us()
    if job in {"credit", "both"}:
        attribute(runtime)
    if job in {"measure", "both"}:
        measure_tags(runtime, at_us)


def _lived(bank: Path, arrived: Way) -> Found:
    """Of a bank that was told in that way, its jobs run as it went on."""
    with _copy(bank) as runtime:
        for number, (clock_us, job) in enumerate(zip(arrived.clocks, arrived.jobs, strict=True)):
            runtime.clock.set(from_us(clock_us))
            tell(runtime.store, [one for batch, one in arrived.arrivals if batch == number])
            _run(runtime, job)
        return _found(runtime)


def _at_once(bank: Path, history: Sequence[Told]) -> Found:
    """Of a bank that was told everything in the order in which it happened, and then ran each job from scratch."""
    with _copy(bank) as runtime:
        tell(runtime.store, sorted(history, key=lambda one: (isinstance(one, EventRecord), moment_of(one))))
        attribute(runtime, from_scratch=True)
        measure_tags(runtime, NOW_US, from_scratch=True)
        return _found(runtime)


@settings(max_examples=EXAMPLES)
@given(histories, st.integers(0, 2**32 - 1))
def test_credits_and_tag_quality_do_not_depend_on_how_a_history_reached_the_bank(
    bank: Path, history: list[Told], arrival: int
) -> None:
    expected = _at_once(bank, history)
    assert any(row["quality"] is not None for row in expected.measured.values())
    lived = _lived(bank, way(arrival, history))
    assert lived.credits == expected.credits
    assert lived.measured == expected.measured
    assert lived.findings == expected.findings
    assert lived.own == expected.own
    of_history = {key: row for key, row in expected.credits.items() if key[0] in WHO}
    assert {key: told(row) for key, row in of_history.items()} == credits_by_hand(history)
