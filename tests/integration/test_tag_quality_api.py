"""The tag library and its quality over HTTP and in the terminal; decisions replay after tags were measured."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from service.auth import new_key
from service.jobs.measure_tags import LEVELS, measure_tags
from tests.integration.commanding import Run
from tests.sample_bank import Service

TAG, KNOWN = "pref.cash.mmf", "pref.bond.savings_e"  # the one with fewer than ten carriers, the other with more


def test_an_unmeasured_tag_says_so_and_an_unknown_one_is_404(service: Service) -> None:
    answer = service.client.get(f"/v1/tags/{TAG}/quality", headers=service.as_service)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["tag"], told["measured_at"], told["levels"], told["note"]) == (TAG, None, [], "not measured yet")
    for tag, status, code in (("nothing", 404, "unknown_tag"), ("%00", 422, "bad_path"), ("a/b", 404, "unknown_tag")):
        answer = service.client.get(f"/v1/tags/{tag}/quality", headers=service.as_service)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["/v1/tags", f"/v1/tags/{TAG}/quality"])
def test_the_scope_tags_read_is_needed(service: Service, path: str) -> None:
    runtime = service.runtime
    other = new_key(runtime.store, ["shelf:read"], runtime.clock.now_us())
    assert service.client.get(path).status_code == 401
    assert service.client.get(path, headers={"X-API-Key": other}).status_code == 403
    own = new_key(runtime.store, ["tags:read"], runtime.clock.now_us())
    assert service.client.get(path, headers={"X-API-Key": own}).status_code == 200


def test_measured_tags_are_listed_with_their_quality_and_decisions_replay(service: Service) -> None:
    runtime, who = service.runtime, service.active(1)[0]
    before = service.shelf(who)
    runtime.decisions.flush()
    measured = measure_tags(runtime, runtime.clock.now_us())
    library = service.client.get("/v1/tags", headers=service.as_service).json()
    assert library["version"] == f"t{measured.version}"
    by_tag = {tag["tag"]: tag for tag in library["tags"]}
    few, told = (
        service.client.get(f"/v1/tags/{quote(tag)}/quality", headers=service.as_service).json() for tag in (TAG, KNOWN)
    )
    assert [level["stage"] for level in told["levels"]] == list(LEVELS)
    assert told["evidence"] == ["holdout", "organic"]
    assert by_tag[KNOWN]["quality"] == told["levels"][0]["quality"]
    assert 0 < told["levels"][0]["truthfulness"] < 1
    assert by_tag[TAG]["quality"] is few["levels"][0]["quality"] is few["levels"][0]["observed"] is None
    assert few["levels"][0]["reason"] == "few_customers"
    after = service.shelf(who)
    assert after["versions"]["tags"] == library["version"]
    assert after["versions"]["state"] >= before["versions"]["state"]
    runtime.decisions.flush()
    for shelf in (before, after):
        replayed = runtime.replayer.replay(shelf["decision_id"])
        assert replayed.differences == []


def test_the_loop_runs_from_the_terminal(run: Run) -> None:
    first = run("attribute", "--json").json
    assert first["purchases"] > first["customers"] > 0
    funnel = run("report", "funnel", "--by", "tier", "--json").json["reports"][0]["metrics"]
    assert {metric["group"]["tier"] for metric in funnel} >= {"fixed", "migratable", "transferable", "public"}
    assert run("attribute", "--json").json["customers"] == 0
    dry = run("measure-tags", "--dry-run", "--json").json
    assert dry["version"] is None
    done = run("measure-tags", "--json").json
    assert done["version"] is not None
    told = run("tags", "quality", "--tag", TAG, "--json").json
    assert told["version"] == done["version"]
    assert told["tags"][0]["measured_at"] == done["measured_at"]
    table = run("tags", "quality", "--tag", TAG)
    assert all(word in table.out for word in (TAG, "cultivation", "truth", "durab", "uniq", "organic"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("measure-tags", "--as-of", "soon"), "--as-of 'soon': not an ISO 8601 time"),
        (("measure-tags", "--as-of", "2199-01-01"), "is yet to come"),
        (
            ("measure-tags", "--evidence", "gut"),
            "--evidence 'gut': a list out of organic, holdout, ipw; with --dry-run also exposed",
        ),
        (("measure-tags", "--evidence", ""), "a list out of"),
        (("tags", "quality", "--tag", "nothing"), "--tag 'nothing': no such tag"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(run: Run, arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments)
    assert done.code == 1
    assert says in done.err
    assert len(done.err.strip().splitlines()) == 1
