"""What is installed is what stands in the tree."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from subprocess import run
from zipfile import ZipFile

from tests.architecture.tree import PRODUCT, ROOT, project_files, short


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    wanted = {short(path) for path in project_files() if short(path).partition("/")[0] in PRODUCT}
    for name in (*wanted, "pyproject.toml"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, source / name)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out)]
    done = run(
        [sys.executable, "-m", "pip", "wheel", *options, str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = out.glob("huojia-*.whl")
    held = set(ZipFile(wheel).namelist())
    assert wanted <= held, f"not in the wheel: {sorted(wanted - held)}"
