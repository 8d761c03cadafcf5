from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from service.event_body import canonical_body
from service.exchange.bodies import body_hashes

TEXTS = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=8), st.just('"\\\n'))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "amount": st.one_of(st.none(), st.integers(0, 2**50)),
            "customer_id": st.text("ab", min_size=1),
            "occurred_at": st.integers(0, 10**16),
            "session_id": TEXTS,
            "category": TEXTS,
            "product_id": TEXTS,
            "product_no": st.one_of(st.none(), st.integers(0, 9)),
            "tracking": TEXTS,
            "slot": st.one_of(st.none(), st.integers(1, 9)),
            "tier": TEXTS,
            "payload": st.one_of(st.none(), st.just('{"reason":"too_risky"}')),
        }
    ),
    min_size=1,
    max_size=6,
)
TYPES = {"amount": pa.int64(), "occurred_at": pa.int64(), "slot": pa.int64(), "product_no": pa.int64()}


def one_by_one(row: dict[str, Any]) -> bytes:
    payload = None if row["payload"] is None else orjson.loads(row["payload"])
    numbers = {name: row[name] for name in ("occurred_at", "amount", "product_no")}
    body = canonical_body({**row, "payload": payload}, numbers)
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()


@given(ROWS)
def test_bodies_made_as_columns_are_the_bodies_made_one_by_one(rows: list[dict[str, Any]]) -> None:
    columns = {name: pa.array([row[name] for row in rows], TYPES.get(name, pa.string())) for name in rows[0]}
    assert body_hashes(columns) == [one_by_one(row) for row in rows]
