"""Shadows as every store keeps them."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import text

from service.errors import ApiError, Conflict, Invalid, Missing
from service.policies.life import Draft, PolicyLife
from service.policies.shadow_record import ShadowResult
from service.policies.shadow_report import shadow_report
from service.policies.shadowing import start_shadow, stop_shadow
from service.rules import policy_record
from service.stores._audit import entries
from service.stores._policies import Act
from service.stores.protocols import Store, StoreError
from tests.factories import NOW_US

MEI = Act("mei", NOW_US)


@pytest.fixture
def drafts(store: Store) -> Store:
    """A store with the version 1 in force and the drafts 2 and 3."""
    life = PolicyLife(store)
    life.enact("bootstrap", policy_record({}, "default", 1), NOW_US)
    for share in (0.1, 0.2):
        life.draft(MEI, "default", Draft({"holdout_share": share}))
    return store


def test_a_shadow_runs_from_its_start_to_its_stop(drafts: Store) -> None:
    assert drafts.shadow() is None
    begun = start_shadow(drafts, MEI, "default", 2, 0.25)
    assert drafts.shadow() == begun == drafts.shadow("default", 2)
    assert (begun.label, begun.share, begun.actor, begun.is_running) == ("default@2", 0.25, "mei", True)
    ended = stop_shadow(drafts, Act("lei", NOW_US + 5), "default", 2)
    assert drafts.shadow() is None
    assert drafts.shadow("default", 2) == ended
    assert (ended.stopped_by, ended.stopped_us, ended.is_running) == ("lei", NOW_US + 5, False)
    assert start_shadow(drafts, MEI, "default", 2, 1.0).seq == begun.seq + 1


def test_a_shadow_keeps_the_content_that_its_draft_had_when_it_began(drafts: Store) -> None:
    begun = start_shadow(drafts, MEI, "default", 2, 1.0)
    PolicyLife(drafts).edit(MEI, "default", 2, None, Draft({"holdout_share": 0.3}))
    running = drafts.shadow()
    assert running == begun
    assert orjson.loads(running.content)["holdout_share"] == 0.1


@pytest.mark.parametrize(
    ("version", "share", "error", "code"),
    [
        (9, 0.1, Missing, "unknown_policy"),
        (1, 0.1, Conflict, "in_force"),
        (2, 0.0, Invalid, "bad_share"),
        (2, 1.01, Invalid, "bad_share"),
        (2, float("nan"), Invalid, "bad_share"),
    ],
)
def test_what_cannot_be_shadowed_is_refused(
    drafts: Store, version: int, share: float, error: type[ApiError], code: str
) -> None:
    with pytest.raises(error) as refused:
        start_shadow(drafts, MEI, "default", version, share)
    assert refused.value.code == code
    assert drafts.shadow() is None


def test_one_shadow_runs_at_a_time_and_only_its_own_version_stops_it(drafts: Store) -> None:
    start_shadow(drafts, MEI, "default", 2, 0.1)
    with pytest.raises(Conflict, match="default@2 is shadowed already"):
        start_shadow(drafts, MEI, "default", 3, 0.1)
    with pytest.raises(Missing, match="default@3: no shadow of it runs"):
        stop_shadow(drafts, MEI, "default", 3)
    stop_shadow(drafts, MEI, "default", 2)
    with pytest.raises(Missing):
        stop_shadow(drafts, MEI, "default", 2)
    start_shadow(drafts, MEI, "default", 3, 0.1)


def test_start_and_stop_stand_in_the_audit_log_with_the_content_that_is_shadowed(drafts: Store) -> None:
    begun = start_shadow(drafts, MEI, "default", 2, 0.1)
    stop_shadow(drafts, Act("lei", NOW_US + 5), "default", 2)
    with drafts.connect() as connection:
        told = [(one.actor, one.action, one.object, one.before_sha, one.after_sha) for one in entries(connection)][-2:]
    assert told == [
        ("mei", "shadow_start", "default@2", None, begun.sha256),
        ("lei", "shadow_stop", "default@2", begun.sha256, None),
    ]


@pytest.mark.parametrize("table", ["policy_shadows", "policy_shadow_stops"])
def test_a_start_and_a_stop_can_be_neither_changed_nor_taken_away(drafts: Store, table: str) -> None:
    start_shadow(drafts, MEI, "default", 2, 0.1)
    stop_shadow(drafts, MEI, "default", 2)
    for change in (f"UPDATE {table} SET actor = 'x'", f"DELETE FROM {table}"):  # noqa: S608 - our own names
        with pytest.raises(StoreError), drafts.begin() as connection:
            connection.execute(text(change))


def test_each_result_is_kept_once_and_counted_by_shadow(drafts: Store) -> None:
    seq = start_shadow(drafts, MEI, "default", 2, 0.1).seq
    stop_shadow(drafts, MEI, "default", 2)
    other = start_shadow(drafts, MEI, "default", 3, 0.1).seq
    rows = [ShadowResult(seq, f"D{number}", "same", b'{"against":"default@1","difference":{}}') for number in (2, 1)]
    assert drafts.put_shadow_results(rows) == {seq: 2}
    again = rows[0]._replace(outcome="failed", document=b'{"cause":"X"}')
    elsewhere = ShadowResult(other, "D1", "skipped", b'{"cause":"busy"}')
    assert drafts.put_shadow_results([again, elsewhere]) == {seq: 2, other: 1}
    assert list(drafts.shadow_results(seq)) == rows[::-1]
    assert drafts.put_shadow_results([]) == {}


def test_a_report_says_what_was_compared_and_why_the_rest_was_not(drafts: Store) -> None:
    seq = start_shadow(drafts, MEI, "default", 2, 0.1).seq
    drafts.put_shadow_results(
        [
            ShadowResult(seq, "D1", "same", b'{"against":"default@1","difference":{"withheld":{"region":-1}}}'),
            ShadowResult(seq, "D2", "changed", b'{"against":"default@1","difference":{"changed":true}}'),
            ShadowResult(seq, "D3", "failed", b'{"cause":"ZeroDivisionError"}'),
            ShadowResult(seq, "D4", "skipped", b'{"cause":"busy"}'),
            ShadowResult(seq, "D5", "skipped", b'{"cause":"held_out"}'),
        ]
    )
    told = shadow_report(drafts, "default", 2)
    assert (told["compared"], told["failed"], told["skipped"]) == (2, 1, 2)
    assert told["against"] == {"default@1": 2}
    assert told["failed_by"] == {"ZeroDivisionError": 1}
    assert told["skipped_by"] == {"busy": 1, "held_out": 1}
    assert told["differences"]["changed"] == 1
    assert told["differences"]["withheld"] == [{"code": "region", "shelves": 1, "products": -1}]
    assert (told["running"], told["complete"], told["stopped_at"]) == (True, False, None)
    with pytest.raises(Missing, match="has not been shadowed"):
        shadow_report(drafts, "default", 3)
