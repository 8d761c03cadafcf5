from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shelf_rules.regime import REGIMES, Regime, YieldRule
from tests.factories import cn_document, make_regime

Change = Callable[[dict[str, Any]], object]

# Zone, code, regime, half-life and attribution window of the domain model, §14.
TAXONOMY = """
deposit   | deposit.demand                                                  | none      | 365 |  7
deposit   | deposit.term                                                    | none      | 365 | 14
deposit   | deposit.cd                                                      | none      | 540 | 14
deposit   | deposit.notice                                                  | none      | 180 |  7
deposit   | deposit.structured                                              | nfra      | 365 | 14
cash      | cash.mmf                                                        | csrc      |  90 |  7
cash      | cash.wealth                                                     | nfra      |  90 |  7
wealth    | wealth.fixed_income wealth.fi_plus                              | nfra      | 240 | 14
wealth    | wealth.mixed                                                    | nfra      | 300 | 21
wealth    | wealth.equity wealth.derivative                                 | nfra      | 365 | 30
fund      | fund.bond fund.mixed fund.equity fund.index fund.qdii fund.fof  | csrc      | 240 | 30
fund      | fund.plan                                                       | csrc      | 180 | 30
bond      | bond.savings_cert bond.savings_e                                | none      | 720 | 14
gold      | gold.accum gold.physical                                        | bank      | 365 | 21
insurance | ins.health ins.accident ins.life_term ins.property              | insurance | 365 | 60
insurance | ins.annuity ins.endowment ins.participating ins.universal ins.ul | insurance | 720 | 60
pension   | pension.account pension.deposit                                 | none      | 720 | 60
pension   | pension.wealth                                                  | nfra      | 720 | 60
pension   | pension.fund                                                    | csrc      | 720 | 60
pension   | pension.insurance                                               | insurance | 720 | 60
trust_private | private.trust private.fund private.asset_plan               | nfra      | 180 | 14
card      | card.credit card.instalment_bill                                | credit    | 180 | 21
credit    | loan.consumer loan.cash_line                                    | credit    | 180 | 14
credit    | inst.travel inst.shopping inst.medical inst.education inst.home inst.auto | credit | 120 | 14
payment   | pay.wallet pay.bill pay.fx pay.salary                           | none      |  60 |  7
service   | svc.advice svc.education svc.rights                             | none      |  60 |  7
"""


def test_cn_has_the_whole_taxonomy() -> None:
    expected = {}
    for line in TAXONOMY.strip().splitlines():
        zone, codes, regime, half_life, attribution = (cell.strip() for cell in line.split("|"))
        expected |= {code: (zone, regime, int(half_life), int(attribution)) for code in codes.split()}
    stated = {row.code: (row.zone, row.regime, row.half_life, row.attribution_days) for row in make_regime().categories}
    assert stated == expected


def test_cn_has_the_defaults_of_the_regulation() -> None:
    cn = make_regime()
    assert cn.name == "cn"
    assert cn.grades == {capacity: frozenset(range(1, capacity + 1)) for capacity in range(1, 6)}
    assert (cn.assessment_valid_days, cn.tombstone_days, cn.minor_age) == (365, 180, 18)
    assert (cn.senior_age, cn.senior_max_grade) == (65, 3)
    assert cn.minor_zones == {"credit", "card", "wealth", "fund", "gold", "bond", "trust_private"}
    assert cn.minor_categories == {"cash.wealth", "ins.ul", "ins.participating", "ins.universal"}
    assert [scope for scope, default in cn.consent_defaults.items() if default == "on"] == [
        "holdings",
        "behaviour",
        "tags",
        "scene",
    ]
    assert [scope for scope, default in cn.consent_defaults.items() if default == "ask"] == ["personalisation"]
    assert len(cn.consent_defaults) == 10
    assert cn.scopes_needed == {"inst.medical": "scene_medical"}
    assert cn.ungated_zones == {"deposit", "payment", "service"}
    assert cn.loan_invest_separation
    assert {row.cooling_off for row in cn.categories if row.regime != "insurance"} == {7}
    assert {row.cooling_off for row in cn.categories if row.regime == "insurance"} == {15}
    assert (cn.outside.half_life, cn.outside.attribution_days, cn.outside.exit) == (180, 14, "any_day")


def test_cn_asks_of_each_regime_what_the_domain_says() -> None:
    both, one, neither = (True, True), (True, False), (False, False)
    assert make_regime().needs == dict(zip(REGIMES, [neither, one, neither, both, both, both], strict=True))


def test_cn_rewards_buying_in_no_zone_of_money() -> None:
    cn = make_regime()
    by_funds = {zone for zone, allowed in cn.incentives.items() if allowed & {"purchase", "balance", "funds_in"}}
    assert by_funds == {"payment"}
    assert cn.incentives["credit"] == {"learn", "visit"}
    assert cn.incentives["card"] == {"learn", "configure", "visit"}
    assert cn.incentives["cash"] == cn.incentives["pension"] == cn.incentives["wealth"]
    assert cn.incentives["bond"] == cn.incentives["deposit"]
    assert "trust_private" not in cn.incentives


def test_cn_lints_what_may_not_be_promised() -> None:
    cn = make_regime()
    assert {"保本", "预期收益", "低风险", "限时抢购"} <= set(cn.banned_words)
    assert cn.linted_fields == {"title", "subtitle", "badge", "reason", "task_text"}
    assert cn.exempt_fields == {"risk_label"}
    texts = [text for pair in [*cn.disclosures.values(), *cn.zone_names.values()] for text in pair]
    texts += [text for row in cn.categories for text in (row.name_zh, row.name_en)]
    assert not [text for text in texts for word in cn.banned_words if word in text]


def test_cn_shows_a_benchmark_never_first() -> None:
    rule = make_regime().yields["performance_benchmark"]
    assert rule == YieldRule(frozenset({"secondary", "detail_only"}), frozenset({"basis_text", "disclaimer"}))


def test_every_zone_has_names_disclosures_and_an_order() -> None:
    cn = make_regime()
    assert cn.zones[:4] == ("deposit", "cash", "wealth", "fund")
    assert set(cn.zones) == set(cn.zone_names) == set(cn.disclosures) == {row.zone for row in cn.categories}
    assert all(zh and en for zh, en in [*cn.zone_names.values(), *cn.disclosures.values()])
    assert set(cn.families) == set(cn.zones) - {"trust_private"}
    assert cn.aum_zones == {zone for zone, family in cn.families.items() if family == "investing"}
    assert cn.funded_exempt == {"credit", "card", "payment", "service"}


def _paths(document: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every key of a document; of a list of tables the first only."""
    if isinstance(document, dict):
        below = [deeper for key, value in document.items() for deeper in _paths(value, (*path, key))]
        return below if not path or isinstance(path[-1], int) else [path, *below]
    if isinstance(document, list) and document and isinstance(document[0], dict):
        return [path, *_paths(document[0], (*path, 0))]
    return [path]


# What may be absent: entries of lists that the bank completes itself.
FREE = {"consent_scopes", "scopes_needed", "incentives", "families", "yield"}
REQUIRED = [path for path in _paths(cn_document()) if not (path[-1] not in FREE and len(path) > 1 and path[-2] in FREE)]


def _name(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@pytest.mark.parametrize("path", REQUIRED, ids=_name)
def test_a_missing_key_is_named(path: tuple[str | int, ...]) -> None:
    document = copy.deepcopy(dict(cn_document()))
    del _at(document, path[:-1])[path[-1]]
    with pytest.raises(ValueError, match=r": missing$") as failure:
        Regime.from_mapping(document)
    assert str(failure.value).startswith(_name(path) + ":")


@pytest.mark.parametrize("path", _paths(cn_document()), ids=_name)
def test_a_value_of_another_kind_is_named(path: tuple[str | int, ...]) -> None:
    document = copy.deepcopy(dict(cn_document()))
    _at(document, path[:-1])[path[-1]] = 1.5
    with pytest.raises(ValueError, match=r"expected|supported") as failure:
        Regime.from_mapping(document)
    assert str(failure.value).startswith(_name(path))


TABLES = sorted({path[:-1] for path in _paths(cn_document())}, key=str)


@pytest.mark.parametrize("table", TABLES, ids=lambda path: _name(path) or "top")
def test_an_unknown_key_is_named(table: tuple[str | int, ...]) -> None:
    document = copy.deepcopy(dict(cn_document()))
    _at(document, table)["surprise"] = "x"
    with pytest.raises(ValueError, match="surprise"):
        Regime.from_mapping(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("layout", "zones_then_tiers"),
        ("price_or_reward_depends_on_profile", True),
        ("personalisation.default", "on"),
        ("personalisation.off_effective", "next_day"),
        ("personalisation.tag_delete", False),
        ("suitability.effective_grade", "issuer"),
        ("suitability.missing_or_expired", "show"),
        ("suitability.inferred_risk_may_only_lower", False),
        ("referral.share_product_cards", True),
        ("suitability.matrix.C1", ["R6"]),
        ("suitability.matrix.C1", ["R1", "R1"]),
        ("suitability.needs.nfra", ["luck"]),
        ("suitability.scopes_needed", {"inst.medical": "nothing"}),
        ("suitability.assessment_valid_days", -1),
        ("suitability.assessment_valid_days", True),
        ("consent_scopes.holdings", "maybe"),
        ("senior.max_grade_tiers_2_3", "R9"),
        ("minor.exclude_zones", ["moon"]),
        ("minor.exclude_categories", ["moon.dust"]),
        ("incentives.moon", {"allow": [], "review": [], "forbid": []}),
        ("incentives.credit.allow", ["learn", "bribe"]),
        ("incentives.credit.review", ["learn"]),
        ("incentives.credit.forbid", ["configure"]),
        ("families.daily", ["deposit"]),
        ("funds.aum_zones", ["moon"]),
        ("category_default.exit", "at will"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_its_path(path: str, value: object) -> None:
    document = copy.deepcopy(dict(cn_document()))
    *table, key = path.split(".")
    _at(document, tuple(table))[key] = value
    with pytest.raises(ValueError, match=path.partition(".")[0]) as failure:
        Regime.from_mapping(document)
    named = str(failure.value).partition(":")[0]
    assert named in {path, f"{path}.inst.medical", path.rpartition(".")[0]}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda document: document["zones"].append(document["zones"][0]), "zones[13].code"),
        (lambda document: document["categories"].append(document["categories"][0]), "categories[57].code"),
        (lambda document: document["categories"][3].update(zone="moon"), "categories[3].zone"),
        (lambda document: document["categories"][3].update(regime="moon"), "categories[3].regime"),
        (lambda document: document["categories"][3].update(exit="moon"), "categories[3].exit"),
        (lambda document: document.update(zones=[1]), "zones[0]"),
    ],
)
def test_rows_stand_once_and_name_what_exists(change: Change, path: str) -> None:
    document = copy.deepcopy(dict(cn_document()))
    change(document)
    with pytest.raises(ValueError, match=r".") as failure:
        Regime.from_mapping(document)
    assert str(failure.value).partition(":")[0] == path


def test_a_document_is_a_table() -> None:
    with pytest.raises(ValueError, match="document: a table is expected"):
        Regime.from_mapping([])  # type: ignore[arg-type]


def test_what_must_be_said_is_what_the_shipped_file_says() -> None:
    assert Regime.from_mapping(copy.deepcopy(dict(cn_document()))).categories == make_regime().categories


def test_an_article_is_named_in_both_languages_or_in_none() -> None:
    cn = make_regime()
    assert cn.tag_bases["contract"].legal_ref == ("", "")
    assert all(all(ground.legal_ref) for ground in cn.tag_rights.values())
    document = cn_document()
    document["tag_bases"]["consent"]["legal_ref_en"] = ""
    with pytest.raises(ValueError, match=r"tag_bases.consent.legal_ref_en: an article in one language only"):
        Regime.from_mapping(document)
