"""Who may be measured on, what they carry, in which stage they are, and who is neither with nor without a tag."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.oracle.oracle import evidence
from tests.oracle.oracle.files import Customer
from tests.oracle.oracle.history import History, read_history
from tests.oracle.oracle.tables import (
    HIGH_NET_WORTH,
    INVESTED_ZONES,
    SCOPE_OF_CATEGORY,
    WALLET_CATEGORIES,
    day_of,
    week_of,
    zone_of,
)
from tests.oracle.quality.files import Assignment, Definition, Folder

NEEDED = ("personalisation", "tags", "holdings")
TOMBSTONE_DAYS = 180
YEAR_WEEKS = 52
DAY = 86_400_000_000


@dataclass
class Person:
    """A customer whose consents open the measuring; days of the bank's calendar."""

    customer_id: str
    stage: str
    joined: int | None
    watched: bool
    external: float | None
    history: History
    carries: dict[str, int] = field(default_factory=dict)  # tag: day of the standing assignment
    lapsed: dict[str, int] = field(default_factory=dict)  # tag: day of the first that the service took back
    neither: set[str] = field(default_factory=set)  # deleted by the customer, or in quarantine

    def without(self, tag: str) -> bool:
        """Whether the customer never was a carrier."""
        return tag not in self.carries and tag not in self.lapsed and tag not in self.neither

    def given(self, tag: str) -> int | None:
        """When the tag was given first, of what the service took back too; None never."""
        return None if tag in self.neither else self.lapsed.get(tag, self.carries.get(tag))


def people_of(folder: Folder) -> list[Person]:
    """All who may be measured on, by id."""
    found = []
    for _, customer in sorted(folder.bank.customers.items()):
        now = max([folder.at, *(row["changed_at"] for row in customer.consents)])
        if all(customer.grants(scope, at) for scope in NEEDED for at in (folder.at, now)):
            found.append(_person(folder, customer))
    return found


def _person(folder: Folder, customer: Customer) -> Person:
    history = read_history(folder.bank, customer, folder.at)
    since = customer.profile.get("joined_at")
    since = folder.first_seen.get(customer.customer_id) if since is None else since
    joined = None if since is None else day_of(since)
    person = Person(
        customer.customer_id,
        _stage(customer, history, joined, folder.at),
        joined,
        customer.grants("behaviour", folder.at),
        _external(customer, history.today),
        history,
    )
    _tags(person, folder, customer)
    return person


def _stage(customer: Customer, history: History, joined: int | None, at: int) -> str:
    """§9, as a shelf would read it."""
    tenure = 0 if joined is None else history.today - joined
    if joined is None or tenure < 90 or sum(evidence.times(history, code) for code in history.purchases) < 2:
        return "acquisition"
    zones = {zone_of(code) for code in history.spells if history.held(code)}
    share = None
    if customer.grants("outflow", at):
        codes = [code for code in WALLET_CATEGORIES if zone_of(code) in INVESTED_ZONES]
        elsewhere = sum(evidence.external(history, code) for code in codes)
        whole = history.assets + elsewhere
        share = history.assets / whole if whole > 0 else None
    loyal = share is not None and share >= 0.5 and tenure >= 365
    return "value" if len(zones) >= 3 or history.assets >= HIGH_NET_WORTH or loyal else "cultivation"


def _external(customer: Customer, today: int) -> float | None:
    """Net money from outside over 52 weeks; None of whom no flow was ever told, 0 where the last ones are older."""
    weeks = [(week_of(today) - week_of(day_of(row["occurred_at"])), row["amount"]) for row in customer.cash_flows]
    return sum(amount for age, amount in weeks if 0 <= age <= YEAR_WEEKS) if weeks else None


def _tags(person: Person, folder: Folder, customer: Customer) -> None:
    rows = folder.assignments.get(customer.customer_id, [])
    deleted: dict[str, int] = {}
    for row in rows:
        if row.removed_by == "customer" and row.removed is not None:
            deleted[row.tag] = max(row.removed, deleted.get(row.tag, 0))
    apart = quarantined(folder, rows, person.joined if customer.profile.get("joined_at") else None, deleted)
    for row in sorted(rows, key=lambda one: one.assigned):
        is_latent = folder.definitions[row.tag].kind == "latent"
        standing = row.removed is None or row.removed > folder.at
        if row in apart or not all(customer.grants(scope, folder.at) for scope in _scopes(folder.definitions[row.tag])):
            continue
        if standing and (row.tag not in deleted or day_of(row.assigned) > day_of(deleted[row.tag])):
            person.carries[row.tag] = day_of(row.assigned)
            continue
        person.carries.pop(row.tag, None)  # the newest assignment decides
        if is_latent and row.removed_by == "service" and not standing:
            person.lapsed.setdefault(row.tag, day_of(row.assigned))
    gone = set(deleted) | {row.tag for row in apart if row.removed is None}
    person.neither = {tag for tag in gone if tag not in person.carries}


def _scopes(of: Definition) -> set[str]:
    """The consents that a tag needs of its own; an inferred one those of every category of the zone that it claims."""
    own = {"latent_tags"} if of.kind == "latent" else set()
    inferred = of.kind == "latent" and of.provider == "huojia"
    claimed = of.claims if of.category is not None or inferred else ()
    return (
        own
        | ({"holdings"} if inferred else set())
        | {SCOPE_OF_CATEGORY[code] for code in claimed if code in SCOPE_OF_CATEGORY}
    )


def quarantined(folder: Folder, rows: list[Assignment], joined: int | None, deleted: dict[str, int]) -> set[Assignment]:
    """What cannot be right: before the customer came, in spite of a deletion, or beside what denies it."""
    found, fine = set(), []
    for row in rows:
        if joined is not None and day_of(row.assigned) < joined:
            found.add(row)
        elif row.removed is None:
            if row.assigned < deleted.get(row.tag, -(10**18)) + TOMBSTONE_DAYS * DAY and row.tag in deleted:
                found.add(row)
            elif not _outlived(row, rows):
                fine.append(row)
    said: dict[tuple[str, ...], set[object]] = defaultdict(set)
    for row in fine:
        for key, word in _words(folder, row.tag):
            said[key].add(word)
    found.update(row for row in fine if any(len(said[key]) > 1 for key, _ in _words(folder, row.tag)))
    return found


def _outlived(row: Assignment, rows: list[Assignment]) -> bool:
    """Whether a newer assignment of the same tag was removed."""
    return any(one.tag == row.tag and one.removed is not None and one.assigned >= row.assigned for one in rows)


def _words(folder: Folder, tag: str) -> list[tuple[tuple[str, ...], object]]:
    """What a tag says about something of which its provider may say one thing only."""
    of = folder.definitions[tag]
    words: list[tuple[tuple[str, ...], object]] = []
    if of.category or of.zone:
        words.append((("subject", of.provider or "", of.category or "", of.zone or ""), of.polarity))
    if of.one_of:
        words.append((("rival", of.provider or "", of.one_of), tag))
    return words
