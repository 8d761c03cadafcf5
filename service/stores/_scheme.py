"""Which databases are served, by the scheme of a URL."""

from __future__ import annotations

from service.errors import SettingsError

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgresql+psycopg://")


def check_scheme(url: str) -> None:
    """Raises SettingsError for a URL of anything but the two engines; what else is in it may be secret."""
    if url.startswith(POSTGRES) or (url.startswith(SQLITE) and url != SQLITE):
        return
    scheme = url.partition(":")[0]
    served = f"{SQLITE}<path of a file> or {POSTGRES[0]}<user>@<host>/<database>"
    raise SettingsError(f"HUOJIA_DATABASE_URL: {scheme!r} is not served, give {served}")
