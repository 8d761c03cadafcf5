"""What the planner reads of past days, by hand-made events; and the commands over the same bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from service.bootstrap import runtime_of
from service.calendar import DAY_US
from service.commands import experiments_results as commands
from service.errors import Refused
from service.experiments.past import LOOKED_AT_DAYS, past, plannable
from service.experiments.planning import Wanted
from service.experiments.planning_of import Question, plan_of
from service.experiments.spec import Metric
from service.runtime import Runtime
from service.settings import Settings, load_settings
from service.stores.protocols import ConsentChange, EventRecord
from tests.experimenting import make_layer, make_spec, put_experiment, put_layer
from tests.unit.service.reports.histories import NOW, small_bank

BUYERS = Metric("buyers", "proportion", "purchases")
FUNDS = Metric("funds", "mean", "funds")
CTR = Metric("ctr", "ratio", "clicks", "impressions")
SPEC = make_spec("old_tasks", mde=0.5, primary=(BUYERS,), secondary=(FUNDS, CTR))
CUSTOMERS = 20


def _event(runtime: Runtime, who: str, kind: str, days_ago: float, **fields: object) -> EventRecord:
    at_us = runtime.clock.now_us() - int(days_ago * DAY_US)
    name = f"{kind}-{days_ago}"
    return EventRecord(name, who, kind, at_us, at_us, name.encode(), **fields)  # type: ignore[arg-type]


def _events(runtime: Runtime) -> Iterator[EventRecord]:
    """Twenty customers who see two cards a day apart; five buy in the week after it, one of them takes it back."""
    for number in range(CUSTOMERS):
        who, began = f"c{number:02}", 30.0 - number % 10
        arms = (f"old_tasks:1:{('control', 'variant')[number % 2]}",)
        yield _event(runtime, who, "impression", began, product_no=0, tier="fixed", slot=1, decision_id="d", arms=arms)
        yield _event(runtime, who, "impression", began - 1, product_no=1, tier="fixed", slot=2, decision_id="d")
        if number < 5:
            yield _event(runtime, who, "purchase", began - 2, product_no=0, amount=100_00)
            yield _event(runtime, who, "click", began - 1.5, product_no=0, tier="fixed", slot=1, decision_id="d")
    yield _event(runtime, "c04", "cancel", 22.0, refers_to="purchase-24.0")
    yield _event(runtime, "c09", "purchase", 13.5, product_no=0, amount=100_00)  # after its seven days
    yield _event(runtime, "c08", "purchase", 25.0, product_no=0, amount=100_00)  # before the first card
    yield _event(runtime, "seen_too_late", "impression", 2.0, product_no=0, tier="fixed", slot=1, decision_id="d")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A bank with an experiment and those customers."""
    folder = tmp_path_factory.mktemp("past")
    with small_bank(folder) as runtime:
        put_layer(runtime, make_layer())
        put_experiment(runtime, SPEC)
        events = list(_events(runtime))
        for who in {event.customer_id for event in events}:
            runtime.store.change_consent(ConsentChange(who, "personalisation", True, 0))
        runtime.store.append(events)
    return load_settings({}, {"data_dir": str(folder), "now": NOW, "log_level": "error"})


@pytest.fixture(scope="module")
def runtime(settings: Settings) -> Iterator[Runtime]:
    with runtime_of(settings) as opened:
        yield opened


def test_customers_count_from_their_first_card_for_as_long_as_the_window(runtime: Runtime) -> None:
    with runtime.store.connect() as connection:
        buyers = past(connection, runtime.calendar, BUYERS, runtime.clock.now_us())
        funds = past(connection, runtime.calendar, FUNDS, runtime.clock.now_us())
        ctr = past(connection, runtime.calendar, CTR, runtime.clock.now_us())
    assert buyers is not None
    assert funds is not None
    assert ctr is not None
    assert (buyers.customers, buyers.base) == (CUSTOMERS, 4 / CUSTOMERS)
    assert funds.base == 4 * 100 / CUSTOMERS
    assert ctr.base == 5 / (2 * CUSTOMERS)
    assert len(buyers.reached) == LOOKED_AT_DAYS
    assert buyers.reached[-1] == CUSTOMERS
    assert max(b - a for a, b in zip(buyers.reached, buyers.reached[1:], strict=False)) == 2


def test_nobody_in_the_past_days_is_no_past(runtime: Runtime) -> None:
    with runtime.store.connect() as connection:
        assert past(connection, runtime.calendar, BUYERS, runtime.clock.now_us() - 100 * DAY_US) is None
        with pytest.raises(ValueError, match=r"^metric: nobody saw a card"):
            plan_of(connection, runtime.calendar, SPEC, Question(), runtime.clock.now_us() - 100 * DAY_US)


def test_a_plan_names_what_it_lacks(runtime: Runtime) -> None:
    unplanned = make_spec("other", primary=(BUYERS,))
    slow = make_spec("other", mde=0.1, primary=(Metric("slow", "mean", "slow_shelves"),))
    never = make_spec("other", mde=0.1, primary=(Metric("complaints", "mean", "complaints"),))
    with runtime.store.connect() as connection:
        for spec, asked, said in (
            (unplanned, Question(), "^mde: the experiment names none"),
            (SPEC, Question(metric="none"), "^metric: one of buyers, funds, ctr"),
            (slow, Question(), "^metric: slow_shelves is not read of the past"),
            (never, Question(), "^metric: complaints was 0 of all 20"),
        ):
            with pytest.raises(ValueError, match=said):
                plan_of(connection, runtime.calendar, spec, asked, runtime.clock.now_us())


def test_only_measures_that_the_past_tells_can_be_planned() -> None:
    assert plannable("purchases")
    assert plannable("shelves")
    assert not plannable("degraded_shelves")
    assert not plannable("anything")


def test_the_commands_tell_the_verdict_first_and_write_the_page(
    settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    for _ in range(2):  # a second run writes the same
        shown, where = commands.Shown(mature_only=False, untrusted=True), commands.Page(page, "en")
        commands.results(settings, "old_tasks", shown, where, as_json=False)
        assert capfd.readouterr().out.startswith("keep running")
    assert "old_tasks" in page.read_text(encoding="utf-8")
    commands.results(settings, "old_tasks", commands.Shown(), commands.Page(), as_json=True)
    told = orjson.loads(capfd.readouterr().out)
    assert told["customers"] == {"control": 10, "variant": 10}
    commands.health(settings, "old_tasks", as_json=False)
    assert capfd.readouterr().out.startswith("trusted")


def test_the_plan_of_the_command_is_that_of_the_past(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    commands.plan(settings, "old_tasks", Question(), as_json=True)
    told = orjson.loads(capfd.readouterr().out)
    assert (told["customers"], told["base"], told["metric"], told["kind"]) == (20, 0.2, "buyers", "proportion")
    commands.plan_of_base(0.02, Wanted(0.05), sd=None, daily=None, as_json=False)
    assert "315,206 customers in each arm" in capfd.readouterr().out


def test_what_is_not_there_is_refused_in_one_line(settings: Settings, tmp_path: Path) -> None:
    shown = commands.Shown()
    with pytest.raises(Refused, match="experiment nothing: there is none"):
        commands.results(settings, "nothing", shown, commands.Page(), as_json=False)
    with pytest.raises(Refused, match="experiment nothing: there is none"):
        commands.health(settings, "nothing", as_json=False)
    with pytest.raises(Refused, match="experiment nothing: there is none"):
        commands.plan(settings, "nothing", Question(), as_json=False)
    with pytest.raises(Refused, match="--html"):
        commands.results(settings, "old_tasks", shown, commands.Page(tmp_path), as_json=False)
    with pytest.raises(Refused, match="--lang"):
        commands.results(settings, "old_tasks", shown, commands.Page(lang="fr"), as_json=False)
    with pytest.raises(Refused, match="--as-of"):
        commands.results(settings, "old_tasks", commands.Shown("yesterday"), commands.Page(), as_json=False)
    with pytest.raises(Refused, match="--power"):
        commands.plan(settings, "old_tasks", Question(power=2.0), as_json=False)
