"""What customers do leads to every tier, and depends on what the service must ignore."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import numpy as np

from service.simulate.taxonomy import CATEGORIES
from tests.unit.service.simulate.folder import Folder

BUYING = ("purchase", "top_up", "renewal")
YIELDING = {kind.code for kind in CATEGORIES if kind.yield_kind not in {"none", "price", "premium", "illustration"}}


def _category(folder: Folder, product: str) -> str:
    code: str = folder.product[product]["category"]
    return code


def test_customers_are_long_tailed_and_some_do_nothing(large: Folder) -> None:
    events = Counter(event["customer_id"] for event in large.rows("events"))
    counts = np.array([events[customer] for customer in large.customer])
    assert 35 < counts.mean() < 100
    assert np.percentile(counts, 99) > 4 * counts.mean()
    assert 0.01 < (counts == 0).mean() < 0.12


def test_many_customers_come_back_to_a_category(large: Folder) -> None:
    times = Counter((event["customer_id"], _category(large, event["product_id"])) for event in large.events(*BUYING))
    loyal = {customer for (customer, _), count in times.items() if count >= 2}
    assert len(loyal) > 0.4 * len(large.customer)


def test_many_customers_show_intent_outflow_or_a_maturity_now(large: Folder) -> None:
    month = large.as_of - dt.timedelta(days=30)
    intent = {e["customer_id"] for e in large.rows("events") if e["session_id"] and e["occurred_at"] >= month}
    outflow = {
        row["customer_id"]
        for row in large.rows("cash_flows")
        if row["own_name"] and row["amount"] < 0 and row["occurred_at"] >= month - dt.timedelta(days=60)
    }
    due = {
        row["customer_id"]
        for row in large.rows("holdings")
        if not row["closed_at"] and row["matures_at"] and row["matures_at"] < large.as_of + dt.timedelta(days=30)
    }
    size = len(large.customer)
    assert len(intent) / size > 0.25
    assert len(due) / size > 0.05
    assert len(outflow) / size > 0.1


def test_browsing_precedes_most_purchases_and_happens_without(large: Folder) -> None:
    looked = defaultdict(list)
    for event in large.rows("events"):
        if event["session_id"]:
            code = event["category"] or _category(large, event["product_id"])
            looked[event["customer_id"], code].append(event["occurred_at"])
    bought: dict[tuple[str, str], list[dt.datetime]] = defaultdict(list)
    before = 0
    purchases = large.events("purchase")
    for event in purchases:
        key = event["customer_id"], _category(large, event["product_id"])
        bought[key].append(event["occurred_at"])
        before += any(dt.timedelta(0) < event["occurred_at"] - seen < dt.timedelta(days=4) for seen in looked[key])
    assert 0.5 < before / len(purchases) < 0.9
    without = sum(key not in bought for key in looked)
    assert without > 0.2 * len(looked)


def test_events_fall_at_believable_hours(large: Folder) -> None:
    shanghai = dt.timezone(dt.timedelta(hours=8))
    hours = Counter(
        e["occurred_at"].astimezone(shanghai).hour for e in large.rows("events") if e["channel"] == "in_app"
    )
    assert sum(hours[hour] for hour in range(1, 6)) < 0.06 * hours.total()
    assert sum(hours[hour] for hour in range(19, 23)) > 0.2 * hours.total()
    desk = {e["occurred_at"].astimezone(shanghai).hour for e in large.events("purchase") if e["channel"] == "branch"}
    assert desk <= set(range(9, 19))


def test_purchases_respect_the_customers_grade(large: Folder) -> None:
    for event in large.events("purchase"):
        product, customer = large.product[event["product_id"]], large.customer[event["customer_id"]]
        if product["risk_issuer"]:
            grade = max(product["risk_issuer"], product["risk_distributor"])
            assert customer["risk_capacity"]
            assert grade[1] <= customer["risk_capacity"][1]


def test_a_higher_yield_sells_better_within_a_category(large: Folder) -> None:
    pull = {row["product_id"]: row["yield_pull"] for row in large.rows("truth/products")}
    sold = Counter(event["product_id"] for event in large.events("purchase"))
    scores, sales = [], []
    now = large.as_of
    for code in sorted(YIELDING):
        group = [
            row["product_id"]
            for row in large.rows("products")
            if row["category"] == code
            and not row["sale_until"]
            and not row["series_id"]
            and (not row["sale_from"] or row["sale_from"] < now - dt.timedelta(days=365))
            and row["min_amount"]
        ]
        counts = np.log1p([sold[product] for product in group])
        if len(group) >= 4:
            scores += [pull[product] - np.mean([pull[other] for other in group]) for product in group]
            sales += (counts - counts.mean()).tolist()
    assert len(scores) > 100
    assert np.corrcoef(scores, sales)[0, 1] > 4.0 / np.sqrt(len(scores))


def test_women_and_men_buy_differently_in_some_categories(large: Folder) -> None:
    bought: dict[str, Counter[str]] = {"female": Counter(), "male": Counter()}
    people = Counter(row["attr_gender"] for row in large.rows("customers"))
    pairs = {(event["customer_id"], _category(large, event["product_id"])) for event in large.events("purchase")}
    for customer, code in sorted(pairs):
        gender = large.customer[customer]["attr_gender"]
        if gender:
            bought[gender][code] += 1

    def difference(codes: list[str]) -> float:
        share = [sum(bought[gender][code] for code in codes) / people[gender] for gender in ("female", "male")]
        error = np.sqrt(sum(value / people[gender] for value, gender in zip(share, ("female", "male"), strict=True)))
        return float((share[0] - share[1]) / error)

    assert difference(["gold.physical", "ins.health", "wealth.fixed_income", "inst.shopping", "cash.wealth"]) > 3.0
    assert difference(["fund.equity", "fund.index", "wealth.derivative", "inst.auto", "pay.fx"]) < -3.0
