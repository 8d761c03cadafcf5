"""What a customer is told of a tag: its origin, its claim, the consents under which it acts and its legal basis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from recommender.tag_quality.tag_life import CANDIDATE, COUNTING
from service.bases import deleted_tags, standing_tags
from service.calendar import DAY_US, date_of_day
from service.clock import iso
from service.exchange.schema import SCOPES
from service.latent_plan import GIVEN
from service.latent_tags import SOURCE
from service.profiles import granted_scopes, read_gate
from service.runtime import Runtime
from service.stores import tables
from service.stores._facts import tags_of
from service.stores._records import tag_version
from service.stores._upsert import table
from service.tag_lives import state_of
from shelf_rules.regime import Ground, Regime
from shelf_rules.texts import LANGUAGES, TAGS

_CHANGES, _ROWS = table(tables.LatentChanges), table(tables.CustomerRows)

Row = Mapping[str, Any]


def told_tags(runtime: Runtime, customer_id: str, language: str = LANGUAGES[0]) -> dict[str, list[dict[str, Any]]]:
    """The tags that stand, those that were deleted while that runs, and what the customer may do, in one language."""
    now_us, regime = runtime.clock.now_us(), runtime.worlds.last().regime
    tombstone_us = regime.tombstone_days * DAY_US
    with runtime.store.connect() as connection:
        rows = tags_of(connection, customer_id)
        teller = _Teller.of(connection, runtime, customer_id, language)
    by_number = {row["tag_no"]: row for row in rows}
    standing = standing_tags(rows, tombstone_us, with_quarantine=True).values()
    gone = [(by_number[number], at_us) for number, at_us in deleted_tags(rows).items() if at_us + tombstone_us > now_us]
    return {
        "tags": sorted(map(teller.told, standing), key=_name_of),
        "deleted": sorted((deleted_tag(row["tag"], at_us, tombstone_us) for row, at_us in gone), key=_name_of),
        "rights": [{"right": name, **teller.ground(ground)} for name, ground in regime.tag_rights.items()],
    }


def deleted_tag(tag: str, at_us: int, tombstone_us: int) -> dict[str, Any]:
    """A deletion and how long it runs."""
    return {"tag": tag, "deleted_at": iso(at_us), "until": iso(at_us + tombstone_us)}


def _name_of(told: Row) -> str:
    name: str = told["tag"]
    return name


@dataclass(frozen=True, slots=True)
class _Teller:
    runtime: Runtime
    scopes: frozenset[str]
    states: Mapping[int, str]  # by tag number
    inferred: frozenset[int]
    needs: Mapping[int, frozenset[str]]  # consents by tag number
    given: Mapping[tuple[int, int], Row]  # by tag number and time: what a latent tag was inferred from
    language: str

    @classmethod
    def of(cls, connection: Connection, runtime: Runtime, customer_id: str, language: str) -> _Teller:
        world = runtime.worlds.last()
        gate = connection.scalar(select(_ROWS.c.gate).where(_ROWS.c.customer_id == customer_id, _ROWS.c.version > 0))
        own = (_CHANGES.c.customer_id == customer_id) & (_CHANGES.c.change == GIVEN)
        given = {(row.tag_no, row.at_us): row._asdict() for row in connection.execute(select(_CHANGES).where(own))}
        states = {int(item["tag_no"]): state_of(item)[0] for item in tag_version(connection, world.versions.tags)}
        scopes = granted_scopes(read_gate(gate), runtime.clock.now_us(), world.regime)
        inferred = frozenset(world.tags.inferred)
        return cls(runtime, scopes, states, inferred, dict(world.tags.needs), given, language)

    @property
    def _regime(self) -> Regime:
        return self.runtime.worlds.last().regime

    def told(self, row: Row) -> dict[str, Any]:
        """One standing tag."""
        names = ("tag", "name", "kind", "category", "zone", "affinity", "source", "provider", "polarity")
        state = self.states.get(row["tag_no"], CANDIDATE)
        under = self._acts_under(row)
        inferred = self._inferred(row)
        return {
            **{name: row[name] for name in names},
            "assigned_at": iso(row["assigned_us"]),
            "claim": self._claim(row),
            "acts_in": [part for part in (row["scope"] or "").split(";") if part],
            "state": state,
            "consents": [{"scope": scope, "granted": scope in self.scopes} for scope in under],
            "acts": row["quarantined"] is None and state in COUNTING and self.scopes.issuperset(under),
            "quarantined": row["quarantined"],
            "inferred": inferred,
            "origin": self._origin(row, inferred),
            "legal_basis": self._basis(row["legal_basis"]),
        }

    def ground(self, ground: Ground) -> dict[str, str | None]:
        """The words of a basis or a right, and its article."""
        place = LANGUAGES.index(self.language)
        return {"text": ground.text[place], "legal_ref": ground.legal_ref[place] or None}

    def _acts_under(self, row: Row) -> Sequence[str]:
        return ("personalisation", "tags", *sorted(self.needs.get(row["tag_no"], ()), key=SCOPES.index))

    def _inferred(self, row: Row) -> dict[str, Any] | None:
        """From how many purchases of what since when; numbers are null where another service has inferred it."""
        if row["tag_no"] not in self.inferred or row["source"] != SOURCE:
            return None
        found = self.given.get((row["tag_no"], row["assigned_us"]))
        known = found is not None and found["occasions"] is not None
        return {
            "purchases": found["occasions"] if found is not None and known else None,
            "of": self._label(row),
            "since": date_of_day(found["since_day"]).isoformat()[:7] if found is not None and known else None,
        }

    def _origin(self, row: Row, inferred: Row | None) -> str:
        day = date_of_day(self.runtime.calendar.day(row["assigned_us"])).isoformat()
        if inferred is not None:
            name = "inferred_once" if inferred["purchases"] is None else "inferred"
            return self._say(name, count=inferred["purchases"], since=inferred["since"], category=inferred["of"])
        # What this service infers is not its own where another source assigned it.
        provider = None if row["tag_no"] in self.inferred else row["provider"]
        return self._say("provided" if provider else "recorded", provider=provider, date=day)

    def _claim(self, row: Row) -> str:
        if row["category"] is None and not row["zone"]:
            return self._say("plain")
        return self._say("avoids" if (row["polarity"] or 1) < 0 else "likes", category=self._label(row))

    def _label(self, row: Row) -> str:
        """The name of what a tag claims in the language, its code where the taxonomy lacks it."""
        place = LANGUAGES.index(self.language)
        if row["category"] is None:
            return self._regime.zone_names.get(row["zone"], (row["zone"],) * 2)[place]
        names = ((one.name_zh, one.name_en)[place] for one in self._regime.categories if one.code == row["category"])
        return next(names, row["category"])

    def _basis(self, word: str | None) -> dict[str, str | None]:
        known = self._regime.tag_bases.get(word or "")
        told = {"text": word or self._say("basis_unknown"), "legal_ref": None} if known is None else self.ground(known)
        return {"code": word, **told}

    def _say(self, name: str, **places: object) -> str:
        return TAGS[name][self.language].format(**places)
