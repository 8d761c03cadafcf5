"""`huojia experiment` and `huojia layer`: what they answer and leave behind."""

from __future__ import annotations

import copy
from pathlib import Path

import orjson

from tests.integration.commanding import Run, put
from tests.integration.test_experiments_api import SPEC


def test_an_experiment_is_written_started_and_stopped_by_hand(run: Run, tmp_path: Path) -> None:
    assert (
        run("layer", "make", "wallet", "arrangement.category_cap").out == "layer wallet owns arrangement.category_cap\n"
    )
    strange = put(tmp_path, "strange.json", orjson.dumps({**SPEC, "coverage": 2}))
    refused = run("experiment", "draft", strange)
    assert (refused.code, refused.err) == (1, f"huojia: {strange}: coverage: above 0, up to 1\n")
    file = put(tmp_path, "softer.json", orjson.dumps(copy.deepcopy(SPEC)))
    drafted = run("experiment", "draft", file, "--as", "anna")
    assert drafted.out == "softer is draft, phase 1, coverage 10%, generation 1\n", drafted.err
    assert run("experiment", "start", "softer").out == "softer is running, phase 1, coverage 10%, generation 2\n"
    assert run("experiment", "ramp", "softer", "0.5").out == "softer is running, phase 1, coverage 50%, generation 3\n"
    lowered = run("experiment", "ramp", "softer", "0.1")
    assert lowered.code == 1
    assert "coverage: inside a phase" in lowered.err
    assert run("experiment", "stop", "softer", "--reason", "seen").code == 0
    assert run("experiment", "list", "--json").json["experiments"][0]["state"] == "stopped"
    assert [one["act"] for one in run("experiment", "show", "softer").json["acts"]] == [
        "draft",
        "start",
        "ramp",
        "stop",
    ]
    assert run("audit", "verify").code == 0
