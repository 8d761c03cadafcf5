"""The page of an experiment: what it shows, what it folds away, and that it needs nothing else."""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from service.clock import parse_us
from service.experiments.page.beside import Beside, evidence
from service.experiments.page.document import document
from service.experiments.page.sections import SRM_ALARM
from service.experiments.page.words import Words
from service.experiments.results.document import Results
from service.experiments.results.units import Units
from service.experiments.spec import Override
from tests.unit.service.experiments.page.example import EPOCHS, SPEC, START_US, results, units

_OVERRIDE = Override("more_explore", "C000123", "more", "lin", "a <look> at it", START_US)
_VOID = frozenset({"meta", "br", "line", "circle", "rect", "polyline", "polygon"})


class _Read(HTMLParser):
    """Notes what is open at the end, and what a file would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [name for name, _ in attrs if name in {"src", "href", "srcset"}]
        self.fetched += [tag] if tag in {"script", "link", "img", "iframe"} else []
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag


def beside(found: Units, told: Results) -> Beside:
    return Beside(evidence(found, SPEC, EPOCHS, parse_us(told.as_of) or 0), (_OVERRIDE,))


def page(found: Units, lang: str, *, untrusted: bool = False) -> str:
    told = results(found, untrusted=untrusted)
    return document(told, beside(found, told), Words(lang))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_and_fetches_nothing(lang: str) -> None:
    for made in (page(units(1_500), lang), page(units(3_000, lost=0.3), lang, untrusted=True), page(units(0), lang)):
        read = _Read()
        read.feed(made)
        assert (read.open, read.fetched) == ([], [])
        assert "http" not in made.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "url(" not in made


def test_the_verdict_stands_before_every_number() -> None:
    made = page(units(3_000), "zh")
    assert made.index("上线") < made.index("<h2>")
    assert made.index('id="curve"') < made.index('id="metrics"') < made.index('id="srm"')
    assert "more_explore" in made
    assert "&lt;exploration&gt;" in made


def test_an_untrusted_experiment_hides_its_numbers_behind_a_click_or_has_none() -> None:
    found = units(6_000, lost=0.25)
    folded = page(found, "en", untrusted=True)
    before, inside = folded.split('<details class="numbers">')
    assert "do not trust" in before
    assert 'id="srm"' in before
    assert 'id="metrics"' not in before
    assert 'id="metrics"' in inside
    assert "<details open" not in folded
    without = page(found, "en")
    assert 'id="metrics"' not in without
    assert "do not trust" in without


def test_an_experiment_nobody_saw_says_so_and_tells_no_metric() -> None:
    made = page(units(0), "en")
    assert "No exposures yet" in made
    assert 'id="metrics"' not in made
    assert 'id="funnel"' in made


def test_few_customers_have_no_interval_yet() -> None:
    made = page(units(60), "en")
    assert "too few" in made
    assert "fixed (one look)" not in made


def test_overrides_are_told_without_the_customer() -> None:
    made = page(units(300), "en")
    assert "a &lt;look&gt; at it" in made
    assert "C000123" not in made


def test_every_result_has_its_hash_and_its_time() -> None:
    found = units(300)
    told = results(found)
    made = document(told, beside(found, told), Words("en"))
    assert told.data_sha256 in made
    assert told.as_of[:19] in made


def test_the_evidence_of_a_lost_arm_rises_over_the_line_by_day() -> None:
    lost = units(6_000, lost=0.25)
    told = results(lost)
    by_day = beside(lost, told).evidence
    assert [day for day, _ in by_day] == list(range(1, 29))
    assert by_day[-1][1] > SRM_ALARM > by_day[0][1]
    assert by_day[-1][1] == pytest.approx(told.health.srm.log_bayes_factor)
    sound = units(6_000)
    assert max(value for _, value in beside(sound, results(sound)).evidence) < SRM_ALARM


def test_every_text_is_there_in_both_languages_with_the_same_gaps() -> None:
    texts = tomllib.loads((files("service.experiments.page") / "texts.toml").read_text(encoding="utf-8"))
    for kind in texts.values():
        for text in kind.values():
            assert set(text) == {"zh", "en"}
            assert set(re.findall(r"{\w*}", text["zh"])) == set(re.findall(r"{\w*}", text["en"]))
