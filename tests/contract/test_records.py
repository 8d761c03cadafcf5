from __future__ import annotations

import pytest

from service.policies.life import PolicyLife
from service.stores.open import open_store
from service.stores.protocols import CustomerRow, DecisionRecord, KeyRecord, Store
from tests.contract.bank import PRODUCTS, allow, make_bank, make_event
from tests.contract.governed import record
from tests.factories import NOW_US, make_regime


def test_categories_are_numbered_as_the_law_lists_them(store: Store) -> None:
    numbered = store.catalogue()[2]
    assert [(number, code) for number, code, _ in numbered] == [
        (number, category.code) for number, category in enumerate(make_regime().categories)
    ]


def test_a_category_outside_the_law_comes_after_it(store: Store) -> None:
    store.put_products([{"product_id": "odd", "category": "art.modern", "zone": None}], NOW_US)
    number, code, zone = store.catalogue()[2][-1]
    assert (number, code, zone) == (len(make_regime().categories), "art.modern", "art")


def test_products_are_numbered_densely_and_keep_their_number(store: Store) -> None:
    store.put_products([{"product_id": "x", "category": "cash.mmf"}, *PRODUCTS[::-1]], NOW_US)
    numbers = {record["product_id"]: record["product_no"] for record in store.catalogue()[1]}
    assert numbers == {product["product_id"]: number for number, product in enumerate(PRODUCTS)} | {"x": 8}


def test_a_catalogue_version_can_be_read_for_ever(store: Store) -> None:
    before = store.versions().catalogue
    after = store.put_products([{**PRODUCTS[0], "name": "renamed", "regions": ["310000"]}], NOW_US + 5)
    assert store.versions().catalogue == after == before + 1
    assert store.catalogue(before)[1][0]["name"] == "Product 0"
    newest = store.catalogue()[1][0]
    assert (newest["name"], newest["regions"], newest["listed_us"]) == ("renamed", '["310000"]', NOW_US)
    with pytest.raises(LookupError):
        store.catalogue(99)


def test_the_same_products_again_make_no_version(store: Store) -> None:
    before = store.versions()
    assert store.put_products(PRODUCTS, NOW_US + 9) == before.catalogue
    assert store.versions() == before


def test_a_product_stays_in_its_category(store: Store) -> None:
    with pytest.raises(ValueError, match="p0"):
        store.put_products(
            [{"product_id": "new", "category": "gold.accum"}, {**PRODUCTS[0], "category": "fund.bond"}], 1
        )
    assert len(store.catalogue()[1]) == len(PRODUCTS)


def test_a_suspension_is_in_every_read_after_it(store: Store) -> None:
    assert store.suspend("p3", suspended=True, now_us=NOW_US)
    versions, row = store.read("nobody", personal=False)
    assert row is None
    assert versions.suspended == (3,)
    assert store.catalogue(versions.catalogue)[1][3]["status"] == "suspended"
    assert store.suspend("p3", suspended=False, now_us=NOW_US)
    assert store.read("nobody", personal=False)[0].suspended == ()
    assert not store.suspend("p99", suspended=True, now_us=NOW_US)
    suspended = store.versions().catalogue
    assert store.renew_catalogue(NOW_US) == suspended  # the tables say the same


def test_a_product_off_the_shelf_does_not_come_back_by_a_suspension(store: Store) -> None:
    store.put_products([{**PRODUCTS[0], "status": "off_shelf"}], NOW_US)
    store.suspend("p0", suspended=True, now_us=NOW_US)
    store.suspend("p0", suspended=False, now_us=NOW_US)
    assert store.catalogue()[1][0]["status"] == "off_shelf"


def test_versions_are_the_same_beside_a_row_and_alone(store: Store) -> None:
    PolicyLife(store).enact("somebody", record(1), NOW_US)
    store.promote_model("m1", "abc", NOW_US)
    store.put_tag_definitions([{"tag": "t", "kind": "habit"}], NOW_US)
    versions = store.versions()
    assert versions == store.read("c", personal=True)[0]
    assert (versions.generation, versions.model, versions.tags) == (1, 1, 1)
    assert store.model(1) == ("m1", "abc")
    assert store.model(2) is None
    assert store.models() == [(1, "m1", "abc", NOW_US)]


def decision(number: int, row: CustomerRow | None, version: int | None = None) -> DecisionRecord:
    return DecisionRecord(f"d{number}", "c", NOW_US, version if row is None else row.version, b"{}", row)


def test_a_decision_is_kept_with_the_row_it_read(store: Store) -> None:
    allow(store)
    store.append([make_event("e")])
    row = store.read("c", personal=True)[1]
    first = decision(1, row)
    store.log([first, first, decision(2, None, first.row_version), decision(3, None)])
    store.append([make_event("f", days_ago=0.5)])
    assert store.decision("d1") == first
    second = store.decision("d2")
    assert second is not None
    assert second.row == row
    assert store.decision("d3") == decision(3, None)
    assert store.decision("d4") is None


def test_a_row_read_without_its_profile_does_not_hide_the_whole_row(store: Store) -> None:
    allow(store)
    store.append([make_event("e")])
    whole, part = (store.read("c", personal=personal)[1] for personal in (True, False))
    store.log([decision(1, part)])
    store.log([decision(2, whole)])
    store.log([decision(3, part)])
    assert [found.row for found in store.decisions(9)] == [whole] * 3


def test_decisions_are_paged_by_id(store: Store) -> None:
    store.log([decision(number, None) for number in (3, 1, 2)])
    assert [found.decision_id for found in store.decisions(2)] == ["d1", "d2"]
    assert [found.decision_id for found in store.decisions(9, after="d2")] == ["d3"]


def test_a_key_is_found_with_its_scopes_and_owner(store: Store) -> None:
    record = KeyRecord("hash", ("shelf:read", "events:write"), "anna")
    store.put_key("k", record, NOW_US)
    assert store.key("k") == record
    assert store.key("none") is None


def test_what_is_stored_is_there_after_opening_again(store: Store, url: str) -> None:
    allow(store)
    store.append([make_event("e")])
    PolicyLife(store).enact("somebody", record(1), NOW_US)
    read, versions = store.read("c", personal=True), store.versions()
    store.close()
    again = open_store(url, make_bank())
    assert again.read("c", personal=True) == read
    assert again.versions() == versions
    assert [event.event_id for event in again.history("c").events] == ["e"]
    again.close()
