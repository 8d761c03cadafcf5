"""The command `huojia model card`."""

from __future__ import annotations

from service.bootstrap import store_of
from service.clock import iso
from service.commands.models import version_number
from service.commands.output import say, say_json
from service.errors import Refused
from service.model_card import card_of, markdown
from service.model_shelf import ModelShelf
from service.settings import Settings


def card(settings: Settings, version: str, *, as_json: bool) -> None:
    """A version's card, by default that of the model in force; raises Refused where there is none to read."""
    with store_of(settings) as store:
        now = store.versions().model
        number = version_number(version) if version else now
        if not number:
            raise Refused("model card: no model is in force; `huojia train` makes the first")
        found = store.model(number)
        if found is None:
            raise Refused(f"model m{number}: not in the store; `huojia model list` shows what is there")
        shelf, sha256 = ModelShelf(settings.folder / "models", store), found[1]
        manifest = shelf.manifest(number)
        promoted = {one: at_us for one, _, _, at_us in store.models()}
        same = min(at_us for _, _, other, at_us in store.models() if other == sha256)
        told = {
            "version": f"m{number}",
            "in_force": number == now,
            "trained_at": iso(same),
            "promoted_at": iso(promoted[number]),
            "sha256": sha256,
        }
        content = card_of(manifest, shelf.verdict(number), told)
    if as_json:
        say_json(content)
    else:
        say(markdown(content).rstrip("\n"))
