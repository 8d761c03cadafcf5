"""What a command says where a bank gives it nothing to do: success without a word looks like work done."""

from __future__ import annotations

from service.commands.output import say
from service.settings import Settings
from service.stores.protocols import Store


def say_if_nobody(store: Store, settings: Settings) -> None:
    """One line more where no customer is known: mostly it is the wrong bank that was asked."""
    if not store.everybody(limit=1):
        say(f"nothing to do: no customer is known in {_where(settings)}; is it the right bank?")


def say_none(what: str, settings: Settings, remedy: str) -> None:
    """One line in place of an empty table, with what would fill it."""
    say(f"no {what} in {_where(settings)}; {remedy}")


def _where(settings: Settings) -> str:
    """Where the bank's data lie, as the caller has named it; a URL may hold a password."""
    return "the database of HUOJIA_DATABASE_URL" if settings.database_url else str(settings.folder)
