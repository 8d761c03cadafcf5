"""One product as the shelf rules may know it: everything but its texts, its yield and what it earns the bank."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """A catalogue record: amounts in minor units, times in UTC microseconds, None unknown, an empty tuple is all."""

    product_no: int
    product_id: str
    category: int  # category number
    zone: str | None = None
    issuer: str | None = None
    series_id: str | None = None
    risk_issuer: int | None = None
    risk_distributor: int | None = None
    regime: str | None = None
    min_amount: int | None = None
    term_days: int | None = None
    min_hold_days: int | None = None
    liquidity: str | None = None  # T+n | maturity
    exit: str | None = None
    offering: str | None = None
    sale_from_us: int | None = None
    sale_until_us: int | None = None
    quota_left: int | None = None
    regions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    action_host: str | None = None
    status: str = "on_shelf"
    listed_us: int = 0
