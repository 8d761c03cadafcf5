"""Products not sold through this channel, or whose action leads outside the bank (网络营销办法 Art 16, 20)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from shelf_rules.catalogue import Bools, Catalogue
from shelf_rules.situation import Situation


def channel_host(situation: Situation) -> Bools:
    """Rows limited to other channels, and rows whose action's host is not allowed; no action at all is fine."""
    return _elsewhere(situation.catalogue, situation.facts.query.channel, situation.regime.action_hosts)


@lru_cache(maxsize=8)
def _elsewhere(catalogue: Catalogue, channel: str, allowed: tuple[str, ...]) -> Bools:
    here = catalogue.channels.get(channel)
    elsewhere: Bools = catalogue.channel_limited if here is None else catalogue.channel_limited & ~here
    abroad: Bools = _foreign(catalogue.hosts, allowed)[catalogue.host]
    closed: Bools = elsewhere | abroad
    closed.setflags(write=False)  # shared by shelves
    return closed


def _foreign(hosts: tuple[str, ...], allowed: tuple[str, ...]) -> Bools:
    """Per host whether it is not allowed; one more at the end for rows without a host, whose number is -1."""
    return np.array([not any(_matches(host, rule) for rule in allowed) for host in hosts] + [False], dtype=np.bool_)


def _matches(host: str, rule: str) -> bool:
    host, rule = host.lower(), rule.lower()
    if rule.startswith("*."):
        return host == rule[2:] or host.endswith(rule[1:])
    return host == rule
