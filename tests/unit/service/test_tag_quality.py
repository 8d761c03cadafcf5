"""What is told of a tag says since which day it is in its state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.bootstrap import store_of
from service.calendar import DAY_US
from service.clock import iso
from service.commands.tags import quality
from service.settings import Settings, load_settings
from service.stores import tables
from service.stores._upsert import insert_new, table
from service.stores.protocols import Store
from service.tag_quality import tag_qualities
from tests.factories import NOW_US

DEFINED = [
    {"tag": "lost", "kind": "preference", "category": "cash.mmf", "status": "retired"},
    {"tag": "back", "kind": "preference", "category": "cash.mmf", "status": "active"},
]
LIVES = ((0, 9, "active", "watch"), (0, 5, "watch", "retired"), (1, 9, "active", "watch"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({}, {"data_dir": str(tmp_path / "bank")})


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with store_of(settings) as opened:
        opened.put_tag_definitions(DEFINED, NOW_US)
        told = ("tag_no", "measured_us", "before", "after", "cause")
        rows = [(number, NOW_US - ago * DAY_US, *states, "precision") for number, ago, *states in LIVES]
        with opened.begin() as connection:
            insert_new(connection, table(tables.TagLives), [dict(zip(told, row, strict=True)) for row in rows])
        yield opened


def test_a_state_is_told_with_the_time_of_the_change_that_led_to_it(store: Store) -> None:
    with store.connect() as connection:
        found = {one["tag"]: one for one in tag_qualities(connection, store.versions().tags)}
    assert (found["lost"]["status"], found["lost"]["state_since"]) == ("retired", iso(NOW_US - 5 * DAY_US))
    assert (found["back"]["status"], found["back"]["state_since"]) == ("active", None), "its bank has said so since"


def test_the_table_names_the_day(settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    quality(settings, "lost", as_json=False)
    assert "given since 2026-11-17" in " ".join(capsys.readouterr().out.split())
