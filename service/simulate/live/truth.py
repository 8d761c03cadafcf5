"""What was true in the living bank, written beside and never read by the service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from service.simulate import tables
from service.simulate.bank import Bank
from service.simulate.chance import NONE, Bools, Floats, Ints
from service.simulate.exchange import CUSTOMER, EVENT, product_vocabulary, text
from service.simulate.journal import KINDS
from service.simulate.live.life import Life
from service.simulate.live.marks import ORIGINS
from service.simulate.live.outbox import KEPT
from service.simulate.live.providing import Providers, days_alive, whole_history
from service.simulate.live.shelves import MODES
from service.simulate.live.value import preferences
from service.simulate.live.weeks import Week, together
from service.simulate.tag_definitions import Tag
from service.simulate.tag_files import redundancy
from service.simulate.tagging import Assigned
from service.simulate.taxonomy import CATEGORIES
from service.simulate.truth import write_preferences

HORIZON_DAYS = 180
FEWEST = 5
"""Below so many true carriers nothing is said of how long a claim lives."""

README = """\
# The truth of the living bank

Only for measuring: nothing here may be given to a service. Weeks count from 1.

- `weeks.parquet`: a row for each shelf that a customer asked for. `value`: the sum over its cards of the customer's
  true preference for the card's category × the chance that the card's place is seen, the first two cards of a category
  counting; `best`: the same for the best page that the catalogue would lawfully allow this customer. `wished` and
  `best_wished`: likewise with the rate of true wishes to buy (preference × how often such a product is bought at all)
  in place of the preference.
- `preferences.parquet`: `preference` of each customer for each category at the end, as a share of the customer's sum.
- `tags.parquet`: `truthfulness`: share of the tagged whose claimed interest was alive when they were tagged (for an
  aversion: was not), over all assignments, and `truthfulness_live` over those made while the bank lived on;
  `durability`: share of the true claims that lived on for 180 days, `half_life_days` their median life; `uniqueness`:
  the cube root of rarity × (1 − redundancy) × concentration, where `rarity` = ln((N+1)/(n+1))/ln(N+1), `redundancy` is
  the share of bits taken over between this tag and another, and `concentration` = q/(1+q) with q the mean preference
  of the tagged for the claimed categories over that of all customers (1/q for an aversion). Null: it claims nothing.
- `events.parquet`: every event that was sent. Purchases: `origin` says whether it was `organic`, or would not have been
  made without `exposure` (the lift of a card seen within a week), an `arm` (a planted lift) or a `task` taken up;
  `through_shelf` whether it was made on the shelf (`decision_id` names it, though the event that was sent does not);
  `exposed` whether a card of the product was seen within the seven days before.
- `summary.parquet`: a row a week.
"""


def write_truth(life: Life, weeks: list[Week], folder: Path) -> dict[str, int]:
    """Writes every file; the rows of each. Raises OSError from the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = {
        "weeks": _write_weeks(life, folder),
        "preferences": write_preferences(life.bank, folder),
        "tags": _write_tags(life.bank, life.providers, folder),
        "events": _write_events(life, folder),
        "summary": _write_summary(weeks, folder),
    }
    (folder / "README.md").write_text(README, encoding="utf-8")
    return rows


def _write_weeks(life: Life, folder: Path) -> int:
    shown = together(life.shown)
    columns = {
        "week": tables.whole(shown.week),
        "customer_id": tables.numbered(shown.customer, CUSTOMER),
        "decision_id": text([life.outbox.decisions[place] for place in shown.decision.tolist()]),
        "mode": tables.words(shown.mode, MODES),
        "cards": tables.whole(shown.cards),
        "value": tables.decimals(shown.value),
        "best": tables.decimals(shown.best),
        "wished": tables.decimals(shown.wished),
        "best_wished": tables.decimals(shown.best_wished),
    }
    return tables.write(folder / "weeks.parquet", columns, shown.week.size)


def _write_summary(weeks: list[Week], folder: Path) -> int:
    listed = [week.as_dict() for week in weeks]
    columns = {
        name: tables.given([row[name] for row in listed], pa.float64() if isinstance(value, float) else pa.int64())
        for name, value in listed[0].items()
    }
    return tables.write(folder / "summary.parquet", columns, len(listed))


def _write_events(life: Life, folder: Path) -> int:
    sent = {name: np.concatenate([piece[name] for piece in life.outbox.sent]) for name in (*KEPT, "shelf")}
    marks = {name: np.concatenate([piece[name] for piece in life.marks]) for name in life.marks[0]}
    origin, shelf, exposed = _marked(sent["number"], marks)
    decision = np.where(shelf == NONE, sent["shelf"], shelf)
    bought = origin != NONE
    product = sent["product"]
    known = life.bank.catalogue.category[np.maximum(product, 0)]
    columns = {
        "event_id": tables.numbered(sent["number"], EVENT),
        "customer_id": tables.numbered(sent["customer"], CUSTOMER),
        "kind": tables.words(sent["kind"], KINDS),
        "occurred_at": tables.stamps(sent["when"]),
        "week": tables.whole((sent["when"] - life.first) // (7 * 86_400) + 1),
        "product_id": tables.words(product, product_vocabulary(life.bank.catalogue.products)),
        "category": tables.words(
            np.where(product == NONE, sent["category"], known), [kind.code for kind in CATEGORIES]
        ),
        "amount": tables.money(sent["cents"]),
        "refers_to": tables.numbered(sent["refers"], EVENT),
        "decision_id": _decisions(decision, life.outbox.decisions),
        "origin": tables.words(origin, ORIGINS),
        "through_shelf": _known(bought, shelf != NONE),
        "exposed": _known(bought, exposed == 1),
    }
    return tables.write(folder / "events.parquet", columns, product.size)


def _marked(number: Ints, marks: Mapping[str, Ints]) -> tuple[Ints, Ints, Ints]:
    """(origin, shelf, exposed) of each event by its number, NONE where it is no marked purchase."""
    order = np.argsort(marks["number"], kind="stable")
    at = np.searchsorted(marks["number"][order], number)
    found = at < order.size
    found[found] = marks["number"][order][at[found]] == number[found]
    results = []
    for name in ("origin", "shelf", "exposed"):
        column = np.full(number.size, NONE)
        column[found] = marks[name][order][at[found]]
        results.append(column)
    return results[0], results[1], results[2]


def _decisions(places: Ints, decisions: list[str]) -> tables.Column:
    return lambda part: pa.array([None if place == NONE else decisions[place] for place in places[part].tolist()])


def _known(which: Bools, values: Bools) -> tables.Column:
    return lambda part: pa.array(values[part], pa.bool_(), mask=~which[part])


def _write_tags(bank: Bank, providers: Providers, folder: Path) -> int:
    tags = providers.tags
    whole = [whole_history(pieces) for pieces in providers.history]
    live = [whole_history(pieces[1:]) if len(pieces) > 1 else None for pieces in providers.history]
    size, carriers = bank.people.size, providers.carried.sum(axis=0)
    rarity = np.log((size + 1) / (carriers + 1)) / np.log(size + 1)
    copied, focus = redundancy(tags), _concentration(bank, providers)
    columns = {
        "tag": text([tag.tag for tag in tags]),
        "truthfulness": tables.decimals(np.array([_truthfulness(*pair) for pair in zip(tags, whole, strict=True)])),
        "truthfulness_live": tables.decimals(np.array([_truthfulness(*pair) for pair in zip(tags, live, strict=True)])),
        "durability": tables.decimals(np.array([_durability(one) for one in whole])),
        "half_life_days": tables.decimals(np.array([_half_life(one) for one in whole])),
        "uniqueness": tables.decimals(np.cbrt(rarity * (1.0 - copied) * focus)),
        "rarity": tables.decimals(rarity),
        "redundancy": tables.decimals(copied),
        "concentration": tables.decimals(focus),
        "coverage": tables.decimals(carriers / size),
        "assigned": tables.whole(np.array([one.customer.size for one in whole])),
        "assigned_live": tables.whole(np.array([0 if one is None else one.customer.size for one in live])),
    }
    return tables.write(folder / "tags.parquet", columns, len(tags))


def _truthfulness(tag: Tag, assigned: Assigned | None) -> float:
    if assigned is None or not tag.categories or not assigned.customer.size:
        return float("nan")
    return float(assigned.true.mean())


def _durability(assigned: Assigned) -> float:
    alive = days_alive(assigned)
    return float((alive >= HORIZON_DAYS).mean()) if alive.size >= FEWEST else float("nan")


def _half_life(assigned: Assigned) -> float:
    alive = days_alive(assigned)
    return float(np.median(alive)) if alive.size >= FEWEST else float("nan")


def _concentration(bank: Bank, providers: Providers) -> Floats:
    """How much stronger than everybody's the preference of the tagged is, as q/(1+q)."""
    share = preferences(bank, np.arange(bank.people.size))
    result = np.full(len(providers.tags), np.nan)
    for number, tag in enumerate(providers.tags):
        claimed = share[:, tag.categories].sum(axis=1)
        tagged = claimed[providers.carried[:, number]]
        if tag.categories and tagged.size:
            ratio = float(tagged.mean() / claimed.mean())
            ratio = 1.0 / ratio if tag.polarity < 0 else ratio
            result[number] = ratio / (1.0 + ratio)
    return result
