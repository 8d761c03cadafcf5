"""The categories of the simulated bank: what the market knows of each, and how its customers live with it."""

from __future__ import annotations

from typing import NamedTuple

# `forms`: how money moves (demand account, any-day exit, term, exit windows, yearly renewal, locked, loan, opened
# once, single transactions). `weight`: products of 400. `interested`: share of customers drawn to it at a time.
# `life`: typical days such an interest lasts. `rate`: purchases a week of somebody fully interested.
# `scale`: a usual amount in CNY where it does not follow from what the customer has.
_TABLE = """
code name grades regime yield_kind forms terms minimum weight interested life rate scale
deposit.demand 活期存款 - none contractual_rate demand - 1 4 .14 1400 .06 6000
deposit.term 定期存款 - none contractual_rate term 90,180,365,730 50,1000 20 .13 900 .12 -
deposit.cd 大额存单 - none contractual_rate term 365,730,1095 200000 10 .05 1050 .10 -
deposit.notice 通知存款 - none contractual_rate term 7,30 50000 4 .03 120 .25 -
deposit.structured 结构性存款 R1R2R3 nfra scenario_range term 30,60,90,180 10000 12 .06 260 .15 -
cash.mmf 货币基金 R1 csrc annualised_7d anyday - 0.01,1,100 12 .16 200 .28 -
cash.wealth 现金管理类 R1 nfra annualised_7d anyday - 0.01,1 12 .13 150 .25 -
wealth.fixed_income 固定收益类 R2 nfra performance_benchmark term,window 30,60,90,180,365 1,1000,10000 44 .18 420 .16 -
wealth.fi_plus 固收增强 R2R3 nfra performance_benchmark term,window 90,180,270,365 1,1000,10000 24 .08 240 .14 -
wealth.mixed 混合类理财 R3 nfra nav_return window,term 180,365 1,10000 14 .04 120 .14 -
wealth.equity 权益类理财 R4R5 nfra nav_return window 180,365 10000 8 .025 60 .18 -
wealth.derivative 商品衍生类 R4R5 nfra nav_return window,term 90,180 10000 6 .02 31 .25 -
fund.bond 债券基金 R2 csrc nav_return anyday - 1,10,100 20 .08 180 .18 -
fund.mixed 混合基金 R3R4 csrc nav_return anyday - 1,10,100 20 .07 90 .22 -
fund.equity 股票基金 R4R5 csrc nav_return anyday - 1,10 16 .06 70 .24 -
fund.index 指数基金 R3R4 csrc nav_return anyday - 1,10 14 .07 110 .22 -
fund.qdii QDII基金 R4R5 csrc nav_return anyday - 10,100 8 .025 45 .24 -
fund.fof FOF基金 R3 csrc nav_return anyday - 1,10 6 .025 80 .18 -
fund.plan 基金定投 R3R4 csrc none anyday - 10,100 8 .06 360 .25 -
bond.savings_cert 凭证式国债 R1 none contractual_rate term 1095,1825 100 4 .03 650 .07 -
bond.savings_e 电子式国债 R1 none contractual_rate term 1095,1825 100 4 .03 550 .07 -
gold.accum 积存金 R3 bank price anyday - 1,100 4 .06 100 .24 -
gold.physical 实物金 R3 bank price opened - 500,1000 4 .025 36 .20 3000
ins.health 医疗重疾险 - insurance premium renewal - 100,300 8 .06 500 .06 1500
ins.accident 意外险 - insurance premium renewal - 50,100 6 .05 150 .08 200
ins.life_term 定期寿险 - insurance premium renewal - 300 4 .025 600 .05 1200
ins.property 家财险 - insurance premium renewal - 60,100 4 .03 300 .06 300
ins.annuity 年金险 - insurance illustration locked - 1000,10000 6 .03 1400 .05 20000
ins.endowment 两全险 - insurance illustration locked - 1000 4 .02 700 .05 12000
ins.participating 分红险 - insurance illustration locked - 1000,5000 4 .025 450 .05 15000
ins.universal 万能险 - insurance illustration locked - 1000 4 .02 350 .06 10000
ins.ul 投连险 R4 insurance illustration locked - 5000 4 .015 50 .10 20000
pension.account 个人养老金账户 - none none locked - 1 2 .04 1150 .06 3000
pension.deposit 养老储蓄 - none contractual_rate term 365,1095 50 3 .025 700 .05 6000
pension.wealth 养老理财 R2 nfra performance_benchmark locked - 1 4 .025 600 .06 6000
pension.fund 养老基金 R3 csrc nav_return locked - 1 4 .025 400 .08 4000
pension.insurance 养老保险 - insurance illustration locked - 100 3 .02 650 .05 5000
private.trust 集合资金信托 R4 nfra performance_benchmark term 365,730 1000000 3 .01 500 .05 -
private.fund 私募基金 R5 nfra nav_return locked - 1000000 3 .008 300 .05 -
card.credit 信用卡 - credit apr opened - - 6 .11 200 .10 -
card.instalment_bill 账单分期 - credit apr loan 90,180,365 500 3 .06 40 .20 4000
loan.consumer 消费贷 - credit apr loan 365,730,1095 1000 5 .06 60 .14 40000
loan.cash_line 循环额度 - credit apr loan 30,90,180 500 4 .05 35 .24 6000
inst.travel 旅游分期 - credit apr loan 90,180 1000 3 .03 27 .22 8000
inst.shopping 购物分期 - credit apr loan 90,180,365 300 3 .06 30 .24 3000
inst.medical 医疗分期 - credit apr loan 180,365 1000 3 .02 36 .18 12000
inst.education 教育分期 - credit apr loan 180,365 1000 3 .03 90 .14 10000
inst.home 家装分期 - credit apr loan 365,730,1095 5000 3 .025 100 .10 60000
inst.auto 购车分期 - credit apr loan 365,730,1095 10000 3 .02 45 .10 90000
pay.wallet 钱包支付 - none none opened - - 2 .15 400 .20 300
pay.bill 生活缴费 - none none single - - 3 .20 500 .26 180
pay.fx 结售汇 - none none single - - 3 .03 40 .24 9000
pay.salary 代发工资 - none none opened - - 2 .05 700 .05 -
svc.advice 投资顾问 - none none single - - 3 .04 50 .15 -
svc.education 投教课堂 - none none single - - 4 .05 70 .20 -
svc.rights 会员权益 - none none single - - 4 .08 120 .22 -
"""

_ZONES = {"ins": "insurance", "private": "trust_private", "loan": "credit", "inst": "credit"}
_ZONES |= {"pay": "payment", "svc": "service"}


class Category(NamedTuple):
    """One row of the table; amounts in CNY, times in days, rates a week."""

    code: str
    zone: str
    name: str
    grades: tuple[int, ...]
    regime: str
    yield_kind: str
    forms: tuple[str, ...]
    terms: tuple[int, ...]
    minimums: tuple[float, ...]
    weight: float
    interested: float
    life: float
    rate: float
    scale: float


def _category(line: str) -> Category:
    cells = line.split()
    code, name, grades, regime, kind, forms, terms, minimum = cells[:8]
    stem = code.partition(".")[0]
    return Category(
        code=code,
        zone=_ZONES.get(stem, stem),
        name=name,
        grades=tuple(int(grade) for grade in grades if grade.isdigit()),
        regime=regime,
        yield_kind=kind,
        forms=tuple(forms.split(",")),
        terms=tuple(int(term) for term in terms.split(",") if term != "-"),
        minimums=tuple(float(amount) for amount in minimum.split(",") if amount != "-"),
        weight=float(cells[8]),
        interested=float(cells[9]),
        life=float(cells[10]),
        rate=float(cells[11]),
        scale=0.0 if cells[12] == "-" else float(cells[12]),
    )


CATEGORIES = tuple(_category(line) for line in _TABLE.strip().splitlines()[1:])
INDEX = {category.code: index for index, category in enumerate(CATEGORIES)}
ZONES = tuple(dict.fromkeys(category.zone for category in CATEGORIES))
CREDIT = tuple(category.regime == "credit" for category in CATEGORIES)
INVESTING = ("deposit", "cash", "wealth", "fund", "bond", "gold", "pension", "trust_private")

SUBSTITUTES: dict[str, tuple[tuple[str, float], ...]] = {
    "deposit.term": (("deposit.term", 2.0), ("deposit.cd", 1.0), ("wealth.fixed_income", 0.9), ("bond.savings_e", 0.7)),
    "deposit.notice": (("deposit.notice", 1.5), ("cash.wealth", 0.8), ("deposit.term", 0.6)),
    "deposit.structured": (("deposit.structured", 1.8), ("wealth.fixed_income", 1.0), ("deposit.term", 0.6)),
    "cash.mmf": (("cash.wealth", 1.2), ("wealth.fixed_income", 1.0), ("fund.bond", 0.5)),
    "cash.wealth": (("wealth.fixed_income", 1.2), ("cash.mmf", 0.8)),
    "wealth.fixed_income": (
        ("wealth.fixed_income", 2.0),
        ("wealth.fi_plus", 0.9),
        ("cash.mmf", 0.6),
        ("fund.bond", 0.6),
    ),
    "wealth.fi_plus": (("wealth.fi_plus", 1.6), ("wealth.fixed_income", 0.8), ("fund.bond", 0.6)),
    "fund.equity": (("fund.index", 1.0), ("fund.mixed", 1.0), ("cash.mmf", 0.8)),
    "fund.mixed": (("fund.bond", 0.8), ("fund.index", 0.8), ("cash.mmf", 0.6)),
}
"""Where money that comes free is drawn to, as an addition to the logit of the preference."""

SUCCESSORS: dict[str, tuple[tuple[str, float], ...]] = {
    "pay.bill": (("cash.mmf", 0.10), ("card.credit", 0.10), ("pay.wallet", 0.08)),
    "pay.wallet": (("cash.mmf", 0.14), ("card.credit", 0.10)),
    "pay.salary": (("cash.wealth", 0.20), ("deposit.term", 0.12), ("card.credit", 0.15)),
    "deposit.demand": (("deposit.term", 0.14), ("cash.mmf", 0.14), ("wealth.fixed_income", 0.08)),
    "deposit.term": (("wealth.fixed_income", 0.20), ("deposit.cd", 0.12), ("ins.annuity", 0.06)),
    "cash.mmf": (("wealth.fixed_income", 0.16), ("fund.bond", 0.10), ("fund.plan", 0.10)),
    "cash.wealth": (("wealth.fixed_income", 0.18), ("wealth.fi_plus", 0.08)),
    "wealth.fixed_income": (("wealth.fi_plus", 0.16), ("fund.bond", 0.12), ("ins.health", 0.06)),
    "wealth.fi_plus": (("fund.mixed", 0.12), ("wealth.mixed", 0.12)),
    "fund.bond": (("fund.mixed", 0.18), ("pension.account", 0.08)),
    "fund.mixed": (("fund.equity", 0.14), ("fund.index", 0.12)),
    "fund.plan": (("fund.index", 0.20), ("pension.account", 0.12)),
    "fund.index": (("fund.qdii", 0.12), ("pension.fund", 0.08)),
    "pension.account": (("pension.fund", 0.25), ("pension.deposit", 0.20), ("pension.wealth", 0.20)),
    "card.credit": (("card.instalment_bill", 0.16), ("inst.shopping", 0.12), ("loan.consumer", 0.08)),
    "inst.home": (("ins.property", 0.25), ("loan.consumer", 0.15)),
    "ins.accident": (("ins.health", 0.25),),
    "ins.health": (("ins.life_term", 0.14), ("ins.annuity", 0.10)),
    "svc.education": (("fund.plan", 0.18), ("fund.index", 0.12)),
    "svc.advice": (("pension.account", 0.14), ("wealth.mixed", 0.12)),
}
"""Which interest follows which, with the chance that it does."""
