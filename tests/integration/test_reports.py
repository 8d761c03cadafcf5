"""Reports in the terminal, over HTTP and as one HTML file; all of them tell the same numbers."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from service.api import child_command, reports
from service.auth import new_key
from service.clock import iso
from service.report_page.document import SHOWN, document
from service.report_page.words import LANGUAGES, Words
from service.reports._credits import Credits
from service.reports.metric import ATTRIBUTIONS, METHODS, Metric
from service.reports.run import REPORTS, Asked, Told, View, run
from shelf_rules.policy_rules import SEGMENTS
from tests.integration.commanding import Run
from tests.sample_bank import Service
from tests.unit.service.reports.histories import dice, learn_categories, made, small_bank, store_it

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDTH = 1280
OVERLAPS = """
<script>
const found = [], boxes = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
  if (!node.textContent.trim() || node.parentElement.closest('script, style')) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const box of range.getClientRects()) boxes.push([box, node.textContent.trim()]);
}
boxes.sort((one, other) => one[0].top - other[0].top);
boxes.forEach(([box, text], place) => {
  if (box.left < 0 || box.right > innerWidth + 1) found.push(['outside', text]);
  for (const [other, words] of boxes.slice(place + 1)) {
    if (other.top > box.bottom) break;
    const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
    const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
    if (wide > 1 && high > 3) found.push([text, words]);
  }
});
const told = document.createElement('pre');
told.id = 'measured';
told.textContent = JSON.stringify({found, texts: boxes.length, wide: document.documentElement.scrollWidth});
document.body.append(told);
</script>
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Every view of a small bank in which everything happens."""
    with small_bank(tmp_path_factory.mktemp("told")) as runtime:
        learn_categories(runtime.worlds.last().catalogue.categories.codes)
        chance = dice(2)
        store_it(chance, runtime, made(chance, runtime, 200))
        yield run(runtime, dict.fromkeys([*(View(name) for name in REPORTS), *SHOWN]), Asked())


def filled(told: Told) -> Told:
    """The same with tags that were measured, and a rich bank's money."""
    of = (0.5, 40.0, 0.5, 0.4, 0.6, "as_measured", "customer")
    names = ("precision", "truthfulness", "durability", "uniqueness", "quality")
    tags = [
        Metric(name, {"tag": f"pref.category.of.a.long.name.{number}"}, *of, customers=60)
        for number in range(12)
        for name in names
    ]
    weekly = [
        one._replace(group={**one.group, "week": f"2026-09-{day:02}", "state": state}, value=0.5 - day / 100)
        for one in tags
        for day, state in ((7, "candidate"), (14, "active"), (21, "active"), (28, "watch"))
    ]
    weekly += [
        Metric("tags", {"week": f"2026-09-{day:02}", "state": "active"}, 3, 12, 0.25, None, None, "none", "none")
        for day in (7, 14)
    ]
    rich = [
        one._replace(numerator=(one.numerator or 0.0) * 1e8 + 12_345_678_901.0, denominator=98_765_432_109.5)
        for one in told.views[View("money")]
    ]
    return told._replace(views={**told.views, View("tags"): tags, View("tags", "week"): weekly, View("money"): rich})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_one_well_formed_file_that_needs_nothing_else(told: Told, lang: str) -> None:
    page = document(filled(told), Words(lang, {}))
    open_tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            assert tag not in {"script", "link", "img", "iframe"}
            assert not any(name in {"src", "onload"} for name, _ in attributes)
            if tag not in {"meta", "br"}:
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    reader = Reader()
    reader.feed(page)
    reader.close()
    assert open_tags == []
    assert not re.search(r"https?://|url\(|@import", page)
    assert not re.search(r">\s*(None|nan|inf)\b", page)
    assert not re.search(r"\bc\d\d\b", page.split("</style>")[1])  # no customer
    assert page.count("<section") == len(told.views)
    assert page.count("<svg") > 20


def test_money_that_may_have_flowed_out_has_no_bar_on_a_scale_from_nothing(told: Told) -> None:
    def bars(low: float) -> int:
        one = Metric("net_new_money", {}, 900.0, 90.0, 10.0, low, 30.0, "normal_clustered", "none", customers=90)
        page = document(told._replace(views={View("money"): [one]}), Words("en", {}))
        return page.count("<svg")

    assert (bars(1.0), bars(-1.0)) == (1, 0)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_texts_overlap_in_a_browser(told: Told, lang: str, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    page = document(filled(told), Words(lang, {}))
    unfolded = page.replace("<details>", "<details open>")
    file.write_text(unfolded.replace("</body>", OVERLAPS + "</body>"), encoding="utf-8")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={WIDTH},2000"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        [str(CHROMIUM), *options, profile, "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    text = done.stdout.split('<pre id="measured">')[1].split("</pre>")[0].replace("&amp;", "&").replace("&lt;", "<")
    measured: dict[str, Any] = json.loads(text.replace("&gt;", ">"))
    assert measured["texts"] > 500
    assert measured["found"] == []
    assert measured["wide"] <= WIDTH


def test_every_name_has_its_texts_in_both_languages(told: Told) -> None:
    for lang in LANGUAGES:
        words = Words(lang, {"cash.mmf": "money market"})
        for view, metrics in told.views.items():
            assert all((words("title", view.report), words("lead", view.report)))
            for one in metrics:
                assert words("metric", one.name)
                words("says", one.name)
        assert all(words("method", name) for name in METHODS)
        assert all(words("attribution", name) for name in ATTRIBUTIONS)
        assert words.group("category", "cash.mmf") == "money market"
        assert words.group("tag", "pref.cash") == "pref.cash"
        assert words.group("rule", "fixed") == words.group("segment", "fixed") == "fixed"  # a bank's own names
        assert all(words.group("segment", one.name) != one.name or lang == "en" for one in SEGMENTS)


def test_a_page_of_days_on_which_no_rule_acted_says_so(told: Told) -> None:
    page = document(told._replace(views={View("rules"): []}), Words("en", {}))
    assert "There is nothing of these days." in page


def test_the_terminal_tells_every_report_and_writes_the_page(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = run("report", "--html", str(page), "--lang", "en")
    assert done.code == 0, done.err
    assert all(word in done.out for word in ("seen_rate", "moved_up", "funded_by_day", "last_click", "fewer than 10"))
    assert "<h1>Shelf report</h1>" in page.read_text()
    assert "not attributed yet" in done.out
    assert "Not attributed yet" in page.read_text()
    told = run("report", "funnel", "--by", "tier", "--json").json
    assert [(one["report"], one["by"]) for one in told["reports"]] == [("funnel", "tier")]
    assert {one["group"]["tier"] for one in told["reports"][0]["metrics"]} == {
        "fixed",
        "migratable",
        "transferable",
        "public",
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "report 'nothing': one of funnel, tiers"),
        (("funnel", "--by", "moon"), "--by 'moon': one of tier, slot, stage, category"),
        (("money", "--by", "tier"), "--by 'tier': this report is told in one way only"),
        (("--since", "soon"), "--since 'soon': not a date, YYYY-MM-DD, of the years 1970 to 2199"),
        (
            ("funnel", "--until", "0001-01-01"),
            "--until '0001-01-01': not a date, YYYY-MM-DD, of the years 1970 to 2199",
        ),
        (("--until", "20260101"), "--until '20260101': not a date"),
        (("--since", "2026-10-01", "--until", "2026-10-01"), "--since: must be before until"),
        (("--lang", "fr"), "--lang 'fr': one of zh, en"),
        (("--html", "."), "--html .: is a folder"),
        (("--html", "nowhere/page.html"), "--html nowhere/page.html: there is no such folder"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(run: Run, arguments: tuple[str, ...], says: str) -> None:
    done = run("report", *arguments)
    assert done.code == 1
    assert says in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_over_http_a_report_tells_what_the_terminal_tells(service: Service, told: Told) -> None:
    answer = service.client.get("/v1/reports/lifecycle", headers=service.as_service)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    own = run(service.runtime, [View("lifecycle")], Asked()).as_dict()
    (report,) = own["reports"]
    assert found["metrics"] == report["metrics"]
    assert (found["report"], found["by"], found["since"]) == ("lifecycle", "", own["since"])
    wanted = reports.ROUTES[0].answer["required"]
    assert set(found) == set(wanted)
    fields = reports.ROUTES[0].answer["properties"]["metrics"]["items"]["required"]
    assert all(set(one) == set(fields) for one in found["metrics"])
    assert set(told.as_dict()) - {"reports"} < set(found)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/reports/nothing", 404, "unknown_report"),
        ("/v1/reports/funnel?by=moon", 422, "bad_query"),
        ("/v1/reports/money?by=tier", 422, "bad_query"),
        ("/v1/reports/funnel?since=soon", 422, "bad_query"),
        ("/v1/reports/funnel?since=20260101", 422, "bad_query"),
        ("/v1/reports/funnel?until=1969-12-31", 422, "bad_query"),
        ("/v1/reports/funnel?since=2026-02-01&until=2026-02-01", 422, "bad_query"),
        ("/v1/reports/funnel?since=2199-12-31", 422, "bad_query"),
        ("/v1/reports/funnel?lang=en", 422, "bad_query"),
        ("/v1/reports/funnel?since=2026-01-01&since=2026-02-01", 422, "bad_query"),
        ("/v1/reports/funnel?by=tier&by=tier", 422, "bad_query"),
    ],
)
def test_a_wrong_question_is_answered_before_anything_is_read(
    service: Service, path: str, status: int, code: str
) -> None:
    answer = service.client.get(path, headers=service.as_service)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("until=0001-01-01", "until: not a date, YYYY-MM-DD, of the years 1970 to 2199"),
        ("until=2026-01-01&until=2026-02-01", "until: given more than once"),
        ("from=2026-01-01", "from: no such parameter; there are since, until, by"),
    ],
)
def test_a_parameter_is_refused_by_its_name_and_the_rule(service: Service, query: str, says: str) -> None:
    answer = service.client.get(f"/v1/reports/funnel?{query}", headers=service.as_service)
    assert says in answer.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_before_purchases_are_credited_the_page_says_so_and_tells_no_number_of_them(told: Told, lang: str) -> None:
    never, words = Credits(None, False), Words(lang, {})
    views = {view: never.told(metrics) for view, metrics in told.views.items()}
    page = document(told._replace(views=views, credits=never, days_after=90), words)
    assert page.count(escape(words("page", "not_attributed"))) > 10
    assert escape(words("page", "credits").split("{")[0]) not in page


def test_the_page_says_up_to_when_purchases_are_credited_and_what_is_later(told: Told) -> None:
    page = document(told._replace(credits=Credits(told.made_us, False), days_after=3), Words("en", {}))
    assert f"Credits as of {iso(told.made_us)[:19]}. More has come since, and of the days above 3 are later" in page


def test_the_scope_reports_read_is_needed_and_one_report_is_made_at_a_time(service: Service) -> None:
    runtime, path = service.runtime, "/v1/reports/tags"
    other, own = (new_key(runtime.store, [scope], runtime.clock.now_us()) for scope in ("tags:read", "reports:read"))
    assert service.client.get(path).status_code == 401
    assert service.client.get(path, headers={"X-API-Key": other}).status_code == 403
    assert service.client.get(path, headers={"X-API-Key": own}).status_code == 200
    asyncio.run(runtime.reporting.acquire())
    answer = service.client.get(path, headers={"X-API-Key": own})
    runtime.reporting.release()
    assert (answer.status_code, answer.json()["code"]) == (503, "report_running")
    assert answer.headers["Retry-After"]


def test_a_report_that_takes_too_long_is_ended_and_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_command, "LIMIT_S", 0.05)
    answer = service.client.get("/v1/reports/tags", headers=service.as_service)
    assert (answer.status_code, answer.json()["code"]) == (503, "report_too_long")
    assert not service.runtime.reporting.locked()
