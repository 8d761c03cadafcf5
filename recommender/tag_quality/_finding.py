"""What is found wrong with the data of a tag."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """A share, an index or a number of days that is beyond its bar, with what it was made of; `is_cause` of watch.

    `number` is that of the tag, or of the provider.
    """

    number: int
    code: str
    numerator: float
    denominator: float
    value: float
    bar: float
    is_cause: bool = False
