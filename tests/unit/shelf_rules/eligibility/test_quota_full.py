from __future__ import annotations

from shelf_rules.eligibility.quota_full import quota_full
from tests.factories import make_product, make_situation, withheld


def test_a_used_up_quota_withholds_and_an_unknown_one_does_not() -> None:
    quotas = {"unknown": None, "negative": -3, "none": 0, "one": 1}
    situation = make_situation(*[make_product(name, quota_left=quota) for name, quota in quotas.items()])
    assert withheld(quota_full(situation), situation) == ["negative", "none"]
