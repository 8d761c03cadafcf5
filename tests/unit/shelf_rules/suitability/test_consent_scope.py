from __future__ import annotations

import pytest

from shelf_rules.suitability.consent_scope import consent_scope
from tests.factories import make_gate, make_product, make_regime, make_situation, withheld

PRODUCTS = (
    make_product("deposit"),
    make_product("medical", "inst.medical"),
    make_product("travel", "inst.travel"),
    make_product("again", "inst.medical"),
)


@pytest.mark.parametrize(
    ("scopes", "unasked"),
    [
        (frozenset(), ["medical", "again"]),
        (frozenset({"personalisation", "holdings"}), ["medical", "again"]),
        (frozenset({"scene_medical"}), []),
    ],
)
def test_medical_instalments_need_their_own_consent(scopes: frozenset[str], unasked: list[str]) -> None:
    situation = make_situation(*PRODUCTS, gate=make_gate(scopes=scopes))
    assert withheld(consent_scope(situation), situation) == unasked


def test_every_scope_that_is_lacking_counts() -> None:
    needed = {"inst.medical": "scene_medical", "inst.travel": "location", "no.such": "location"}
    situation = make_situation(*PRODUCTS, gate=make_gate(scopes=frozenset()), regime=make_regime(scopes_needed=needed))
    assert withheld(consent_scope(situation), situation) == ["medical", "travel", "again"]
    situation = make_situation(
        *PRODUCTS, gate=make_gate(scopes=frozenset({"scene_medical"})), regime=make_regime(scopes_needed=needed)
    )
    assert withheld(consent_scope(situation), situation) == ["travel"]
