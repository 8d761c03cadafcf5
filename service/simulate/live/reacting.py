"""What customers do in front of a shelf: look, click, read on, buy, send a card away, take up a task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.simulate.bank import Bank
from service.simulate.buying import RATES, Bought, own_account, pay
from service.simulate.chance import NONE, Bools, Floats, Ints, Singles, logistic
from service.simulate.choosing import HABIT
from service.simulate.journal import CHANNEL, KIND
from service.simulate.live.attention import attention
from service.simulate.live.exposure import Exposure
from service.simulate.live.marks import ARM, LIFTED, ORGANIC, TASK, Marks, Tasks, origins
from service.simulate.live.plan import Plan
from service.simulate.live.shelves import Cards, Shelves

CURIOUS, TEMPTED, EASE = 0.004, 0.3, 1.2
"""A click on a card that was seen: CURIOUS + TEMPTED · logistic(logit of the preference + EASE)."""
APPEAL = 0.5
"""How much a product's appeal adds to the logit of its category when its card is seen."""
READ_ON = 0.6
SENT_AWAY = 0.008
TASK_TAKEN = (0.05, 0.25)
STEPS = (("watch", 1.0), ("compare", 0.6), ("calculate", 0.5))
IN_APP = CHANNEL["in_app"]


@dataclass(frozen=True)
class Looks:
    """One entry a card that was seen: its row among the cards, and what bears on the reaction."""

    row: Ints
    shelf: Ints
    customer: Ints
    product: Ints
    category: Ints
    when: Ints
    session: Ints
    lift: Floats
    logit: Singles

    @property
    def tempting(self) -> Floats:
        """How tempted, in [0, 1]."""
        share: Floats = logistic(self.logit + np.float32(EASE)).astype(np.float64)
        return share


class Reactor:
    """Draws the reactions to shelves and writes them into the journal."""

    def __init__(self, bank: Bank, plan: Plan, exposure: Exposure, tasks: Tasks, marks: Marks) -> None:
        self._bank, self._plan = bank, plan
        self._exposure, self._tasks, self._marks = exposure, tasks, marks

    def react(self, roll: np.random.Generator, shelves: Shelves, cards: Cards, at: tuple[int, int, int]) -> Ints:
        """The rows of the cards clicked; `at` is (day, moment, place of the first shelf among all decisions).

        Events name cards by their row: the outbox turns them into what the service knows them by.
        """
        day, moment, first = at
        looks = self._look(roll, shelves, cards, moment)
        bought = self._buy(roll, looks, day, first)
        pairs = looks.customer * len(self._bank.catalogue.products) + looks.product
        taken = np.isin(pairs, bought.customer * len(self._bank.catalogue.products) + bought.product)
        chance = np.minimum((CURIOUS + TEMPTED * looks.tempting) * looks.lift, 0.95)
        clicked: Bools = (roll.random(chance.size) < chance) | taken
        self._write(roll, looks, "impression", np.ones_like(clicked))
        self._write(roll, looks, "click", clicked)
        read: Bools = clicked & (taken | (roll.random(chance.size) < READ_ON))
        self._write(roll, looks, "detail", read)
        annoyed = SENT_AWAY * (1.0 - looks.tempting)
        self._write(roll, looks, "dismiss", ~clicked & (roll.random(chance.size) < annoyed))
        self._take_up(roll, looks, cards.task[looks.row], day)
        self._exposure.saw(looks.customer, looks.product, looks.category, day)
        return looks.row[clicked]

    def _look(self, roll: np.random.Generator, shelves: Shelves, cards: Cards, moment: int) -> Looks:
        bank = self._bank
        start = moment + roll.integers(20, 900, shelves.customer.size)
        session = bank.journal.new_sessions(shelves.customer.size)
        bank.journal.write(shelves.customer, KIND["login"], start, session=session, channel=IN_APP)
        row = np.flatnonzero(roll.random(cards.place.size) < attention(cards.place))
        shelf, customer, product = cards.shelf[row], cards.customer[row], cards.product[row]
        category = bank.catalogue.category[product]
        felt = (APPEAL * bank.catalogue.taste[product]).astype(np.float32)
        return Looks(
            row=row,
            shelf=shelf,
            customer=customer,
            product=product,
            category=category,
            when=start[shelf] + cards.place[row] * 5,
            session=session[shelf],
            lift=shelves.lift[shelf],
            logit=bank.logit[customer, category] + bank.pull[customer, category] + felt,
        )

    def _write(self, roll: np.random.Generator, looks: Looks, kind: str, which: Bools) -> None:
        """Writes an event for some looks; exposures name their card, a dismissal its reason."""
        later = {"impression": 0, "click": 3, "detail": 16, "dismiss": 9}[kind]
        size = int(which.sum())
        columns: dict[str, Ints | int] = {"product": looks.product[which], "session": looks.session[which]}
        if kind != "detail":
            columns["decision"] = looks.row[which]
        if kind == "dismiss":
            columns["payload"] = roll.integers(0, 3, size)
        when = looks.when[which] + later + (roll.integers(0, 3, size) if later else 0)
        self._bank.journal.write(looks.customer[which], KIND[kind], when, channel=IN_APP, **columns)

    def _take_up(self, roll: np.random.Generator, looks: Looks, offered: Bools, day: int) -> None:
        base, more = TASK_TAKEN
        taken = np.flatnonzero(offered & (roll.random(offered.size) < base + more * looks.tempting))
        for number, (kind, often) in enumerate(STEPS):
            done = taken[roll.random(taken.size) < often]
            columns = {"product": looks.product[done], "session": looks.session[done]}
            when = looks.when[done] + 60 + 90 * number
            self._bank.journal.write(looks.customer[done], KIND[kind], when, channel=IN_APP, **columns)
        self._tasks.take_up(looks.customer[taken], looks.category[taken], day)

    def _buy(self, roll: np.random.Generator, looks: Looks, day: int, first: int) -> Bought:
        """The wishes that are fulfilled on the shelf: at most one card of a category for each customer."""
        bank, lift = self._bank, self._plan.exposure_lift
        places = self._preferred(roll, looks)
        customer, category = looks.customer[places], looks.category[places]
        wish = bank.people.activity[customer] * RATES[category]
        wish = wish * logistic(bank.logit[customer, category] + bank.pull[customer, category])
        base = wish * self._exposure.on_shelf(customer, category, day)
        drawn = roll.random(places.size)
        struck = (drawn < np.minimum(base * lift * looks.lift[places], 0.95)) & bank.may[customer, category]
        origin = np.where(drawn < base, ORGANIC, np.where(drawn < base * lift, LIFTED, ARM))[struck]
        places = places[struck]
        product = own_account(bank, customer[struck], looks.product[places])
        found = product != NONE
        places, product, origin = places[found], product[found], origin[found]
        when = looks.when[places] + roll.integers(120, 600, places.size)
        channel = np.full(places.size, IN_APP)
        bought = pay(bank, roll, (looks.customer[places], product, when), channel)
        self._mark(roll, bought, (looks.customer[places], product), (origin, first + looks.shelf[places]))
        return bought

    def _preferred(self, roll: np.random.Generator, looks: Looks) -> Ints:
        """Of the cards seen of a category, the one that a customer would take: places among the looks."""
        bank = self._bank
        catalogue, spells = bank.catalogue, bank.spells
        held = spells.held[looks.customer, looks.product]
        fits = (held == NONE) | ((held >= 0) & ~catalogue.once[looks.product])
        fits &= (catalogue.sale_from[looks.product] <= looks.when) & (catalogue.sold_until[looks.product] > looks.when)
        score = catalogue.taste[looks.product] + HABIT * spells.ever[looks.customer, looks.product]
        score += roll.gumbel(0.0, 0.8, score.size)
        places = np.flatnonzero(fits)
        pair = looks.customer[places] * len(catalogue.shelves) + looks.category[places]
        order = np.lexsort((-score[places], pair))
        _, first = np.unique(pair[order], return_index=True)
        return np.asarray(places[order][first], dtype=np.int64)

    def _mark(
        self, roll: np.random.Generator, bought: Bought, asked: tuple[Ints, Ints], known: tuple[Ints, Ints]
    ) -> None:
        """Marks what was paid for among what was asked for (customer, product) with its (origin, shelf)."""
        products = len(self._bank.catalogue.products)
        keys = asked[0] * products + asked[1]
        order = np.argsort(keys, kind="stable")
        at = order[np.searchsorted(keys[order], bought.customer * products + bought.product)]
        origin, shelf = known[0][at], known[1][at]
        by_task = origins(roll, self._tasks, self._bank, bought, ORGANIC) == TASK
        origin = np.where((origin == ORGANIC) & by_task, TASK, origin)
        self._marks.put(bought, origin, shelf, np.ones(origin.size, dtype=np.bool_))
