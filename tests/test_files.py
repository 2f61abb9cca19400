"""Files are whole or not there: replaced, made new, and left as they were by whatever goes wrong."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from kinect_sync.files import DRAFT, create_file, draft_of, open_regular, rename_over, replace_file


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_takes_the_place_of_another(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "a.json"
    assert replace_file(path, b"old", durable=durable) == 3
    assert replace_file(path, b"newer", durable=durable) == 5
    assert (path.read_bytes(), names(tmp_path)) == (b"newer", ["a.json"])


@pytest.mark.parametrize("refused", [0, 2, 3])
def test_a_file_that_somebody_reads_on_windows_is_replaced_when_they_let_go(
    tmp_path: Path, refused: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, path, rested = tmp_path / "draft", tmp_path / "take.json", [0.0]
    draft.write_bytes(b"newer")
    path.write_bytes(b"old")
    replace = Path.replace

    def replace_or_not(source: Path, target: Path) -> None:
        if len(rested) <= refused:
            raise PermissionError("it is in use")
        replace(source, target)

    monkeypatch.setattr(Path, "replace", replace_or_not)
    rename_over(draft, path, waits_s=(0.1, 0.2, 0.4), rest=rested.append)
    assert (rested[1:], path.read_bytes()) == ([0.1, 0.2, 0.4][:refused], b"newer")


def test_whoever_never_lets_go_of_a_file_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("it is in use")

    rested: list[float] = []
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        rename_over(tmp_path / "draft", tmp_path / "take.json", waits_s=(0.1, 0.2), rest=rested.append)
    assert rested == [0.1, 0.2]


def test_a_new_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert create_file(path, b"first") == 5
    with pytest.raises(FileExistsError):
        create_file(path, b"second")
    assert (path.read_bytes(), names(tmp_path)) == (b"first", ["a.json"])


@pytest.mark.skipif(sys.platform == "win32", reason="renaming never replaces on Windows")
def test_a_disk_without_hard_links_knows_new_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "a.json"
    create_file(path, b"first")
    with pytest.raises(FileExistsError):
        create_file(path, b"second")
    assert (path.read_bytes(), names(tmp_path)) == (b"first", ["a.json"])


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("trouble", [OSError("full"), KeyboardInterrupt(), ValueError("a bug")])
def test_what_goes_wrong_leaves_no_part_behind(tmp_path: Path, new: bool, trouble: BaseException) -> None:
    path = tmp_path / "a.json"
    if not new:
        path.write_bytes(b"old")
    before = names(tmp_path)

    def fail_halfway() -> None:
        with draft_of(path, new=new) as draft:
            draft.write_bytes(b"half")
            raise trouble

    with pytest.raises(type(trouble)):
        fail_halfway()
    assert names(tmp_path) == before


def test_a_disk_that_fails_to_sync_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def fail(_fd: int) -> None:
        raise OSError("Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        replace_file(path, b"new", durable=True)
    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["a.json"])


def test_a_full_disk_is_told_with_the_file_that_did_not_fit(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as refused, draft_of(tmp_path / "notes"):
        raise OSError(errno.ENOSPC, "No space left on device")  # as write() says it
    assert refused.value.filename == str(tmp_path / "notes")


def test_a_draft_that_a_killed_process_left_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with draft_of(path) as draft:
        draft.write_bytes(b"first")
        left = draft.name
    assert (left[0], left[-len(DRAFT) :]) == (".", DRAFT)
    (tmp_path / left).write_bytes(b"of the dead")
    with draft_of(path) as draft, draft.open("xb") as stream:
        stream.write(b"second")
    assert path.read_bytes() == b"second"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_is_replaced_and_what_it_points_to_is_not(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"somebody's")
    (tmp_path / "a.json").symlink_to("other")
    replace_file(tmp_path / "a.json", b"mine")
    assert (tmp_path / "other").read_bytes() == b"somebody's"
    assert not (tmp_path / "a.json").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are those of POSIX")
def test_only_files_are_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    with open_regular(tmp_path / "file") as stream:
        assert stream.read() == b"x"
    for name in ("folder", "link", "pipe"):
        with pytest.raises(OSError, match="it is no regular file"):
            open_regular(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "nothing")
