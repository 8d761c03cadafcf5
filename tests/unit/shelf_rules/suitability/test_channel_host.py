from __future__ import annotations

import pytest

from shelf_rules.facts import Query
from shelf_rules.suitability.channel_host import channel_host
from tests.factories import make_product, make_regime, make_situation, withheld

PRODUCTS = (
    make_product("everywhere"),
    make_product("here", channels=("in_app",)),
    make_product("both", channels=("in_app", "branch")),
    make_product("there", channels=("branch",)),
)


@pytest.mark.parametrize(
    ("channel", "elsewhere"),
    [("in_app", ["there"]), ("branch", ["here"]), ("email", ["here", "both", "there"])],
)
def test_a_limited_product_is_shown_only_through_its_channels(channel: str, elsewhere: list[str]) -> None:
    situation = make_situation(*PRODUCTS, query=Query(channel=channel))
    assert withheld(channel_host(situation), situation) == elsewhere


@pytest.mark.parametrize(
    ("host", "foreign"),
    [
        (None, False),
        ("bank.example", False),
        ("app.bank.example", False),
        ("a.b.bank.example", False),
        ("APP.Bank.Example", False),
        ("evilbank.example", True),
        ("bank.example.evil.test", True),
        ("bank.exampl", True),
        ("shop.example", True),
        ("shop.test", False),
        ("Shop.Test", False),
        ("www.shop.test", True),
        ("", True),
    ],
)
def test_an_action_leads_to_the_banks_own_hosts_only(host: str | None, *, foreign: bool) -> None:
    regime = make_regime(action_hosts=("*.bank.example", "shop.test"))
    situation = make_situation(make_product(action_host=host), regime=regime)
    assert withheld(channel_host(situation), situation) == ["p"] * foreign


def test_a_product_without_an_action_is_fine_beside_one_with_a_foreign_host() -> None:
    situation = make_situation(make_product("none"), make_product("evil", action_host="x.test"), make_product("also"))
    assert withheld(channel_host(situation), situation) == ["evil"]


def test_no_host_is_allowed_where_none_is_listed() -> None:
    situation = make_situation(
        make_product("own", action_host="bank.example"), make_product("none"), regime=make_regime(action_hosts=())
    )
    assert withheld(channel_host(situation), situation) == ["own"]
