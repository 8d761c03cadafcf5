"""Adjusted p keep their order, are never smaller, and agree with the definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recommender.inference.multiplicity import false_discovery, holm

P = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, None, 0.2]) == [1.0, None, pytest.approx(0.6)]
    assert holm([0.04, None, None, None, None])[0] == pytest.approx(0.2)
    assert holm([]) == []


def test_false_discovery_by_hand() -> None:
    assert false_discovery([0.01, None, 0.02, 0.03]) == pytest.approx([0.04, None, 0.04, 0.04])
    assert false_discovery([None]) == [None]


@given(P)
def test_both_keep_the_order_and_holm_is_the_stricter(p: list[float]) -> None:
    strict, loose = [[one or 0.0 for one in adjust(p)] for adjust in (holm, false_discovery)]
    for raw, one, other in zip(p, strict, loose, strict=True):
        assert raw <= other * (1 + 1e-9)
        assert other <= one * (1 + 1e-9) <= 1 + 1e-9
    for adjusted in (strict, loose):
        in_order = [value for _, value in sorted(zip(p, adjusted, strict=True))]
        assert in_order == sorted(in_order)


@given(P)
def test_false_discovery_agrees_with_scipy(p: list[float]) -> None:
    assert false_discovery(p) == pytest.approx(stats.false_discovery_control(p).tolist(), rel=1e-9)


@pytest.mark.parametrize("adjust", [holm, false_discovery])
@pytest.mark.parametrize("p", [float("nan"), -0.1, 1.1])
def test_what_is_no_p_is_refused(adjust: object, p: float) -> None:
    assert callable(adjust)
    with pytest.raises(ValueError, match=r"^p: must"):
        adjust([0.1, p])
