"""The state is the fold of the events in their order, whatever the order of arrival and the pauses in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.profile import state
from recommender.profile.fold import Base, Happening, Profile, read_parts, refold
from recommender.profile.state import EVENT_KINDS, FLOWS, SPELLS, TAGS

DAY_US = 86_400_000_000
START = 20_000

numbers = st.integers(0, 3)
spells = st.lists(
    st.tuples(numbers, numbers, st.integers(0, 90), st.integers(-1, 95), st.integers(-1, 99), st.integers(-1, 50)),
    max_size=6,
).map(
    lambda rows: np.array(
        [(c, p, START + o, x and START + x if x > o else -1, START + m, -1, a, 1) for c, p, o, x, m, a in rows], SPELLS
    )
)
flows = st.lists(st.tuples(numbers, st.integers(0, 1), st.integers(0, 99), numbers, numbers), max_size=5).map(
    lambda rows: np.array(rows, FLOWS)
)
tags = st.lists(st.tuples(numbers, numbers, st.floats(0, 1) | st.just(np.nan)), max_size=5).map(
    lambda rows: np.array(rows, TAGS)
)
bases = st.builds(
    Base, as_of_us=st.none() | st.integers(0, 100 * DAY_US), spells=spells, flows=flows, tags=tags, joined_day=numbers
)
drafts = st.tuples(
    st.integers(0, 400),  # quarter days
    st.integers(0, len(EVENT_KINDS) - 1),
    st.integers(-1, 3),  # product
    st.integers(-1, 40),  # amount
    st.integers(0, 2),  # session
    st.integers(0, 12),  # refers to
    st.booleans(),
)


def _happening(number: int, draft: tuple[int, int, int, int, int, int, bool]) -> Happening:
    quarter, kind, product, amount, session, refers, incentivised = draft
    at_us = quarter * DAY_US // 4
    category = product // 2 if product >= 0 else -1
    return Happening(
        at_us,
        f"e{number % 7}-{number}",
        kind,
        product,
        category,
        START + at_us // DAY_US,
        amount,
        session,
        "in_app",
        number + 1,
        refers,
        incentivised,
    )


histories = st.lists(drafts, max_size=60).map(lambda rows: [_happening(n, row) for n, row in enumerate(rows)])


def _arrive(base: Base, happenings: Sequence[Happening], commits: Sequence[bool]) -> bytes:
    """Folds in the order of arrival as a store does: late events refold, a commit encodes and decodes."""
    stored: list[Happening] = []
    profile = Profile.start(base)
    for happening, commit in zip(happenings, commits, strict=True):
        stored.append(happening)
        if profile.precedes(happening.at_us, happening.event_id):
            profile = refold(base, stored)
        else:
            profile.fold(happening)
        if commit:
            profile = Profile.decode(profile.encode())
    return profile.encode()


@given(bases, histories, st.data())
def test_any_order_of_arrival_gives_the_same_bytes(base: Base, history: list[Happening], data: st.DataObject) -> None:
    arrival = data.draw(st.permutations(history))
    commits = data.draw(st.lists(st.booleans(), min_size=len(arrival), max_size=len(arrival)))
    assert _arrive(base, arrival, commits) == refold(base, history).encode()


@given(bases, histories)
def test_decoding_and_encoding_again_gives_the_same_bytes(base: Base, history: list[Happening]) -> None:
    data = refold(base, history).encode()
    assert Profile.decode(data).encode() == data


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_no_part_outgrows_its_bound_and_a_bound_is_no_matter_of_when(seed: int, crowding: int) -> None:
    rng = np.random.default_rng(seed)
    count = 1_500
    quarters = np.sort(rng.integers(0, 160 // crowding, count))
    rows = [
        (q, int(rng.integers(0, 18)), int(rng.integers(0, 60)), int(rng.integers(-1, 9)), int(rng.integers(0, 999)))
        for q in quarters.tolist()
    ]
    history = [
        _happening(n, (q, kind, product, amount, session, int(rng.integers(0, count)), False))
        for n, (q, kind, product, amount, session) in enumerate(rows)
    ]
    base = Base()
    data = refold(base, history).encode()
    commits = (rng.random(count) < 0.02).tolist()
    assert _arrive(base, sorted(history), commits) == data
    parts = read_parts(data)
    for part, most in ((parts.purchases, state.PURCHASES_PER_CATEGORY), (parts.spells, state.SPELLS_PER_CATEGORY)):
        assert np.unique(part["category"], return_counts=True)[1].max(initial=0) <= most
    assert len(parts.intent) <= state.INTENT_MAX
    assert len(parts.events) <= state.EVENTS_MAX
    assert len(parts.impressions) <= state.IMPRESSIONS_MAX
    assert len(Profile.decode(data).cancels) <= state.CANCELS_MAX


PROGRAM = """
import sys
from recommender.profile.fold import Base, Happening, refold
events = [Happening(n, f"e{n}", n % 31, n % 7, n % 3, n // 4, n, n % 5, "in_app", n + 1, n // 2) for n in range(400)]
sys.stdout.write(refold(Base(), events).encode().hex())
"""


def test_the_bytes_do_not_depend_on_the_hash_seed_of_the_process() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0]
    assert runs[0] == runs[1]
