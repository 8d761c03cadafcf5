"""What tags claim of categories."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recommender.models.tag_claims import TagClaims

# Three items of categories 0, 1 and none; of eight customers six have category 0, one has category 1.
HAD = sparse.csr_matrix(np.repeat([[1.0, 0.0, 0.0], [0.3, 1.0, 1.0], [0.3, 0.0, 1.0]], [6, 1, 1], axis=0))
CLAIMS = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.0, -1.0]])
FITTED = TagClaims.fit(CLAIMS, HAD, np.array([0, 1, -1]), 2)


def lift(*tags: int, value: float = 0.5) -> np.ndarray:
    return FITTED.score(1, np.zeros(len(tags), np.int64), np.array(tags, np.int64), np.full(len(tags), value))[0]


def test_shares_are_of_customers_who_bought_or_held_and_never_nothing() -> None:
    assert FITTED.share.tolist() == [0.7, 0.2]


def test_a_claim_lifts_a_rare_category_more_than_a_common_one() -> None:
    assert lift(0).tolist() == pytest.approx([np.log(0.5 / 0.7 + 0.5), 0.0])
    assert lift(1).tolist() == pytest.approx([0.0, np.log(0.5 / 0.2 + 0.5)])


def test_claims_of_one_category_add_up_as_chances_do() -> None:
    likes = 1.0 - 0.5 * 0.75
    assert lift(1, 2)[1] == pytest.approx(np.log(likes / 0.2 + 1.0 - likes))


def test_an_aversion_lowers_its_category() -> None:
    assert lift(3).tolist() == pytest.approx([0.0, np.log(0.5)])
    assert np.isfinite(lift(3, value=1.0)).all()


def test_less_is_believed_of_a_tag_of_less_value_and_nothing_of_none() -> None:
    assert 0 < lift(1, value=0.1)[1] < lift(1)[1]
    assert lift(1, value=0.0).tolist() == lift().tolist() == lift(7).tolist() == [0, 0]


def test_one_customer_and_many_score_alike_to_the_last_bit() -> None:
    row, tag, value = np.array([1, 1, 3]), np.array([0, 1, 2]), np.array([0.3, 0.6, 0.9])
    block = FITTED.score(5, row, tag, value)
    assert not block[[0, 2, 4]].any()
    for customer in (1, 3):
        own = row == customer
        alone = FITTED.score(1, np.zeros(own.sum(), np.int64), tag[own], value[own])
        assert alone[0].tolist() == block[customer].tolist()


def test_it_comes_back_from_its_arrays_and_says_nothing_without_claims() -> None:
    again = TagClaims.from_arrays(FITTED.to_arrays())
    assert again.score(1, np.array([0]), np.array([1]), np.ones(1)).tolist() == [lift(1, value=1.0).tolist()]
    empty = TagClaims.fit(np.empty((0, 0)), HAD, np.array([0, 1, -1]), 2)
    assert empty.score(1, np.array([0]), np.array([0]), np.ones(1)).tolist() == [[0, 0]]
