"""The world in force only ever moves forward, and says how long it has been behind."""

from __future__ import annotations

from service.stores.protocols import Versions
from tests.sample_bank import Service


def test_versions_read_before_a_swap_never_bring_the_old_world_back(service: Service) -> None:
    runtime = service.runtime
    old = runtime.store.versions()
    product_id = next(iter(runtime.worlds.last().records))
    service.client.post(f"/v1/products/{product_id}/suspend", json={}, headers=service.as_service)
    newest = runtime.worlds.last()
    assert newest.versions.catalogue > old.catalogue
    assert runtime.worlds.at(old) is newest
    runtime.worlds.refresh(old)
    assert runtime.worlds.last() is newest


def test_a_version_that_cannot_be_built_shows_as_staleness(service: Service) -> None:
    worlds = service.runtime.worlds
    assert worlds.stale_s() == 0
    now = worlds.last().versions
    worlds.at(Versions(now.generation, now.catalogue + 1, now.model, now.tags, ()))
    assert worlds.stale_s() > 0
    assert service.shelf("anybody")["stale_s"] >= 0
