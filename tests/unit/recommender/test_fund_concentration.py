"""Fund concentration."""

from __future__ import annotations

import numpy as np

from recommender.tag_quality.fund_concentration import FundConcentration


def test_a_customer_without_new_money_is_as_the_peers() -> None:
    assert FundConcentration.of(0.0, 0.0, peer_share=0.2, prior=100.0) == (1, 0.5)


def test_peers_without_a_share_say_nothing() -> None:
    found = FundConcentration.of(
        np.array([5.0, 10.0]), np.array([10.0, 10.0]), peer_share=np.array([0.0, 0.5]), prior=10.0
    )
    assert found.concentration[0] == 0.5
    assert found.concentration[1] > 0.5
