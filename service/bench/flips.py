"""Flips policies under load: whether every answer is of one generation, and when the old one is gone."""

from __future__ import annotations

import http.client
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from service.bench.flip_bank import POLICIES, FlipBank, served
from service.bench.flip_load import Seen, content_of
from service.errors import Refused

LIMIT_S = 2.0
"""When the generation before a flip has to be gone, counted from the answer to the flip."""
QUIET_S = 10.0
_AFTER_S = 2 * LIMIT_S
_LEAST = 20
_SHELVES = re.compile(r"^huojia_shelves_total\{[^}]*\} (\S+)$", re.MULTILINE)

Contents = Mapping[tuple[str, str], str]
"""What stands on a customer's shelf under a policy."""


@dataclass(frozen=True, slots=True)
class FlipPlan:
    """How many flips, at how many requests a second, on how many workers; seconds without flips before and after."""

    flips: int = 200
    rate: float = 100.0
    workers: int = 2
    quiet_s: float = QUIET_S
    seed: int = 0


class Flip(NamedTuple):
    """One flip: the generation it made, its policy, when it was asked for and answered; status 200 where it was."""

    generation: int
    policy: str
    asked_ns: int
    answered_ns: int
    status: int


class _Api:
    """Calls of the service, each on a connection of its own, so that any worker takes it."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self.generation, self.name = 0, ""

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        sent = {"X-API-Key": self._key, **{name.replace("_", "-"): value for name, value in headers.items()}}
        try:
            connection.request(method, path, None if body is None else orjson.dumps(body), sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def shelves(self, customers: Sequence[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(customers), 100):
            body = {"customers": customers[start : start + 100]}
            status, answer = self.call("POST", "/v1/shelves", body, Content_Type="application/json")
            if status != 200:
                raise Refused(f"flips: POST /v1/shelves: status {status} {answer[:200].decode('utf-8', 'replace')}")
            found += orjson.loads(answer)["shelves"]
        return found

    def flip(self, version: int) -> Flip:
        """Roll back to a version; what is in force afterwards comes from the answer."""
        body, asked_ns = {"to_version": version, "reason": "flips"}, time.monotonic_ns()
        path, match = f"/v1/policies/{self.name}/rollback", f'"{self.generation}"'
        try:
            status, answer = self.call("POST", path, body, If_Match=match, Content_Type="application/json")
        except OSError:
            status, answer = 0, b""
        answered_ns = time.monotonic_ns()
        if status in {200, 201}:
            self.generation, status = orjson.loads(answer)["generation"], 200
        return Flip(self.generation, f"{self.name}@{version}", asked_ns, answered_ns, status)


def measure(bank: FlipBank, plan: FlipPlan, told: Callable[[str], None]) -> dict[str, Any]:
    """The report of flips over a bank under a server of its own; raises Refused where it cannot run."""
    load_before = os.getloadavg()[0]
    with served(bank, plan.workers) as port:
        api = _Api(port, bank.key)
        told("taking every customer's shelf under each of them")
        known, contents = _known(api, bank.customers)
        chosen = sorted({who for who, _ in contents})
        told(f"{plan.flips} flips at {plan.rate:g} requests a second")
        with _loading(bank, (port, chosen), plan.rate) as seen:
            time.sleep(plan.quiet_s)
            flips = _flipped(api, plan)
            time.sleep(_AFTER_S + plan.quiet_s)
        by_worker = _by_worker(api, plan.workers)
    policies = known | {flip.generation: flip.policy for flip in flips if flip.status == 200}
    return {
        "store": bank.store,
        "cores": os.cpu_count(),
        "load_before": round(load_before, 1),
        "customers": len(chosen),
        "shelves_by_worker": by_worker,
        **report(seen, flips, policies, contents),
    }


def report(
    seen: Sequence[Seen], flips: Sequence[Flip], policies: Mapping[int, str], contents: Contents
) -> dict[str, Any]:
    """What the answers say; `policies` are those of the generations, `contents` the shelves that may stand."""
    done = [flip for flip in flips if flip.status == 200]
    mixed = [fault for one in seen for fault in faults(one, policies, contents)]
    refused = [
        f"a flip to {flip.policy} was answered with status {flip.status}" for flip in flips if flip.status != 200
    ]
    ends, starts = zip(*(_last_old(seen, flip) for flip in done), strict=True) if done else ((), ())
    flipping, quiet = _apart(seen, flips)
    seconds = (max(one.due_ns for one in seen) - min(one.due_ns for one in seen)) / 1e9
    errors = sum(one.status != 200 for one in seen) + len(refused)
    return {
        "flips": len(done),
        "answers": len(seen),
        "shelves": sum(len(one.shelves) for one in seen),
        "errors": errors,
        "mixed": len(mixed),
        "faults": (refused + mixed)[:10],
        "rate": round((len(seen) - 1) / seconds, 1) if seconds else 0.0,
        "last_old_end_ms": quantiles(ends),
        "last_old_start_ms": quantiles(starts),
        "late": sum(end > LIMIT_S * 1e3 for end in ends),
        "flip_ms": quantiles([(flip.answered_ns - flip.asked_ns) / 1e6 for flip in done]),
        "latency_ms": {"flipping": quantiles(_latencies(flipping)), "quiet": quantiles(_latencies(quiet))},
        "passed": not errors and not mixed and all(end <= LIMIT_S * 1e3 for end in ends),
    }


def faults(one: Seen, policies: Mapping[int, str], contents: Contents) -> list[str]:
    """What shows that an answer is not of one generation, at most one fault an answer."""
    generations = {generation for _, generation, _, _ in one.shelves}
    if len(generations) > 1:
        return [f"one answer names generations {sorted(generations)}"]
    for who, generation, policy, content in one.shelves:
        if policies.get(generation) != policy:
            return [f"generation {generation} is of {policies.get(generation)}, the answer names {policy}"]
        if contents.get((who, policy)) != content:
            return [f"{who}: what stands on the shelf is not what {policy} puts there"]
    return []


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the largest; empty without values."""
    ordered = sorted(values)
    if not ordered:
        return {}
    found = {name: ordered[round(share * (len(ordered) - 1))] for name, share in (("p50", 0.5), ("p99", 0.99))}
    return {name: round(value, 1) for name, value in {**found, "max": ordered[-1]}.items()}


def _last_old(seen: Sequence[Seen], flip: Flip) -> tuple[float, float]:
    """Milliseconds from the answer of a flip to the end, and to the start, of the last answer of a generation before.

    0: none was on its way any more.
    """
    old = [one for one in seen if any(generation < flip.generation for _, generation, _, _ in one.shelves)]
    end_ns = max((one.end_ns for one in old), default=0)
    start_ns = max((one.start_ns for one in old), default=0)
    return max(0, end_ns - flip.answered_ns) / 1e6, max(0, start_ns - flip.answered_ns) / 1e6


def _apart(seen: Sequence[Seen], flips: Sequence[Flip]) -> tuple[list[Seen], list[Seen]]:
    """The answers due while policies flipped, and those before and after."""
    if not flips:
        return [], list(seen)
    first_ns, last_ns = flips[0].asked_ns, flips[-1].answered_ns
    within = [first_ns <= one.due_ns <= last_ns for one in seen]
    flipping = [one for one, is_within in zip(seen, within, strict=True) if is_within]
    return flipping, [one for one, is_within in zip(seen, within, strict=True) if not is_within]


def _latencies(seen: Sequence[Seen]) -> list[float]:
    """Milliseconds from when each request was due, so that one that had to wait shows it."""
    return [(one.end_ns - one.due_ns) / 1e6 for one in seen]


def _known(api: _Api, customers: Sequence[str]) -> tuple[dict[int, str], dict[tuple[str, str], str]]:
    """The generation in force, and the shelves of customers which the policies show differently."""
    label, api.generation = _in_force(api, customers)
    api.name = label.rpartition("@")[0]
    policies, found = {api.generation: label}, dict[tuple[str, str], str]()
    for version in POLICIES:
        flip = api.flip(version)
        if flip.status != 200:
            raise Refused(f"flips: POST /v1/policies/{api.name}/rollback: status {flip.status}")
        policies[flip.generation] = flip.policy
        shelves = _shelves_under(api, customers, flip.generation)
        found |= {(who, flip.policy): content_of(shelf) for who, shelf in zip(customers, shelves, strict=True)}
    labels = [f"{api.name}@{version}" for version in POLICIES]
    differing = {who for who in customers if len({found[who, label] for label in labels}) == len(labels)}
    if len(differing) < _LEAST:
        raise Refused(f"flips: the policies differ on {len(differing)} customers' shelves, {_LEAST} are needed")
    return policies, {key: content for key, content in found.items() if key[0] in differing}


def _in_force(api: _Api, customers: Sequence[str]) -> tuple[str, int]:
    (shelf,) = api.shelves(customers[:1])
    return shelf["versions"]["policy"], shelf["versions"]["generation"]


def _shelves_under(api: _Api, customers: Sequence[str], generation: int) -> list[dict[str, Any]]:
    """Everybody's shelves once all of them are of a generation."""
    until = time.monotonic() + 10 * LIMIT_S
    while time.monotonic() < until:
        shelves = api.shelves(customers)
        if {shelf["versions"]["generation"] for shelf in shelves} == {generation}:
            return shelves
        time.sleep(0.05)
    raise Refused(f"flips: generation {generation} is not in force after {10 * LIMIT_S:g} s")


@contextmanager
def _loading(bank: FlipBank, where: tuple[int, Sequence[str]], rate: float) -> Iterator[list[Seen]]:
    """Load from a process of its own while the block runs; the list has the answers after it."""
    port, customers = where
    target, out, seen = bank.folder / "target.json", bank.folder / "seen.json", list[Seen]()
    target.write_bytes(orjson.dumps({"port": port, "key": bank.key, "customers": customers}))
    command = [sys.executable, "-m", "service.bench.flip_load", "--target", str(target)]
    process = subprocess.Popen([*command, "--rate", str(rate), "--out", str(out)])  # noqa: S603 - our own
    try:
        yield seen
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(120)
    if code or not out.exists():
        raise Refused(f"flips: the load ended with exit code {code}")
    seen += [Seen(*one) for one in orjson.loads(out.read_bytes())]


def _flipped(api: _Api, plan: FlipPlan) -> list[Flip]:
    """Flips to the versions in turn, a third to a whole second apart, one in ten right after the one before."""
    chance, versions = random.Random(plan.seed), list(POLICIES)  # noqa: S311 - when to flip
    flips: list[Flip] = []
    for number in range(plan.flips):
        if number and chance.random() >= 0.1:
            time.sleep(chance.uniform(0.3, 1.0))
        flips.append(api.flip(versions[number % len(versions)]))
        if flips[-1].status != 200:
            break  # it may be stored all the same: what is in force is not known any more
    return flips


def _by_worker(api: _Api, workers: int) -> list[int]:
    """How many shelves each worker has served, as far as connections of one's own reach them all."""
    found: set[int] = set()
    for _ in range(60 * workers):
        told = api.call("GET", "/metrics")[1].decode()
        found.add(int(sum(float(count) for count in _SHELVES.findall(told))))
        if len(found) == workers:
            break
    return sorted(found)
