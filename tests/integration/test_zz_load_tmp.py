from __future__ import annotations
from tests.sample_bank import *
from tests.sample_bank import cards
from service.exchange import export_folder, import_folder
from pathlib import Path
def test_x(service, bank, tmp_path):
    c = service.with_three_tiers()
    s = service.shelf(c)
    ev = [{"event_id": f"i{n}", "kind":"impression", "occurred_at": NOW, "tracking": card["tracking"]} for n, card in enumerate(cards(s))]
    ev += [{"event_id": "d1", "kind": "dismiss", "occurred_at": "2026-11-01T11:59:00.5+08:00", "tracking": cards(s)[0]["tracking"], "payload": {"reason": "too_risky"}, "device": "abc", "amount": None}]
    a = service.client.post("/v1/me/events", json={"events": ev, "sent_at": "2026-11-01T03:59:58Z"}, headers=service.as_customer(c)).json()
    print(a)
    service.runtime.decisions.flush()
    export_folder(service.runtime.store, tmp_path/"out")
    r = import_folder(service.runtime.store, tmp_path/"out", reports=tmp_path/"r", now_us=service.runtime.clock.now_us(), keyed=service.runtime.keyed)
    print(r.as_dict()["files"]["events"], r.as_dict()["files"]["tags"])
    assert 0
