"""Samples for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from recommender.inference.sample import Sample

MEANS = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
SPREADS = st.floats(1e-3, 1e6)
SAMPLES = st.builds(Sample, n=st.integers(2, 10**7), mean=MEANS, var=SPREADS)
ANY_SAMPLES = st.builds(
    Sample,
    n=st.integers(0, 10**9),
    mean=st.floats(allow_nan=False, allow_infinity=False),
    var=st.floats(0, allow_nan=False, allow_infinity=False),
)
"""As odd as they may be."""


def moved(sample: Sample, by: float = 0.0, times: float = 1.0) -> Sample:
    """The sample of times·value + by."""
    return Sample(sample.n, sample.mean * times + by, sample.var * times * times)
