from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import Refused
from service.whole_files import WholeFiles


@pytest.fixture
def files(tmp_path: Path) -> WholeFiles:
    whole = WholeFiles(tmp_path / "kept")
    with whole.alone():
        pass
    return whole


def test_content_is_found_by_its_sum_and_a_name_stands_for_the_last_that_was_written(files: WholeFiles) -> None:
    sha256 = files.put(b"content")
    files.name("one.json", b"first\nline", beside={sha256})
    files.name("one.json", b"second\nline", beside={sha256})
    assert files.get(sha256) == b"content"
    assert files.named("one.json") == b"second\nline"
    assert files.named("other.json") is None


def test_naming_removes_whatever_does_not_stand_beside(files: WholeFiles, tmp_path: Path) -> None:
    kept, old = files.put(b"kept"), files.put(b"old")
    (tmp_path / "kept" / "torn.part").write_bytes(b"half")
    files.name("one.json", b"", beside={kept})
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"lock", "one.json", f"{kept}.json"}
    assert not files.has(old)
    with pytest.raises(Refused, match="is missing"):
        files.get(old)


@pytest.mark.parametrize("place", [0, 40, 64, 65, -1])
def test_one_changed_byte_of_a_named_file_is_refused(files: WholeFiles, tmp_path: Path, place: int) -> None:
    files.name("one.json", b"some content", beside=())
    path = tmp_path / "kept" / "one.json"
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(Refused, match=r"one\.json was altered"):
        files.named("one.json")


def test_content_that_was_altered_is_refused_and_written_anew(files: WholeFiles, tmp_path: Path) -> None:
    sha256 = files.put(b"content")
    (tmp_path / "kept" / f"{sha256}.json").write_bytes(b"contenu")
    again = WholeFiles(tmp_path / "kept")
    with pytest.raises(Refused, match="was altered"):
        again.get(sha256)
    assert again.put(b"content") == sha256
    assert again.get(sha256) == b"content"


def test_one_writes_at_a_time(files: WholeFiles, tmp_path: Path) -> None:
    with files.alone() as first, WholeFiles(tmp_path / "kept").alone() as second:
        assert (first, second) == (True, False)
    with files.alone() as later:
        assert later
