"""Customers by hand: whom to try, their tokens, their shelves in the terminal."""

from __future__ import annotations

import time
from typing import Any

import orjson
from sqlalchemy import Integer, desc, func, select

from service.as_of import row_as_of
from service.auth import new_token
from service.bootstrap import runtime_of
from service.calendar import DAY_US
from service.commands.dates import instant_of
from service.commands.output import say, say_json, say_table
from service.errors import Refused
from service.ids import is_id
from service.pipeline.facts import Asked, Moment, build_facts
from service.pipeline.gather import Gathered, draw_seed, gather_now, is_held_out
from service.pipeline.render import Rendering, render
from service.pipeline.serve import envelope
from service.runtime import Runtime
from service.settings import Settings
from service.stores import tables
from service.stores._upsert import table
from shelf_rules.decide import decide
from shelf_rules.facts import Query

_EVENTS = table(tables.Events)
_ROWS = table(tables.CustomerRows)
_RECENT_US = 90 * DAY_US


def sample_ids(settings: Settings, number: int) -> list[str]:
    """Customers whose shelf is personal, the most active of the last 90 days first."""
    with runtime_of(settings) as runtime:
        found = sample(runtime, number)
    if not found:
        raise Refused(f"{settings.folder} holds nobody with a personal shelf; is it the right HUOJIA_DATA_DIR?")
    return found


def sample(runtime: Runtime, number: int) -> list[str]:
    """As `sample_ids`, over a runtime."""
    now_us, world = runtime.clock.now_us(), runtime.worlds.last()
    recent = func.sum((_EVENTS.c.occurred_us > now_us - _RECENT_US).cast(Integer))
    statement = (
        select(_ROWS.c.customer_id)
        .outerjoin(_EVENTS, _EVENTS.c.customer_id == _ROWS.c.customer_id)
        .where(_ROWS.c.personal.is_(True))
        .group_by(_ROWS.c.customer_id)
        .order_by(desc(func.coalesce(recent, 0)), _ROWS.c.customer_id)
    )
    found: list[str] = []
    with runtime.store.connect() as connection:
        for customer_id in connection.execute(statement).scalars():
            if not is_held_out(runtime, world, customer_id):
                found.append(customer_id)
            if len(found) == number:
                break
    return found


def token(settings: Settings, customer_id: str) -> None:
    """Print a customer's token."""
    if settings.production or settings.jwt_algorithm != "HS256":
        raise Refused("token: development mode with HS256 only")
    _check_id(customer_id)
    say(new_token(settings, customer_id, int(time.time())))


def _check_id(customer_id: str) -> None:
    if not is_id(customer_id):
        raise Refused("a customer id has 1 to 128 visible ASCII characters")


def show_shelf(settings: Settings, asked: tuple[str, str, str], *, explain: bool, as_json: bool) -> None:
    """A shelf in the terminal: (customer, as-of or "", language)."""
    customer_id, as_of, language = asked
    _check_id(customer_id)
    if language not in {"zh", "en"}:
        raise Refused(f"--lang {language}: zh or en")
    with runtime_of(settings) as runtime:
        gathered = _gathered(runtime, customer_id, as_of)
        facts = build_facts(gathered.asked, gathered.row, gathered.world)
        world = gathered.world
        decision = decide(facts, world.catalogue, world.policy, world.regime)
        rendering = Rendering(world, runtime.keyed, "preview", customer_id, language, explain)
        shelf = orjson.loads(render(rendering, decision, envelope(gathered, facts, decision, "preview")))
    if as_json:
        say_json(shelf)
    else:
        _print(shelf, customer_id, explain=explain)


def _gathered(runtime: Runtime, customer_id: str, as_of: str) -> Gathered:
    if not as_of:
        return gather_now(runtime, customer_id, Query())
    now_us = instant_of(as_of)
    moment = Moment(now_us, runtime.calendar.day(now_us), runtime.calendar.year(now_us))
    world = runtime.worlds.last()
    seed, held_out = draw_seed(runtime, world, customer_id, moment.today), is_held_out(runtime, world, customer_id)
    asked = Asked(customer_id, Query(), moment, seed, held_out, world.versions.suspended)
    return Gathered(asked, row_as_of(runtime, customer_id, now_us), world)


def _print(shelf: dict[str, Any], customer_id: str, *, explain: bool) -> None:
    overlay = f", {shelf['overlay']}" if shelf["overlay"] else ""
    say(f"customer {customer_id}  mode {shelf['mode']}  stage {shelf['lifecycle']}{overlay}  as of {shelf['as_of']}")
    say("versions " + "  ".join(f"{name}={value}" for name, value in shelf["versions"].items()))
    columns = ["slot", "product", "title", "category", "risk", "reason", "task"]
    columns += ["score", "propensity"] if explain else []
    for tier in shelf["tiers"]:
        rows = [_row(card, explain=explain) for zone in tier["zones"] for card in zone["cards"]]
        say_table(f"{tier['tier']} {tier['title']}", columns, sorted(rows))
    public = [_row(card, explain=explain) for zone in shelf["public"] for card in zone["cards"]]
    if public:
        say_table("public", columns, sorted(public))
    if shelf["assessment"]:
        say(f"[{shelf['assessment']['title']}] {shelf['assessment']['text']}")
    if explain:
        _print_reasons(shelf["explain"])


def _row(card: dict[str, Any], *, explain: bool) -> tuple[object, ...]:
    risk = card["risk"]["grade"] if card["risk"] else ""
    task = card["task"]["type"] if card["task"] else ""
    row = (card["slot"], card["product_id"], card["title"], card["category"], risk, card["reason"]["text"], task)
    return (*row, f"{card['score']:.4f}", f"{card['propensity']:.4f}") if explain else row


def _print_reasons(explained: dict[str, Any]) -> None:
    acted = [(rule, explained["withheld_by"].get(rule)) for rule in explained["rules"]]
    acted += [row for row in explained["withheld_by"].items() if row[0] not in explained["rules"]]
    say(f"value segments, the primary first: {', '.join(explained['segments']) or 'none'}")
    say_table("rules of the policy that acted", ("rule", "products withheld"), acted)
    rows = [
        (code, view["tier"], *(f"{view[name]:.4f}" if view[name] is not None else None for name in ("F", "M", "T")))
        for code, view in explained["categories"].items()
    ]
    say_table("categories", ("category", "tier", "F past", "M present", "T future"), rows)
    say_table("withheld", ("first failing rule", "products"), explained["withheld_counts"].items())
    by_rule = explained["withheld_rules"]
    products = [(product, code, by_rule.get(product)) for product, code in explained["withheld"].items()]
    say_table("withheld products", ("product", "rule", "rule of the policy"), products)
