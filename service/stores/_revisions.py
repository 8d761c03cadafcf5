"""The revisions of the tables by their files, so that opening a database need not load alembic."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from service.errors import Refused

FOLDER = Path(__file__).parent / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """All revisions, oldest first."""
    return tuple(sorted(path.stem[1:5] for path in (FOLDER / "versions").glob("r[0-9]*.py")))


def check_revision(stated: str | None) -> None:
    """Raise Refused for a database of another revision than the newest; the sentence names what mends it."""
    newest = revisions()[-1]
    if stated == newest:
        return
    if stated is None:
        raise Refused("the database was made before tables had revisions: name a fresh one and import into it")
    if stated in revisions():
        raise Refused(f"the database has revision {stated}, this release needs {newest}: run `huojia migrate`")
    raise Refused(
        f"the database has revision {stated}, which is newer than this release ({newest}): "
        f"run the newer release, or with it `huojia migrate --to {newest}`"
    )
