"""Over HTTP a customer agrees to latent tags, is told all about one, deletes it, and withdraws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from service.clock import iso
from service.jobs.infer_tags import infer_tags
from service.pipeline.facts import build_facts
from service.pipeline.gather import gather_now
from service.runtime import Runtime
from shelf_rules.facts import Query
from tests.integration.commanding import Run
from tests.once import once
from tests.sample_bank import SampleBank, Service, built, serving
from tests.unit.service.jobs.latent_bank import LATENT, agreeing, answer, build_latent_bank, buy
from tests.unit.service.jobs.tag_bank import move, opened


@pytest.fixture(scope="module")
def latent_bank(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """The very small bank, a copy of this module's."""
    made = built(once(tmp_path_factory, "latent-bank", build_latent_bank))
    return made.copy(tmp_path_factory.mktemp("latent") / "bank")


@pytest.fixture(scope="module")
def written(latent_bank: SampleBank) -> SampleBank:
    """What the command works on."""
    return latent_bank


@pytest.fixture
def service(latent_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(latent_bank.copy(tmp_path_factory.mktemp("service") / "bank").settings()) as running:
        yield running


@pytest.fixture
def who(service: Service) -> str:
    """A customer who agrees over HTTP and has bought the same category four times."""
    (chosen,) = agreeing(service.runtime)
    answer(service.runtime, chosen, "latent_tags", granted=False)
    consent(service, chosen, granted=True)
    buy(service.runtime, chosen, (10, 60, 100, 130))
    return chosen


def consent(service: Service, who: str, scope: str = "latent_tags", *, granted: bool) -> None:
    path, body = f"/v1/me/consents/{scope}", {"granted": granted}
    assert service.client.put(path, json=body, headers=service.as_customer(who)).status_code == 200


def listed(service: Service, who: str, **query: str) -> dict[str, Any]:
    answered = service.client.get("/v1/me/tags", params=query, headers=service.as_customer(who))
    assert answered.status_code == 200, answered.text
    found: dict[str, Any] = answered.json()
    return found


def told(service: Service, who: str, **query: str) -> dict[str, Any] | None:
    return next((one for one in listed(service, who, **query)["tags"] if one["tag"] == LATENT), None)


def acting(runtime: Runtime, who: str) -> set[str]:
    """The tags that the customer's next shelf reads."""
    gathered = gather_now(runtime, who, Query())
    found = build_facts(gathered.asked, gathered.row, gathered.world)
    assert found.past is not None
    return {gathered.world.tags.codes[number] for number in found.past.tags["tag"].tolist()}


def test_a_customer_is_told_where_a_latent_tag_comes_from_and_on_what_it_rests(service: Service, who: str) -> None:
    assert told(service, who) is None
    infer_tags(service.runtime)
    zh, en = told(service, who), told(service, who, lang="en")
    assert zh is not None
    assert en is not None
    since = zh["inferred"]["since"]
    assert zh["inferred"] == {"purchases": 4, "of": "客户权益", "since": since}
    assert zh["origin"] == f"系统根据您{since}以来4次购买推断:客户权益"
    assert en["origin"] == f"Inferred from 4 purchases since {since}: Privileges"
    assert (zh["claim"], en["claim"]) == ("偏好客户权益", "Prefers: Privileges")
    assert en["legal_basis"] == {
        "code": "separate_consent",
        "text": "your separate consent to inferred tags",
        "legal_ref": "Personal Information Protection Law, Art. 14, 15, 24, 28-30",
    }
    assert {one["right"] for one in listed(service, who)["rights"]} == {"delete", "withdraw", "switch_off"}


def test_every_other_tag_says_who_provided_it_what_it_claims_and_on_which_basis(service: Service, who: str) -> None:
    at = iso(service.runtime.clock.now_us())
    body = {"tags": [{"tag": tag, "assigned_at": at} for tag in ("avoid.ins.annuity", "zone.fund", "attr.parent", "x")]}
    service.client.put(f"/v1/customers/{who}/tags", json=body, headers=service.as_service)
    found = {one["tag"]: one for one in listed(service, who, lang="en")["tags"]}
    bought = found["avoid.ins.annuity"]
    assert bought["origin"] == f"Provided by {bought['provider']}, recorded on {at[:10]}"
    assert (bought["claim"], bought["polarity"]) == ("Prefers other things than: Annuity", -1)
    assert bought["legal_basis"]["legal_ref"] == "Personal Information Protection Law, Art. 14, 15"
    assert (bought["state"], bought["acts"], bought["inferred"]) == ("active", True, None)
    assert [one["scope"] for one in bought["consents"]] == ["personalisation", "tags"]
    assert found["zone.fund"]["claim"] == "Prefers: Funds"
    assert found["zone.fund"]["legal_basis"] == {
        "code": "contract",
        "text": "your contract with the bank",
        "legal_ref": None,
    }
    assert found["attr.parent"]["claim"] == "Says nothing about products"
    unknown = found["x"]
    assert (unknown["origin"], unknown["state"]) == (f"Recorded by the bank on {at[:10]}", "candidate")
    assert unknown["legal_basis"] == {"code": None, "text": "not stated", "legal_ref": None}
    assert not unknown["acts"]


@pytest.mark.parametrize("source", [{}, {"source": "core"}, {"source": "inferred"}])
def test_what_this_service_infers_nobody_else_may_assign(service: Service, who: str, source: dict[str, str]) -> None:
    infer_tags(service.runtime)
    body = {"tags": [{"tag": LATENT, "assigned_at": iso(service.runtime.clock.now_us()), **source}]}
    before = told(service, who)
    answered = service.client.put(f"/v1/customers/{who}/tags", json=body, headers=service.as_service)
    assert answered.status_code == 422
    assert [(error["loc"], error["code"]) for error in answered.json()["errors"]] == [("tags[0].tag", "inferred_tag")]
    assert told(service, who) == before


def test_the_bank_takes_an_inferred_tag_away_and_it_is_not_inferred_again(service: Service, who: str) -> None:
    infer_tags(service.runtime)
    row = told(service, who)
    assert row is not None
    at = iso(service.runtime.clock.now_us())
    body = {"tags": [{"tag": LATENT, "assigned_at": row["assigned_at"], "removed_at": at, "removed_by": "bank"}]}
    answered = service.client.put(f"/v1/customers/{who}/tags", json=body, headers=service.as_service)
    assert answered.status_code == 200, answered.text
    infer_tags(service.runtime)
    assert told(service, who) is None


def test_what_another_source_has_stored_is_not_told_as_inferred(service: Service, who: str) -> None:
    infer_tags(service.runtime)
    now_us = service.runtime.clock.now_us()
    service.runtime.store.put_tags(who, [{"tag": LATENT, "assigned_us": now_us + 1, "source": "core"}])
    row = told(service, who, lang="en")
    assert row is not None
    assert (row["inferred"], row["source"]) == (None, "core")
    assert row["origin"] == f"Recorded by the bank on {iso(now_us)[:10]}"


def test_a_language_there_is_not_is_refused(service: Service, who: str) -> None:
    answered = service.client.get("/v1/me/tags?lang=fr", headers=service.as_customer(who))
    assert (answered.status_code, answered.json()["detail"]) == (422, "lang: must be one of en, zh")


def test_withdrawal_is_in_force_on_the_next_request_and_the_job_clears_up(service: Service, who: str) -> None:
    infer_tags(service.runtime)
    assert LATENT in acting(service.runtime, who)
    consent(service, who, granted=False)
    assert LATENT not in acting(service.runtime, who)
    row = told(service, who)
    assert row is not None
    assert {"scope": "latent_tags", "granted": False} in row["consents"]
    infer_tags(service.runtime)
    assert told(service, who) is None


def test_a_tag_about_medical_instalments_acts_only_while_the_customer_agrees_to_that(
    service: Service, who: str
) -> None:
    tag, at = "pref.inst.medical", iso(service.runtime.clock.now_us())
    body = {"tags": [{"tag": tag, "assigned_at": at}]}
    service.client.put(f"/v1/customers/{who}/tags", json=body, headers=service.as_service)
    for granted in (False, True, False):
        consent(service, who, "scene_medical", granted=granted)
        row = next(one for one in listed(service, who)["tags"] if one["tag"] == tag)
        assert {"scope": "scene_medical", "granted": granted} in row["consents"]
        assert (tag in acting(service.runtime, who)) == granted == row["acts"]


def test_a_deleted_latent_tag_is_not_inferred_again_for_180_days(service: Service, who: str) -> None:
    infer_tags(service.runtime)
    path = f"/v1/me/tags/{quote(LATENT)}"
    assert service.client.delete(path, headers=service.as_customer(who)).status_code == 200
    assert LATENT not in acting(service.runtime, who)
    for days, is_told in ((90.0, False), (89.9, False), (0.2, True)):
        move(service.runtime, days)
        buy(service.runtime, who, (3, 15, 40))
        infer_tags(service.runtime)
        assert (told(service, who) is not None) == is_told


def test_the_command_tells_what_it_gave_and_what_a_dry_run_would(run: Run, latent_bank: SampleBank) -> None:
    with opened(latent_bank.data_dir) as runtime:
        (chosen,) = agreeing(runtime)
        buy(runtime, chosen, (10, 60, 100, 130))
        now = iso(runtime.clock.now_us())
    at = {"data_dir": str(latent_bank.data_dir), "now": now}
    dry = run("infer-tags", "--dry-run", "--json", **at).json
    own = next(one for one in dry["changes"] if (one["customer_id"], one["tag"]) == (chosen, LATENT))
    assert dry["version"] is None
    assert (own["of"], own["change"], own["reason"], own["occasions"]) == ("pref.svc.rights", "given", "evidence", 4)
    done = run("infer-tags", **at)
    assert LATENT in done.out
    assert f"given {len(dry['changes'])}, taken back 0" in done.out
    again = run("infer-tags", **at).out
    assert "no latent tag is given or taken back" in again
    assert run("infer-tags", "--dry-run", **at).out.splitlines()[-1].startswith("dry run: nothing is stored; given 0")
