"""The event log of the simulated bank, as columns collected piece by piece."""

from __future__ import annotations

import numpy as np

from service.simulate.chance import MISSING, NONE, Ints

KINDS: tuple[str, ...] = (
    "impression",
    "click",
    "search",
    "list",
    "detail",
    "compare",
    "calculate",
    "consult",
    "watch",
    "push_click",
)
KINDS += ("apply", "purchase", "top_up", "renewal", "redeem", "mature", "cancel", "dismiss")
KINDS += ("login", "share", "invite", "feedback", "message_open")
KIND = {name: index for index, name in enumerate(KINDS)}
CHANNELS = ("branch", "manager", "kiosk", "online", "sms_call", "wechat", "in_app", "push")
CHANNEL = {name: index for index, name in enumerate(CHANNELS)}
TIERS = ("fixed", "migratable", "transferable")
PAYLOADS = ('{"reason":"not_interested"}', '{"reason":"too_risky"}', '{"reason":"seen_before"}')

DEFAULTS = {
    "customer": NONE,
    "kind": NONE,
    "when": MISSING,
    "product": NONE,
    "category": NONE,
    "cents": MISSING,
    "channel": NONE,
    "session": NONE,
    "decision": NONE,
    "tier": NONE,
    "slot": NONE,
    "refers": NONE,
    "payload": NONE,
    "invited_by": NONE,
}
"""The columns of an event and what stands in them where nothing is said; `refers` is another event's number."""


class Journal:
    """Events in the order of writing; an event's number is its place in that order."""

    def __init__(self) -> None:
        self.size = 0
        self._keeping = True
        self.sessions = 0
        self.decisions = 0
        self._pieces: list[dict[str, Ints]] = []

    def keep(self, yes: bool) -> None:
        """From now on keeps events, or only numbers them; what was written so far is given up."""
        self._keeping, self._pieces = yes, []

    def write(self, customer: Ints, kind: Ints | int, when: Ints, **columns: Ints | int) -> Ints:
        """Appends one event a customer given, and returns their numbers; single values hold for all."""
        given = {"customer": customer, "kind": kind, "when": when, **columns}
        piece = {}
        for name, default in DEFAULTS.items():
            value = np.asarray(given.get(name, default))
            wide = name in {"when", "cents"}
            piece[name] = np.broadcast_to(value.astype(np.int64 if wide else np.int32), customer.shape)
        numbers = np.arange(self.size, self.size + customer.size)
        self.size += customer.size
        if self._keeping:
            self._pieces.append(piece)
        return numbers

    def new_sessions(self, count: int) -> Ints:
        """`count` session numbers not used before."""
        self.sessions += count
        return np.arange(self.sessions - count, self.sessions)

    def new_decisions(self, count: int) -> Ints:
        """`count` decision numbers not used before."""
        self.decisions += count
        return np.arange(self.decisions - count, self.decisions)

    def columns(self) -> dict[str, Ints]:
        """All events written since the last call by time, then number; the pieces are given up."""
        if not self._pieces:
            return {name: np.zeros(0, dtype=np.int64) for name in ("number", *DEFAULTS)}
        joined = {name: np.concatenate([piece.pop(name) for piece in self._pieces]) for name in DEFAULTS}
        joined["number"] = np.arange(self.size - joined["when"].size, self.size)
        self._pieces = []
        order = np.argsort(joined["when"], kind="stable")
        return {name: values[order] for name, values in joined.items()}
