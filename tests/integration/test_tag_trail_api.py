"""The audit trail of tags over HTTP, for auditors alone, and in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.auth import new_key
from service.jobs.infer_tags import infer_tags
from tests.integration.commanding import Run
from tests.once import once
from tests.sample_bank import SampleBank, Service, built, serving
from tests.unit.service.jobs.latent_bank import LATENT, agreeing, answer, build_latent_bank, buy
from tests.unit.service.jobs.tag_bank import opened

PATH = "/v1/tags/history"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """The very small bank, whose customers were given latent tags, one of whom has withdrawn."""
    made = built(once(tmp_path_factory, "latent-bank", build_latent_bank))
    bank = made.copy(tmp_path_factory.mktemp("trail") / "bank")
    with opened(bank.data_dir) as runtime:
        chosen = agreeing(runtime, 2)
        for who in chosen:
            buy(runtime, who, (10, 60, 100, 130))
        infer_tags(runtime)
        answer(runtime, chosen[0], "latent_tags", granted=False)
        infer_tags(runtime)
    return bank


@pytest.fixture(scope="module")
def service(written: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(written.copy(tmp_path_factory.mktemp("service") / "bank").settings()) as running:
        yield running


def ask(service: Service, **query: object) -> Any:
    answered = service.client.get(PATH, params=query, headers=service.as_service)
    assert answered.status_code == 200, answered.text
    return answered.json()


def test_only_the_scope_audit_read_opens_it(service: Service) -> None:
    store, now_us = service.runtime.store, service.runtime.clock.now_us()
    assert service.client.get(PATH).status_code == 401
    for scope, status in (("tags:read", 403), ("audit:read", 200)):
        key = new_key(store, [scope], now_us)
        assert service.client.get(PATH, headers={"X-API-Key": key}).status_code == status


def test_pages_follow_each_other_without_a_gap_or_a_double(service: Service) -> None:
    whole = ask(service, limit=1_000)
    assert whole["after"] is None
    assert len(whole["history"]) > 4
    found: list[Any] = []
    page = ask(service, limit=2)
    while found.extend(page["history"]) or page["after"]:
        assert len(page["history"]) == 2
        page = ask(service, limit=2, after=page["after"])
    assert found == whole["history"]


def test_a_withdrawal_is_told_with_the_figures_gone_and_of_others_they_stay(service: Service) -> None:
    rows = ask(service, tag=LATENT)["history"]
    (taken,) = [row for row in rows if row["change"] == "taken_back"]
    gone = ask(service, customer=taken["customer_id"])["history"]
    assert [row["reason"] for row in gone if row["tag"] == LATENT] == ["evidence", "consent"]
    assert all(value is None for row in gone for value in row["figures"].values())
    stays = next(row for row in rows if row["customer_id"] != taken["customer_id"])
    assert (stays["of_tag"], stays["name"], stays["figures"]["occasions"]) == (
        "pref.svc.rights",
        "潜在·偏好·会员权益",
        4,
    )
    assert stays["figures"]["truth"] > 0.8


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("limit=0", "limit: must be a number from 1 to 1000"),
        ("limit=1001", "limit: must be a number from 1 to 1000"),
        ("limit=ten", "limit: must be a number from 1 to 1000"),
        ("since=yesterday", "since: not a date, YYYY-MM-DD"),
        ("until=2026-02-29", "until: not a date, YYYY-MM-DD"),
        ("since=2026-03-02&until=2026-03-02", "since: must be before until"),
        ("after=7", "after: must be the `after` of an answer"),
        ("customer=%00", "customer: 1 to 128 visible ASCII characters"),
        ("tag=", "tag: 1 to 256 characters"),
        ("limit=1&limit=2", "limit: given more than once"),
        ("customer_id=C1", "customer_id: no such parameter; there are tag, customer, since, until, after, limit"),
    ],
)
def test_a_parameter_that_breaks_its_rule_is_named(service: Service, query: str, says: str) -> None:
    answered = service.client.get(f"{PATH}?{query}", headers=service.as_service)
    assert (answered.status_code, answered.json()["code"]) == (422, "bad_query")
    assert answered.json()["detail"].startswith(says)
    assert answered.json()["errors"][0]["loc"] == f"query.{says.partition(':')[0]}"


@pytest.mark.parametrize(
    ("who", "status"), [("%25E5%25AE%25A2%2520", 200), ("%25FF", 200), ("%2500", 422), ("%00", 422)]
)
def test_a_place_holds_any_text_and_none_is_an_unforeseen_error(service: Service, who: str, status: int) -> None:
    answered = service.client.get(f"{PATH}?after=5-latent-1-{who}", headers=service.as_service)
    assert answered.status_code == status


def test_an_unknown_tag_is_not_found_and_of_an_unknown_customer_nothing_is_known(service: Service) -> None:
    answered = service.client.get(f"{PATH}?tag=nothing", headers=service.as_service)
    assert (answered.status_code, answered.json()["code"]) == (404, "unknown_tag")
    assert ask(service, customer="nobody") == {"history": [], "after": None}


def test_the_command_tells_the_same(run: Run, service: Service) -> None:
    whole = ask(service, limit=1_000)["history"]
    assert run("tags", "history", "--json").json == {"history": whole}
    who, day = whole[-1]["customer_id"], whole[-1]["at"][:10]
    of = run("tags", "history", "--tag", LATENT, "--customer", who, "--since", day, "--json").json["history"]
    assert of == [row for row in whole if (row["tag"], row["customer_id"]) == (LATENT, who)]
    table = run("tags", "history", "--customer", who).out
    assert all(word in table for word in (who, "given", "evidence", "of pref.svc.rights"))
    assert run("tags", "history", "--until", "2001-01-01", "--json").json == {"history": []}
    assert run("tags", "history", "--until", "2001-01-01").out.startswith("no change of a tag in ")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--tag", "nothing"), "--tag 'nothing': no such tag"),
        (("--since", "soon"), "--since 'soon': not a date"),
        (("--since", "2026-03-02", "--until", "2026-03-02"), "--since 2026-03-02: must be before --until"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(run: Run, options: tuple[str, ...], says: str) -> None:
    done = run("tags", "history", *options)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert says in done.err
