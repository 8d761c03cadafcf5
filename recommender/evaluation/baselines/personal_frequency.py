"""What the customer bought most, equal counts by popularity."""

from __future__ import annotations

from recommender.evaluation.known import Known
from recommender.evaluation.study import Score
from recommender.models.personal_frequency import PersonalFrequency


def personal_frequency(known: Known) -> Score:
    """From the purchases before the time."""
    model = PersonalFrequency.fit(known.counts)
    return lambda customers, _eligible=None: model.score(known.counts[customers])
