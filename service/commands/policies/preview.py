"""`huojia policy preview`: what a policy would change, in figures and, for a few customers, shelf beside shelf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from service.api.shelf import wanted
from service.bootstrap import runtime_of
from service.commands.dates import instant_of
from service.commands.output import say, say_json, say_table
from service.commands.policies.naming import explained, is_label, labelled, read_file
from service.errors import Refused
from service.ids import is_id
from service.policies.candidate import beside, condition_of, stored, unsaved
from service.policies.document import read_text
from service.policies.preview import PreviewAsked, preview
from service.policies.preview_document import document
from service.policies.preview_shelf import title
from service.policies.whom import NAMED_MAX, SAMPLE_MAX, Whom
from service.progress import progress_bar
from service.runtime import Runtime
from service.settings import load_settings
from service.world import World
from shelf_rules.decision import PUBLIC, TIERS
from shelf_rules.facts import Query

_USUAL, _ROWS = 200, 15
_ORDER = {tier: number for number, tier in enumerate((*TIERS, PUBLIC))}
_SIDES, _CHANGES = ("before", "after"), ("before", "after", "gained", "lost")
_TABLES: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("rules", "customers for whom a rule of the policy acts", ("rule", *_SIDES)),
    ("tiers", "cards by tier", ("tier", *_CHANGES)),
    ("moves", "cards that move to another tier", ("from", "to", "cards")),
    ("categories", "cards by category", ("category", *_CHANGES)),
    ("products", "cards by product", ("product_id", "title", *_CHANGES)),
    ("tasks", "tasks", ("task_id", *_CHANGES)),
    ("withheld", "products withheld, summed over customers", ("code", *_SIDES)),
    ("withheld_by_rule", "of them by a rule of the policy", ("rule", *_SIDES)),
    ("stages", "customers by lifecycle stage", ("stage", *_SIDES)),
    ("segments", "customers by segment", ("segment", *_SIDES)),
    ("modes", "customers by mode", ("mode", *_SIDES)),
)


def preview_command(
    what: Annotated[str, typer.Argument(metavar="FILE|VERSION", help="A policy file, or a stored version.")],
    *,
    customers: Annotated[str, typer.Option(help="These customers, ids separated by commas.")] = "",
    customers_from: Annotated[Path | None, typer.Option(help="The customers of this file, one id a line.")] = None,
    sample: Annotated[
        int, typer.Option(min=0, max=SAMPLE_MAX, help=f"So many of the bank's customers; default {_USUAL}.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws another sample.")] = 0,
    where: Annotated[
        str, typer.Option(help="Only customers of whom this condition holds, as in a rule's `when`.")
    ] = "",
    channel: Annotated[str, typer.Option(help="Where the shelf is shown.")] = "in_app",
    placement: Annotated[str, typer.Option(help="Which shelf.")] = "home",
    scene: Annotated[str, typer.Option(help="The scene of the page.")] = "",
    as_of: Annotated[str, typer.Option(help="ISO 8601 time of the shelves; default: now.")] = "",
    base: Annotated[int | None, typer.Option(min=1, help="The file differs from this version.")] = None,
    shelves: Annotated[int, typer.Option(min=0, help="So many customers' shelves are shown; not with --json.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """What a policy would change against what is in force, for some customers; nothing is written."""
    query = wanted({"channel": channel, "placement": placement} | ({"scene": scene} if scene else {})).query
    with runtime_of(load_settings()) as runtime, progress_bar() as progress:
        worlds = _worlds(runtime, what, base)
        whom = _whom((customers, customers_from), (sample, seed), where, worlds[1])
        now_us, as_of_us = runtime.clock.now_us(), instant_of(as_of) if as_of else None
        made = preview(runtime, worlds, PreviewAsked(whom, query, now_us, as_of_us), progress)
    told = document(made, named=True)
    if as_json:
        say_json(told)
    else:
        _print(told, query, worlds[0], shelves)


def _worlds(runtime: Runtime, what: str, base: int | None) -> tuple[World, World]:
    """The world in force, and the one with a stored version or a file in it; raises Refused."""
    store, world, path = runtime.store, runtime.worlds.last(), Path(what)
    if is_label(what):
        if base is not None:
            raise Refused("--base: a stored version has its base in it; it goes with a file")
        return beside(world, stored(store, *labelled(store, what)))
    read = read_file(path)
    with explained(path, read.lines):
        return beside(world, unsaved(store, read.document, base=base))


def _whom(named: tuple[str, Path | None], drawn: tuple[int, int], where: str, world: World) -> Whom:
    """The customers meant; raises Refused."""
    (ids, path), (sample, seed) = named, drawn
    if sum(map(bool, (ids, path, sample))) > 1:
        raise Refused("--customers, --customers-from, --sample: give one of them")
    customers = _ids(ids.split(",")) if ids else _ids(_lines(path)) if path is not None else ()
    condition = None
    if where:
        with explained(Path("--where"), {}):
            condition = condition_of(read_text(where).document, world.policy, world)
    return Whom(customers, 0 if customers else sample or _USUAL, seed, condition)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"--customers-from {path}: {error}") from None


def _ids(texts: Sequence[str]) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    strange = next((each for each in ids if not is_id(each)), None)
    if strange is not None:
        raise Refused(f"--customers {strange!r}: an id has 1 to 128 visible ASCII characters")
    if not 0 < len(ids) <= NAMED_MAX:
        raise Refused(f"--customers: 1 to {NAMED_MAX} ids, not {len(ids)}")
    return ids


def _print(told: Mapping[str, Any], query: Query, world: World, shelves: int) -> None:
    before, after = (told["versions"][side]["policy"] for side in _SIDES)
    page = " ".join(filter(None, (query.channel, query.placement, query.scene)))
    say(f"{before} → {after}, {page}, as of {told['as_of']}")
    for name, heading, columns in _TABLES:
        rows = told["aggregate_by_policy"][name]
        if name == "products":
            rows = [{**row, "title": title(world, row["product_id"])} for row in rows]
        _say_rows(heading, columns, [row for row in rows if _is_worth(row)])
    changed = [shelf for shelf in told["shelves"] if shelf["changed_by_policy"]]
    for shelf in changed[:shelves]:
        _say_shelves(shelf)
    redrawn = told["changed"] - told["changed_by_policy"]
    say(f"{told['customers']} customers (of {told['looked_at']} looked at), {told['changed']} shelves change")
    say(f"{told['changed_by_policy']} by what the policy does: the tables above tell of these alone")
    if redrawn > 0:
        say(f"{redrawn} more because a new version draws its exploration anew")
    say(f"took {told['took_ms'] / 1000:.1f} s; nothing was written")


def _is_worth(row: Mapping[str, Any]) -> bool:
    """Whether a row says that something changes."""
    changes = any(row.get(column) for column in ("gained", "lost", "cards"))
    return changes or row.get("before") != row.get("after")


def _say_rows(heading: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        more = f", the first {_ROWS} of {len(rows)}" if len(rows) > _ROWS else ""
        say(heading + more)
        say_table("", columns, [[row[column] for column in columns] for row in rows[:_ROWS]])


def _say_shelves(shelf: Mapping[str, Any]) -> None:
    """Both shelves of a customer, slot beside slot, with what became of each card."""
    mode, rules = (" → ".join(_distinct(shelf[name])) for name in ("mode", "rules"))
    heading = f"customer {shelf['customer_id']}, {mode}" + (f", rules: {rules}" if rules else "")
    say_table(heading, ("tier", "slot", "before", "after", "what became of it", "task"), _beside(shelf))
    lines = [f"{code} {_change(count)}" for code, count in {**shelf["withheld"], **shelf["withheld_by"]}.items()]
    if lines:
        say(f"  products withheld: {', '.join(lines)}")


def _distinct(both: Mapping[str, Any]) -> list[str]:
    texts = [side if isinstance(side, str) else ", ".join(side) or "none" for side in both.values()]
    return [] if texts == ["none", "none"] else list(dict.fromkeys(texts))


def _change(count: Mapping[str, int]) -> str:
    return f"{count['before']} → {count['after']}"


def _beside(shelf: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    before, after = ({(card["tier"], card["slot"]): card for card in shelf[side]} for side in _SIDES)
    was = {card["product_id"]: place for place, card in before.items()}
    now = {card["product_id"]: place for place, card in after.items()}
    why = {card["product_id"]: card["withheld_by"] for card in shelf["lost"]}
    for place in sorted({*before, *after}, key=lambda place: (_ORDER[place[0]], place[1])):
        old, new = before.get(place), after.get(place)
        notes = []
        if old is not None and old["product_id"] not in now:
            code = why[old["product_id"]]
            notes.append(f"− gone: {code}" if code else "− gone: others come first")
        if new is not None and was.get(new["product_id"]) != place:
            came = was.get(new["product_id"])
            notes.append("+ new" if came is None else f"↕ from {came[0]} {came[1]}")
        yield (*place, _name(old), _name(new), "; ".join(notes), new and new["task"])


def _name(card: Mapping[str, Any] | None) -> str:
    if card is None:
        return ""
    return f"{card['title']} ({card['product_id']})" + (" explored" if card["explored"] else "")
