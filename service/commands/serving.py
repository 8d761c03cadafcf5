"""Running the service: the sample bank, the server itself, what the start-up prints."""

from __future__ import annotations

import dataclasses
import gc
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import uvicorn

from service.app import create_app
from service.auth import SCOPES, new_key, new_token
from service.bootstrap import build_runtime, close_runtime, runtime_of, store_of
from service.clock import iso
from service.commands.bank import read_bank, show_report, write_bank
from service.commands.customers import sample
from service.commands.output import say
from service.commands.training import in_force, say_unserved, train_now
from service.errors import Refused
from service.logs import configure_logs
from service.pipeline.serve import Wanted, serve_now
from service.runtime import Runtime
from service.settings import PREFIX, Settings
from service.threads import serve_first
from shelf_rules.facts import Query

DEMO_DAYS = 548


Size = tuple[int | None, int | None, int | None]
DEFAULTS = {"customers": 20_000, "products": 400, "seed": 7}


def demo(settings: Settings, size: Size, *, serving: bool) -> None:
    """Build the sample bank where there is none yet, then serve it; what is left out of `size` is as it was built."""
    if settings.production:
        raise Refused("demo: development mode only")
    # A port that is taken is worth knowing before the bank is built.
    bound = _bound(settings) if serving else None
    marker = settings.folder / "demo.json"
    given = {name: value for name, value in zip(DEFAULTS, size, strict=True) if value is not None}
    if marker.exists():
        built: dict[str, int] = orjson.loads(marker.read_bytes())
        if any(built[name] != value for name, value in given.items()):
            shape = ", ".join(f"{value} {name}" for name, value in built.items())
            raise Refused(f"{settings.folder} holds another sample bank ({shape}); choose another data folder")
    else:
        wanted = {**DEFAULTS, **given}
        _build(settings, (wanted["customers"], wanted["products"], wanted["seed"]))
        marker.write_bytes(orjson.dumps(wanted))
    if bound is not None:
        _run(settings, welcome, bound)


def _build(settings: Settings, size: tuple[int, int, int]) -> None:
    customers, products, seed = size
    folder = settings.folder / "bank"
    say(f"1/3 simulating a bank of {customers} customers and {products} products in {folder}")
    write_bank(settings, folder, (customers, products, DEMO_DAYS, seed), "")
    say("2/3 importing it")
    with store_of(settings) as store:
        report = read_bank(settings, store, folder, 0)
    show_report(report)
    if not report.kept:
        raise Refused(report.summary())
    say("3/3 training")
    with runtime_of(settings) as runtime:
        training = train_now(runtime, "")
    say(f"model m{in_force(training)} is in force")
    say_unserved(training.manifest)


def welcome(runtime: Runtime) -> None:
    """Print the address, a key, a token and three calls that work as they are."""
    settings = runtime.settings
    address = f"http://{settings.host}:{settings.port}"
    if runtime.last_good.in_force is not None:
        say(f"\nHuojia 货架 serves at {address}\n  the database does not answer: no key could be made")
        return
    now_us = runtime.clock.now_us()
    # In place of the one that an earlier start has printed, which nobody needs any more.
    key = new_key(runtime.store, list(SCOPES), now_us, "demo")
    found = _with_full_shelf(runtime)
    if not found:
        say(f"\nHuojia 货架 serves at {address}\n  service key    {key}\n  no customer with a personal shelf yet")
        return
    token = new_token(settings, found[0], _seconds())
    shelf = orjson.loads(serve_now(runtime, found[0], Wanted(Query())).body)
    products = [card["product_id"] for tier in shelf["tiers"] for zone in tier["zones"] for card in zone["cards"]]
    event = {
        "event_id": f"try-{now_us}",
        "kind": "dismiss",
        "product_id": products[-1] if products else "P0",
        "occurred_at": iso(now_us),
        "payload": {"reason": "not_interested"},
    }
    body = orjson.dumps({"events": [event]}).decode()
    say(f"\nHuojia 货架 serves at {address}   (documentation: {address}/docs)")
    say(f"  data folder    export HUOJIA_DATA_DIR={settings.folder.resolve()}   (for the command .venv/bin/huojia)")
    say(f"  service key    {key}")
    say(f"  customer       {found[0]}")
    say(f"  customer token {token}\n")
    say("The customer's shelf, a dismissal that shows in the next shelf, and the same shelf explained to an auditor:\n")
    say(f"curl -s -H 'Authorization: Bearer {token}' {address}/v1/me/shelf\n")
    say(
        f"curl -s -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' "
        f"-d '{body}' {address}/v1/me/events\n"
    )
    say(f"curl -s -H 'X-API-Key: {key}' '{address}/v1/customers/{found[0]}/shelf?explain=true&lang=en'\n")


def _with_full_shelf(runtime: Runtime) -> list[str]:
    """An active customer with cards in all three tiers, where there is one: something to look at."""
    active = sample(runtime, 300)
    for customer_id in active:
        decision = serve_now(runtime, customer_id, Wanted(Query())).decision
        if len({slot.tier for slot in decision.slots}) == 3:
            return [customer_id]
    return active[:1]


def _seconds() -> int:
    """The machine's time: tokens expire by it, not by the movable clock."""
    return int(time.time())


def serve_forever(settings: Settings, workers: int) -> None:
    """Run the service until it is stopped."""
    bound = _bound(settings)
    if workers == 1:
        _run(settings, lambda runtime: say(f"Huojia 货架 serves at http://{settings.host}:{settings.port}"), bound)
        return
    bound.close()
    for field in dataclasses.fields(settings):
        os.environ[PREFIX + field.name.upper()] = getattr(settings, field.name)
    configure_logs(settings.log_level)
    # A worker that cannot start is started anew for ever: what keeps it from that is said once, and here.
    close_runtime(build_runtime(settings))
    # A worker that has no processor to itself needs longer than the default of 5 s to import what it serves with, and
    # one that is taken for dead is killed and started anew for ever.
    options = {**_options(settings), "timeout_worker_healthcheck": 60}
    uvicorn.run("service.app:create_worker", factory=True, workers=workers, **options)


def _bound(settings: Settings) -> socket.socket:
    """A socket bound to the settings' address, which does not listen yet; raises Refused where that is not possible."""
    bound = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, int(settings.port)))
    except OSError as error:
        bound.close()
        raise Refused(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from None
    return bound


def _run(settings: Settings, greet: Callable[[Runtime], None], bound: socket.socket) -> None:
    configure_logs(settings.log_level)
    serve_first()
    with bound:
        app = create_app(settings)
        server = _Server(uvicorn.Config(app, **_options(settings)), lambda: greet(app.state.runtime))
        with suppress(KeyboardInterrupt):  # the interrupt that stopped it, raised again when all is closed
            server.run(sockets=[bound])


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "host": settings.host,
        "port": int(settings.port),
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": 75,
        "backlog": 512,
        "loop": "uvloop",
        "http": "httptools",
    }


class _Server(uvicorn.Server):
    """Greets once it listens."""

    def __init__(self, config: uvicorn.Config, greet: Callable[[], None]) -> None:
        super().__init__(config)
        self._greet = greet

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Start, then greet, unless starting failed."""
        await super().startup(sockets)
        if self.started:
            # What is built by now stays: walking it in every collection cost a seventh of a shelf (huojia bench).
            gc.collect()
            gc.freeze()
            self._greet()
