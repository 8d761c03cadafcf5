"""The calls for results, health and plan: what they ask of the command, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from starlette.testclient import TestClient

from service.api import experiment_results
from service.app import create_app
from service.auth import SCOPES, new_key
from service.bootstrap import runtime_of
from service.errors import Unavailable
from service.runtime import Runtime
from service.settings import Settings
from tests.experimenting import make_layer, make_spec, put_experiment, put_layer
from tests.unit.service.reports.histories import small_bank


class Calls:
    """A client with a key, and the commands that were run for it."""

    def __init__(self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[list[str]] = []
        self.runtime = runtime
        self.client = TestClient(create_app(runtime.settings, runtime))
        self.client.headers["X-API-Key"] = self.key(*SCOPES)
        monkeypatch.setattr(experiment_results, "printed", self._printed)

    def key(self, *scopes: str) -> str:
        key_id, secret, record = new_key("tests", scopes)
        self.runtime.store.put_key(key_id, record, 0)
        return secret

    async def _printed(self, runtime: Runtime, arguments: list[str]) -> bytes:
        assert runtime.reporting.locked()
        self.ran.append(arguments)
        return orjson.dumps({"verdict": {"word": "keep running"}})
