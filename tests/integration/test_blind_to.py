"""What a shelf may not depend on: yields, and protected attributes."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sample_bank import SampleBank, Service, load_bank, public_cards, serving
from tests.sample_bank import cards as tier_cards

SHOWN = 60
YIELD = ("yield_kind", "yield_text", "yield_as_of")
PROTECTED = ("attr_gender", "attr_marital_status")


@pytest.fixture(scope="module")
def shelves(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    return _shelves(small_bank.copy(tmp_path_factory.mktemp("blind") / "bank"))


def _changed(bank: SampleBank, folder: Path, file: str, columns: Mapping[str, pa.Array]) -> SampleBank:
    """The same bank with columns of one file replaced, imported and trained anew."""
    again = SampleBank(folder / "source", folder / "data")
    shutil.copytree(bank.source, again.source)
    table = pq.read_table(again.source / f"{file}.parquet")
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), table.schema.field(name), values)
    pq.write_table(table, again.source / f"{file}.parquet")
    return load_bank(again)


def _shelves(bank: SampleBank) -> dict[str, Any]:
    """Shelves of active customers and of a stranger, less what is new in every answer."""
    with serving(bank.settings()) as service:
        ids = [*service.active(SHOWN), "stranger"]
        return {customer_id: _lasting(service, customer_id) for customer_id in ids}


def _lasting(service: Service, customer_id: str) -> dict[str, Any]:
    shelf = service.shelf(customer_id, explain="true")
    for name in ("decision_id", "as_of"):
        shelf.pop(name)
    for card in tier_cards(shelf) + public_cards(shelf):
        card.pop("tracking")
    return shelf


def _models(bank: SampleBank) -> dict[str, bytes]:
    files = sorted(path for path in (bank.data_dir / "models").rglob("*") if path.is_file())
    return {path.relative_to(bank.data_dir).as_posix(): path.read_bytes() for path in files}


def _without_yield(shelves: Mapping[str, Any]) -> Mapping[str, Any]:
    blind = copy.deepcopy(shelves)
    for shelf in blind.values():
        for card in tier_cards(shelf) + public_cards(shelf):
            card["yield"] = None
    return blind


def test_permuted_yields_change_neither_a_byte_of_the_model_nor_a_shelf(
    small_bank: SampleBank, shelves: Mapping[str, Any], tmp_path: Path
) -> None:
    products = pq.read_table(small_bank.source / "products.parquet")
    order = pa.array(np.random.default_rng(3).permutation(products.num_rows))
    permuted = {name: products.column(name).take(order) for name in YIELD}
    assert permuted["yield_text"].to_pylist() != products.column("yield_text").to_pylist()
    again = _changed(small_bank, tmp_path, "products", permuted)
    assert _models(again) == _models(small_bank)
    after = _shelves(again)
    shown = [card["yield"] for shelf in after.values() for card in tier_cards(shelf)]
    assert shown != [card["yield"] for shelf in shelves.values() for card in tier_cards(shelf)]
    assert _without_yield(after) == _without_yield(shelves)


def test_other_protected_attributes_change_no_shelf(
    small_bank: SampleBank, shelves: Mapping[str, Any], tmp_path: Path
) -> None:
    customers = pq.read_table(small_bank.source / "customers.parquet")
    swapped = {}
    for name in PROTECTED:
        values = customers.column(name).to_pylist()
        kinds = sorted({value for value in values if value is not None})
        following = dict(zip(kinds, [*kinds[1:], kinds[0]], strict=True))
        swapped[name] = pa.array([following.get(value) for value in values], customers.schema.field(name).type)
    again = _changed(small_bank, tmp_path, "customers", swapped)
    assert _models(again) == _models(small_bank)
    assert _without_yield(_shelves(again)) == _without_yield(shelves)


def test_the_shelves_compared_are_personal_and_filled(shelves: Mapping[str, Any]) -> None:
    personal = [shelf for shelf in shelves.values() if shelf["mode"] == "personal"]
    assert len(personal) == SHOWN
    assert sum(len(tier_cards(shelf)) for shelf in personal) > 3 * SHOWN
