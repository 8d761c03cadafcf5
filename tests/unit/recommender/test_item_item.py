"""Item-item neighbours by cosine."""

from __future__ import annotations

import numpy as np
import pytest
from implicit.nearest_neighbours import CosineRecommender
from scipy import sparse

from recommender.models.item_item import ItemItem

HISTORY = sparse.csr_matrix(np.array([[1.0, 1, 0, 0], [1, 1, 0, 0], [1, 0, 2, 0]]))


def crowd(customers: int = 300, items: int = 60) -> sparse.csr_matrix:
    rng = np.random.default_rng(5)
    return sparse.csr_matrix(np.where(rng.random((customers, items)) < 0.1, rng.random((customers, items)), 0.0))


def test_the_similarity_is_the_cosine_of_the_columns() -> None:
    similarity = ItemItem.fit(HISTORY).similarity.toarray()
    assert similarity[0, 1] == pytest.approx(2 / np.sqrt(3 * 2))
    assert similarity[0, 2] == pytest.approx(2 / np.sqrt(3 * 4))
    assert similarity[0, 0] == pytest.approx(1.0)


def test_a_product_nobody_bought_scores_nothing() -> None:
    model = ItemItem.fit(HISTORY)
    assert model.score(np.ones(4))[3] == 0.0


def test_only_the_nearest_neighbours_are_kept() -> None:
    whole, nearest = ItemItem.fit(crowd()).similarity, ItemItem.fit(crowd(), neighbours=3).similarity
    assert set(np.diff(nearest.indptr)) == {3}
    for item in (0, 31):
        assert np.allclose(np.sort(nearest[item].data), np.sort(whole[item].data)[-3:])


@pytest.mark.filterwarnings("ignore:Method expects CSR input")
def test_it_agrees_with_implicit() -> None:
    history = crowd()
    theirs = CosineRecommender(K=7, num_threads=1)
    theirs.fit(history, show_progress=False)
    ours = ItemItem.fit(history, neighbours=7).similarity
    assert np.allclose(ours.toarray(), theirs.similarity.toarray(), atol=1e-12)


def test_a_dense_row_a_dense_block_and_a_sparse_block_score_alike() -> None:
    history = crowd()
    model = ItemItem.fit(history, neighbours=5)
    block = model.score(history[:3])
    assert block.shape == (3, 60)
    assert np.allclose(model.score(history[:3].toarray()), block)
    assert np.allclose(model.score(history[1].toarray()[0]), block[1])


def test_it_survives_the_way_through_arrays() -> None:
    history = crowd()
    model = ItemItem.fit(history)
    assert np.array_equal(ItemItem.from_arrays(model.to_arrays()).score(history), model.score(history))


def test_without_customers_nothing_is_similar() -> None:
    model = ItemItem.fit(sparse.csr_matrix((0, 3)))
    assert model.score(np.ones(3)).tolist() == [0.0, 0.0, 0.0]


def test_scores_are_one_a_product_and_nothing_where_a_list_would_have_run_out_of_neighbours() -> None:
    """recommender.md §12, trap 2: a list of the best is padded with -1, which is the last product."""
    apart = sparse.csr_matrix(np.kron(np.eye(3), np.ones((4, 2))))
    model = ItemItem.fit(apart)
    own = np.array([1.0, 0, 0, 0, 0, 0])
    assert model.score(own).tolist() == pytest.approx([1, 1, 0, 0, 0, 0])
    assert model.score(sparse.csr_matrix(np.vstack([own, own[::-1]])))[1].tolist() == pytest.approx([0, 0, 0, 0, 1, 1])
