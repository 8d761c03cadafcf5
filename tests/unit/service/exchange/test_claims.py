"""What tags of a folder claim, and who may assign them."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.exchange.claims import Taxonomy
from service.stores.protocols import Store
from tests.factories import make_regime
from tests.unit.service.exchange.folders import T0, counted, load, rejected, write

OWN = {"tag": "latent.pref.saver", "kind": "latent", "source": "inferred", "provider": "huojia"}
OTHER = {"tag": "latent.other", "kind": "latent", "source": "inferred", "provider": "elsewhere"}


def test_definitions_that_claim_what_nobody_knows_are_loaded_with_a_warning_every_time(
    store: Store, folder: Path
) -> None:
    claims = [
        {"category": "deposit.term"},
        {"category": "travel.voucher"},  # of a product of the folder
        {"zone": "fund", "scope": "fund;cash.mmf"},
        {},
        {"category": "fund.idx"},
        {"zone": "nowhere", "scope": "fund;elsewhere"},
    ]
    empty = dict.fromkeys(("category", "zone", "scope"))
    rows = [{"tag": f"t{no}", "kind": "preference", **empty, **claim} for no, claim in enumerate(claims)]
    write(folder, "tag_definitions", rows)
    warning = "2 name no category or zone that is known: category fund.idx, scope elsewhere, zone nowhere"
    for outcome in ("inserted", "unchanged"):
        report = load(store, folder, taxonomy=Taxonomy.of(make_regime()))
        assert counted(report, "tag_definitions") == {outcome: 6}
        assert f"tag_definitions: {warning}" in list(report.notes())
        assert report.as_dict()["files"]["tag_definitions"]["warnings"] == (warning,)


@pytest.mark.parametrize(
    ("tag", "source", "outcome"),
    [
        (OWN["tag"], "inferred", "inserted"),
        (OWN["tag"], "core", "inferred_tag"),
        (OWN["tag"], None, "inferred_tag"),
        (OTHER["tag"], "core", "inserted"),
    ],
)
def test_a_file_brings_a_tag_of_this_services_own_inference_only_as_an_export_has_it(
    store: Store, folder: Path, tag: str, source: str | None, outcome: str
) -> None:
    write(folder, "tag_definitions", [OWN, OTHER])
    write(folder, "tags", [{"customer_id": "c", "tag": tag, "assigned_at": T0, "source": source}])
    report = load(store, folder, max_rejects=1)
    assert counted(report, "tags") == {outcome: 1}
    assert [row["reject_column"] for row in rejected(report, "tags")] == ["source"] * (outcome == "inferred_tag")
