"""Prints the exchange format: what a bank's files must look like."""

from __future__ import annotations

from service.commands.output import say, say_json, say_table
from service.exchange.described import described


def show_format(*, as_json: bool) -> None:
    """Every file with its columns, then types, manifest and codes of rejection."""
    told = described()
    if as_json:
        say_json(told)
        return
    say("One folder; every file is Parquet or CSV (UTF-8) of the name below and may be left out. Unknown is empty.")
    say(f"Format {told['format']}\n")
    for file in told["files"]:
        rows = [
            (one["name"], one["type"], "yes" if one["required"] else "", one["limits"], one["says"])
            for one in file["columns"]
        ]
        title = f"{file['name']}: {file['says']}\nkey: {', '.join(file['key'])}"
        say_table(title, ("column", "type", "required", "allowed", "says"), rows)
    say_table("types", ("type", "is"), told["types"].items())
    say_table("manifest.json, may be left out", ("field", "is"), told["manifest"].items())
    say_table("why a row is rejected", ("code", "is"), told["codes"].items())
