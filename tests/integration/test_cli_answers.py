"""What the commands of `huojia` answer and leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.auth import SCOPES
from service.clock import iso
from service.commands.customers import sample
from tests.integration.commanding import Run
from tests.sample_bank import SampleBank, cards, public_cards, serving


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("attribute",), "nothing to do: no customer is known in {}"),
        (("snapshot-tiers",), "nothing to do: no customer is known in {}"),
        (("rebuild-state",), "nothing to do: no customer is known in {}"),
        (("rebuild-state", "--verify"), "nothing to do: no customer is known in {}"),
        (("measure-tags",), "no tag in {}; nothing is measured"),
        (("infer-tags",), "no tag in {}; nothing is inferred"),
        (("tags", "quality"), "no tag in {}; `huojia import FOLDER` brings them"),
        (("model", "list"), "no model in {}; `huojia train` makes the first"),
    ],
)
def test_a_command_without_anything_to_do_says_so(
    run: Run, tmp_path: Path, command: tuple[str, ...], says: str
) -> None:
    done = run(*command, data_dir=str(tmp_path))
    assert (done.code, says.format(tmp_path) in done.out) == (0, True), done.out


def test_an_empty_bank_is_exported_in_one_sentence_and_its_tags_stay_unmeasured(run: Run, tmp_path: Path) -> None:
    at = {"data_dir": str(tmp_path)}
    assert "the manifest alone" in run("export", str(tmp_path / "out"), **at).out
    assert run("measure-tags", "--json", **at).json["version"] is None
    assert run("infer-tags", "--json", **at).json["changes"] == []
    assert run("tags", "quality", "--json", **at).json == {"version": "t0", "tags": []}


def test_a_created_key_works_and_has_its_scopes(run: Run, bank: SampleBank) -> None:
    at = {"data_dir": str(bank.data_dir)}
    key = run("keys", "create", "--scope", "policies:*", "--scope", "shelf:read", "--json", **at).json
    assert key["scopes"] == ["shelf:read", *(scope for scope in SCOPES if scope.startswith("policies:"))]
    plain = run("keys", "create", "--scope", "shelf:read", **at)
    with serving(bank.settings()) as service:
        for secret in (key["key"], plain.out.strip()):
            answer = service.client.get("/v1/customers/C1/shelf", headers={"X-API-Key": secret})
            assert answer.status_code == 200


def test_a_token_opens_that_customers_shelf_and_none_is_made_in_production(run: Run, bank: SampleBank) -> None:
    at = {"data_dir": str(bank.data_dir)}
    customer_id = run("customers", "sample", "1", **at).out.strip()
    token = run("token", customer_id, **at).out.strip()
    with serving(bank.settings()) as service:
        answer = service.client.get("/v1/me/shelf", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["mode"] == "personal"
    keys = {name: name + "k" * 40 for name in ("jwt_key", "secret_key", "unit_key")}
    assert run("token", customer_id, mode="production", now="", **keys).code == 1


def test_sampled_customers_are_distinct_and_have_personal_shelves(run: Run) -> None:
    ids = run("customers", "sample", "5", "--json").json
    assert len(set(ids)) == 5
    assert run("customers", "sample", "5").out.split() == ids
    assert {run("shelf", customer_id, "--json").json["mode"] for customer_id in ids} == {"personal"}


def test_the_shelf_in_the_terminal_is_the_shelf_over_http(run: Run, bank: SampleBank) -> None:
    at = {"data_dir": str(bank.data_dir)}
    customer_id = run("customers", "sample", "1", **at).out.strip()
    shown = run("shelf", customer_id, "--json", "--lang", "en", **at).json
    with serving(bank.settings()) as service:
        served = service.shelf(customer_id, lang="en")
    for shelf in (shown, served):
        for name in ("decision_id", "as_of"):
            shelf.pop(name)
        for card in cards(shelf) + public_cards(shelf):
            card.pop("tracking")
    assert shown == served


def test_an_explained_shelf_has_scores_reasons_and_what_was_withheld(run: Run) -> None:
    customer_id = run("customers", "sample", "1").out.strip()
    explained = run("shelf", customer_id, "--explain", "--json").json
    assert all({"score", "parts", "propensity"} <= card.keys() for card in cards(explained))
    assert explained["explain"]["withheld_counts"]
    printed = run("shelf", customer_id, "--explain").out
    assert all(card["product_id"] in printed for card in cards(explained))
    assert "withheld" in printed


def test_an_earlier_shelf_does_not_know_a_later_purchase(run: Run, bank: SampleBank) -> None:
    with serving(bank.settings()) as service:
        customer_id = service.with_three_tiers()
        now_us = service.runtime.clock.now_us()
        at = {"data_dir": str(bank.data_dir), "now": iso(now_us)}
        before = run("shelf", customer_id, "--as-of", iso(now_us), "--explain", "--json", **at).json
        card = next(card for card in cards(before) if card["tier"] == "transferable")
        bought = {"event_id": "later", "customer_id": customer_id, "kind": "purchase", "amount": 5000,
                  "product_id": card["product_id"], "occurred_at": iso(now_us + 60_000_000)}  # fmt: skip
        assert service.post(bought)[0]["status"] == "accepted"
    earlier = run("shelf", customer_id, "--as-of", iso(now_us), "--explain", "--json", **at).json
    later = run("shelf", customer_id, "--as-of", iso(now_us + 61_000_000), "--explain", "--json", **at).json
    category = card["category"]
    assert earlier["explain"]["categories"] == before["explain"]["categories"]
    assert [card["product_id"] for card in cards(earlier)] == [card["product_id"] for card in cards(before)]
    assert before["explain"]["categories"][category]["T"] > 0
    assert later["explain"]["categories"][category]["T"] == 0


def test_a_logged_decision_is_shown_and_replayed(run: Run, bank: SampleBank) -> None:
    with serving(bank.settings()) as service:
        decision_id = service.shelf(sample(service.runtime, 1)[0])["decision_id"]
    at = {"data_dir": str(bank.data_dir)}
    shown = run("decision", "show", decision_id, **at).json
    assert (shown["decision_id"], shown["outcome"]["mode"]) == (decision_id, "personal")
    assert run("decision", "replay", decision_id, "--json", **at).json[0]["identical"] is True
    assert run("decision", "replay", decision_id, **at).out == f"{decision_id}  identical\n"


def test_the_settings_are_told_without_their_secrets(run: Run) -> None:
    secrets = {"jwt_key": "j" * 40, "secret_key": "s" * 40, "unit_key": "u" * 40, "colour": "red"}
    url = "postgresql://bank:hunter2@db/huojia"
    for arguments in (["check-config"], ["check-config", "--json"]):
        done = run(*arguments, database_url=url, **secrets)
        assert done.code == 0
        assert not [secret for secret in ("hunter2", "j" * 40, "s" * 40, "u" * 40) if secret in done.out + done.err]
        assert "HUOJIA_COLOUR" in done.out
    told = run("check-config", "--json", database_url=url, **secrets).json
    values = {one["variable"]: one for one in told["settings"]}
    assert values["HUOJIA_JWT_KEY"] | {"purpose": ""} == {
        "variable": "HUOJIA_JWT_KEY", "value": "(set)", "from": "environment", "purpose": "",
    }  # fmt: skip
    assert values["HUOJIA_PORT"]["from"] == "default"
    assert values["HUOJIA_DATABASE_URL"]["value"] == "postgresql://bank:***@db/huojia"
    assert told["unsafe"] == [
        "HUOJIA_JWT_ISSUER is the development issuer",
        "HUOJIA_NOW moves the clock; development mode only",
    ]


def test_an_unusable_setting_is_told_with_the_rest(run: Run) -> None:
    done = run("check-config", "--json", port="x", now="noon")
    assert done.code == 1
    assert len(done.json["faults"]) == 2
    assert "HUOJIA_PORT" in done.err


@pytest.mark.slow
def test_the_daily_jobs_run_by_hand(run: Run, bank: SampleBank, tmp_path: Path) -> None:
    at = {"data_dir": str(bank.data_dir)}
    assert run("rebuild-state", "--verify", **at).out == "0 differences\n"
    assert "published" in run("snapshot-tiers", **at).out
    assert run("rebuild-state", "--verify", **at).out == "0 differences\n"
    exported = run("export", str(tmp_path / "out"), "--json", **at).json
    assert exported["files"]["products"]
    again = run("import", str(tmp_path / "out"), "--json", **at)
    assert again.code == 0
    assert all(set(counts) for counts in again.json["files"].values())


def test_a_simulated_folder_counts_its_rows(run: Run, tmp_path: Path) -> None:
    done = run("simulate", str(tmp_path / "bank"), "--customers", "5", "--products", "60", "--days", "40", "--json")
    assert done.code == 0, done.err
    assert done.json["rows"]["customers"] == 5
