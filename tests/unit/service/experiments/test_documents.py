"""A document of an experiment says which way harm is; silence is refused where it would be read wrongly."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from service.errors import Invalid
from service.experiments.documents import read_spec
from tests.experimenting import make_spec

COMPLAINTS = {"key": "complaints", "kind": "mean", "num": "complaints"}
CLICKS = {"key": "clicks", "kind": "mean", "num": "clicks"}


def _document(**fields: Any) -> dict[str, Any]:
    return {**msgspec.to_builtins(make_spec()), **fields}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"guardrails": [{"metric": COMPLAINTS, "margin": 0.1}]}, "guardrails[0].metric"),
        ({"guardrails": [{"metric": CLICKS, "margin": 0.1}]}, "guardrails[0].metric"),
        ({"primary": [CLICKS, COMPLAINTS]}, "primary[1]"),
        ({"secondary": [COMPLAINTS]}, "secondary[0]"),
    ],
)
def test_a_guardrail_and_a_metric_of_harm_say_which_way_is_good(fields: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_spec(_document(**fields))
    told = "missing: write true where more is good, false where more is harm"
    assert [(one["loc"], one["detail"]) for one in refused.value.errors] == [(f"{place}.is_good_up", told)]


def test_what_is_said_is_kept_and_more_clicks_are_good_in_silence() -> None:
    guardrail = {"metric": {**COMPLAINTS, "is_good_up": False}, "margin": 0.1}
    spec = read_spec(_document(primary=[CLICKS], guardrails=[guardrail]))
    assert (spec.primary[0].is_good_up, spec.guardrails[0].metric.is_good_up) == (True, False)


@pytest.mark.parametrize("strange", [3, [3], {"metric": 3}, [{"metric": 3}], [{"metric": {"num": []}}]])
def test_what_is_no_guardrail_is_refused_with_its_place(strange: object) -> None:
    with pytest.raises(Invalid, match="guardrails"):
        read_spec(_document(guardrails=strange))


def test_a_guardrail_may_tolerate_nothing_and_no_less() -> None:
    metric = {**COMPLAINTS, "is_good_up": False}
    assert read_spec(_document(guardrails=[{"metric": metric, "margin": 0}])).guardrails[0].margin == 0
    with pytest.raises(Invalid, match=r"guardrails\[0\]\.margin: 0 or above"):
        read_spec(_document(guardrails=[{"metric": metric, "margin": -0.1}]))
