"""The image, as far as it can be judged without a container engine."""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatch

from tests.architecture.tree import ROOT, run_tool

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
INSTRUCTIONS = [line.split(maxsplit=1) for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]


def _last(instruction: str) -> str:
    return [rest for name, rest in INSTRUCTIONS if name == instruction][-1]


def test_hadolint_has_nothing_to_say() -> None:
    done = run_tool("hadolint", "--no-color", "Dockerfile")
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_starts_the_projects_command_without_a_shell() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert json.loads(_last("ENTRYPOINT"))[0] in project["scripts"]
    assert json.loads(_last("CMD")) == ["serve"]


def test_it_does_not_run_as_root() -> None:
    person, _, group = _last("USER").partition(":")
    assert int(person) > 0
    assert int(group) > 0


def test_it_writes_below_its_data_folder_only() -> None:
    assert json.loads(_last("VOLUME")) == [re.findall(r"HUOJIA_DATA_DIR=(\S+)", TEXT)[-1]]


def test_its_health_check_asks_whether_the_process_lives() -> None:
    program = json.loads(_last("HEALTHCHECK").partition("CMD")[2])
    compile(program[-1], "HEALTHCHECK", "exec")
    assert "/livez" in program[-1]


def test_what_it_copies_exists_and_is_sent_to_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = [line.removeprefix("!") for line in lines if line.startswith("!")]
    copied = [rest.split()[0] for name, rest in INSTRUCTIONS if name == "COPY" and "--from" not in rest]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), f"COPY {name}: there is no such file"
        assert any(fnmatch(name, pattern) for pattern in sent), f"COPY {name}: .dockerignore keeps it out"
