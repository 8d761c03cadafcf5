"""The rules of a decision, policy and law together, kept by content so that any of them can be found again."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.resources
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from service.errors import Refused
from service.stores.protocols import PolicyRecord
from shelf_rules.policy import Policy
from shelf_rules.policy_load import DEFAULT, dump_policy, load_policy
from shelf_rules.regime import Regime


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """A policy and a regime, with the SHA-256 of both."""

    policy: Policy
    regime: Regime
    sha256: str


def regime_document(name: str) -> dict[str, Any]:
    """The regime file of that name as data; raises Refused when there is none."""
    source = importlib.resources.files("shelf_rules") / "regimes" / f"{name}.toml"
    if not source.is_file():
        raise Refused(f"HUOJIA_REGIME={name}: no such compliance profile")
    return tomllib.loads(source.read_text("utf-8"))


def canonical(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no spaces."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def policy_record(document: Mapping[str, Any], name: str, version: int, base: Policy = DEFAULT) -> PolicyRecord:
    """A policy version as it is stored, what the document leaves out as in `base`; raises PolicyError."""
    plain = load_policy(dump_policy(load_policy(document, base)))  # a default may say 1 where a document gives 1.0
    content = canonical({**dump_policy(plain), "name": name, "version": version})
    return PolicyRecord(name, version, content, hashlib.sha256(content).hexdigest())


def renumbered(record: PolicyRecord, version: int) -> PolicyRecord:
    """The same policy under another version number."""
    content = canonical({**orjson.loads(record.content), "version": version})
    return PolicyRecord(record.name, version, content, hashlib.sha256(content).hexdigest())


class RulesShelf:
    """Rules by content in a folder; the law of today comes from the installed regime file and the bank's hosts."""

    def __init__(self, folder: Path, regime: str, action_hosts: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        hosts = [host.strip() for host in action_hosts.split(",") if host.strip()]
        self._law = {"document": regime_document(regime), "action_hosts": hosts}

    @property
    def regime(self) -> Regime:
        """The law in force."""
        return _regime(self._law)

    def current(self, record: PolicyRecord) -> Rules:
        """The rules of an active policy under the law in force, kept for replay."""
        return self._kept(orjson.loads(record.content))

    def merged(self, base: Rules, policy: Policy) -> Rules:
        """The rules of a policy that arms made out of `base`, under its name and number, kept for replay."""
        return self._kept({**dump_policy(policy), "name": base.policy.name, "version": base.policy.version})

    def _kept(self, policy: Mapping[str, Any]) -> Rules:
        content = canonical({"policy": policy, "law": self._law})
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._folder / f"{sha256}.json"
        if not path.exists():
            # A name of our own: several processes may meet the same new rules at once.
            written = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}")
            written.write_bytes(content)
            written.replace(path)
        return _rules(content, sha256)

    def find(self, sha256: str) -> Rules:
        """The rules of a logged decision; raises Refused when they are gone or were altered."""
        path = self._folder / f"{sha256}.json"
        if not path.exists():
            raise Refused(f"rules {sha256[:12]} are not kept here")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Refused(f"rules {sha256[:12]} were altered: their checksum does not match")
        return _rules(content, sha256)


@lru_cache(maxsize=128)  # who rolls back puts in force what was read a moment ago, and so do arms with every world
def _rules(content: bytes, sha256: str) -> Rules:
    document = orjson.loads(content)
    return Rules(load_policy(document["policy"]), _regime(document["law"]), sha256)


def _regime(law: Mapping[str, Any]) -> Regime:
    return dataclasses.replace(Regime.from_mapping(law["document"]), action_hosts=tuple(law["action_hosts"]))
