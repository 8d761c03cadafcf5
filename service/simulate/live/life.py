"""The living bank from day to day: what its customers do by themselves, and what they do with the running service."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np

from service.simulate.bank import Bank, Step
from service.simulate.browsing import look_around
from service.simulate.buying import Bought, fulfil, struck, wishes
from service.simulate.chance import Floats, Ints, dice, pick
from service.simulate.exchange import product_vocabulary
from service.simulate.exits import leave
from service.simulate.flows import cross, earn, pay_days
from service.simulate.live.arriving import Arrivals, tagged
from service.simulate.live.client import Call, Client
from service.simulate.live.exposure import Exposure
from service.simulate.live.growth import grow, salaried
from service.simulate.live.marks import LIFTED, ORGANIC, Marks, Tasks, origins, through_none
from service.simulate.live.outbox import Outbox, moment
from service.simulate.live.plan import Plan
from service.simulate.live.providing import Providers
from service.simulate.live.reacting import Reactor
from service.simulate.live.shelves import Cards, Shelves, fetch
from service.simulate.live.switching import Switch
from service.simulate.live.value import may_be_shown, preferences, shelf_values, wished
from service.simulate.live.weeks import Shown, Week, summed, together
from service.simulate.period import APP_HOURS, DAY, NIGHT_HOURS, clock
from service.simulate.taxonomy import CATEGORIES

OPEN_HOURS = APP_HOURS[8:21]
BUSIEST = 3.0
"""Activity beyond this opens the app no more often."""
APPEAL_MOVES = 0.08
"""How far the appeal of a product moves in a week."""
TURN_WEEKS = 4
"""A turn of the market takes so long."""
HURRY_S = 2 * 3_600
"""What follows a visit lies within this time."""
STAGES = ("earn", "leave", "cross", "salary", "appeal", "tags", "buy", "lift", "look", "visit", "react", "switch")


class Life:
    """The bank, the service, and everything that goes on between them."""

    def __init__(self, client: Client, bank: Bank, plan: Plan, now: int) -> None:
        """Takes a bank at the end of its simulated days; `now` is the service's time."""
        self._client, self._bank, self._plan, self._now = client, bank, plan, now
        self.first, known = bank.period.as_of, (bank.people.size, len(bank.catalogue.products))
        self.providers, self._switch = Providers(bank), Switch(bank)
        paid = pay_days(dice(bank.seed, "salaries"), bank.people)
        grow(bank, plan.weeks)
        self.providers.grow(bank)
        self._switch.grow(bank)
        self._paid = salaried(bank, paid, known[0])
        self._arrivals = Arrivals(bank, known)
        self._exposure = Exposure(bank.people.size, len(bank.catalogue.products), len(CATEGORIES))
        self._tasks, self._marks = Tasks(bank, plan.task_effect), Marks()
        self._reactor = Reactor(bank, plan, self._exposure, self._tasks, self._marks)
        products = product_vocabulary(bank.catalogue.products)
        self._numbers = {name: place for place, name in enumerate(products)}
        self.outbox = Outbox(client, bank, products)
        self._turn = dice(bank.seed, "market turn").normal(0.0, plan.market_turn / TURN_WEEKS, len(CATEGORIES))
        self._rolls = {name: dice(bank.seed, f"live {name}") for name in STAGES}
        self.shown: list[Shown] = []
        """The shelves of each week."""
        self.marks: list[dict[str, Ints]] = []
        """The marks of each week's purchases."""

    @property
    def bank(self) -> Bank:
        """The bank in its present state."""
        return self._bank

    def week(self, number: int) -> Week:
        """Lives through a week, counted from 0."""
        started, bank, rolls = time.perf_counter(), self._bank, self._rolls
        step = _days(self.first, 7 * number, 7)
        bank.advance(step.begin)
        bank.catalogue.taste[:] += rolls["appeal"].normal(0.0, APPEAL_MOVES, bank.catalogue.taste.size)
        if 0 <= number - self._plan.warm_up < TURN_WEEKS:
            bank.logit += self._turn.astype(np.float32)
        earn(bank, rolls["earn"])
        closed = leave(bank, rolls["leave"], step)
        cross(bank, rolls["cross"], step)
        self._pay_salaries(step)
        self.outbox.counts = Counter()
        shown = [self._day(7 * number + day) for day in range(7)]
        self.outbox.settle()
        bank.spells.unblock(closed)
        self.shown.append(_of_week(number + 1, shown))
        self.marks.append(self._marks.taken())
        seconds = time.perf_counter() - started
        return summed(number + 1, self.shown[-1], self.marks[-1], self.outbox.counts, seconds)

    def _day(self, day: int) -> Shown:
        """A day; what its visitors saw."""
        step, rolls = _days(self.first, day, 1), self._rolls
        self._by_themselves(step, day)
        hour = 8 + int(pick(rolls["visit"], OPEN_HOURS, 1)[0])
        visitors = self._visitors(step)
        at = max(step.begin + hour * 3_600, self._now)
        if at > step.end - HURRY_S:  # the service's clock has passed this day already
            visitors, at = visitors[:0], max(step.end, self._now)
        self._client.tell_all(self._arrivals.launches(step.begin, step.end))
        self._reach(at)
        self.outbox.settle()
        if day % 7 == 0:
            self._assign_tags(step)
        shelves, cards = fetch(self._client, visitors, self._numbers, self._plan.arms)
        shown = self._shown(shelves, cards, at)
        first = self.outbox.note(shelves, cards)
        self._reactor.react(rolls["react"], shelves, cards, (day, at, first))
        turned = self._switch.turn(rolls["switch"], visitors, at + HURRY_S // 2)
        self._reach(max(step.end, at))  # what is sent here is taken in while the next day begins
        if turned:
            self.outbox.settle()
            self._client.tell_all(turned)
        return shown

    def _by_themselves(self, step: Step, day: int) -> None:
        """Purchases without the shelf, those that a card seen lately has led to, and looking around."""
        bank, rolls, exposure = self._bank, self._rolls, self._exposure
        chance = wishes(bank, step) * exposure.elsewhere(day)
        bought = fulfil(bank, rolls["buy"], step, struck(bank, rolls["buy"], chance))
        self._mark(bought, day, ORGANIC)
        if self._plan.exposure_lift > 1.0:
            more = chance * np.float32(self._plan.exposure_lift - 1.0) * exposure.recent_categories(day)
            wanted = struck(bank, rolls["lift"], more)
            seen = lambda customer, product: exposure.recent(customer, product, day)  # noqa: E731
            self._mark(fulfil(bank, rolls["lift"], step, wanted, seen), day, LIFTED)
        look_around(bank, rolls["look"], step)

    def _mark(self, bought: Bought, day: int, origin: int) -> None:
        exposed = self._exposure.recent(bought.customer, bought.product, day)
        known = np.full(bought.number.size, origin)
        if origin == ORGANIC:
            known = origins(self._rolls["react"], self._tasks, self._bank, bought, origin)
        self._marks.put(bought, known, through_none(bought), exposed)

    def _visitors(self, step: Step) -> Ints:
        """Who opens the app on a day."""
        active = np.minimum(self._bank.people.activity, BUSIEST)
        usual = float(active[active > 0].mean()) if (active > 0).any() else 1.0
        chance: Floats = np.minimum(self._plan.visits * active / usual / 7.0, 0.9) * self._bank.customers_of(step)
        return np.flatnonzero(self._rolls["visit"].random(chance.size) < chance)

    def _reach(self, at: int) -> None:
        """Moves the service's clock to a moment and tells what has happened before it."""
        self.outbox.settle()
        self._client.tell(Call("PUT", "/v1/dev/clock", {"now": moment(at)}))
        before, self._now = self._now, at
        self._client.tell_all(self._arrivals.newcomers(self._switch, min(before, at), at))
        self.outbox.send(at)

    def _assign_tags(self, step: Step) -> None:
        assigned = self.providers.assign(self._bank, self._rolls["tags"], step.begin)
        self._client.tell_all(tagged(assigned, self.providers.tags))
        self.outbox.counts["tags"] += assigned.customer.size

    def _pay_salaries(self, step: Step) -> None:
        """The salaries of the pay days of a week, in the night."""
        bank, roll = self._bank, self._rolls["salary"]
        customer, pay_day = self._paid
        since = (step.begin - bank.period.start) // DAY
        ahead = (pay_day - since) % 30
        rows = np.flatnonzero((ahead < 7) & (bank.people.joined[customer] + DAY < step.begin))
        when = step.begin + ahead[rows] * DAY + clock(roll, rows.size, NIGHT_HOURS)
        cents = (bank.people.income[customer[rows]] * roll.normal(1.0, 0.03, rows.size)).astype(np.int64)
        zeros = np.zeros(rows.size, dtype=np.int64)
        bank.flows.append({"customer": customer[rows], "when": when, "cents": cents, "place": zeros, "own": zeros})

    def _shown(self, shelves: Shelves, cards: Cards, at: int) -> Shown:
        may, size = may_be_shown(self._bank, shelves.customer, at), shelves.customer.size
        value, best = shelf_values(self._bank, preferences(self._bank, shelves.customer), cards, may)
        wish, best_wish = shelf_values(self._bank, wished(self._bank, shelves.customer), cards, may)
        return Shown(
            week=np.zeros(size, dtype=np.int64),
            customer=shelves.customer,
            decision=len(self.outbox.decisions) + np.arange(size),
            mode=shelves.mode,
            cards=np.bincount(cards.shelf, minlength=size),
            value=value,
            best=best,
            wished=wish,
            best_wished=best_wish,
        )


def _days(first: int, day: int, count: int) -> Step:
    begin = first + day * DAY
    return Step(begin, begin + count * DAY)


def _of_week(number: int, shown: list[Shown]) -> Shown:
    whole = together(shown)
    whole.week[:] = number
    return whole
