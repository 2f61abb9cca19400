"""The folder that a rig is published in: private, in memory where that can be, and gone at the end."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from kinect_sync.benches.published_folder import (
    NEW_S,
    PREFIX,
    lodged_folder,
    published_folder,
    publishing_place,
)
from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import BenchError
from kinect_sync.takes.names import OCCUPIED
from kinect_sync.wire.lodging import Place


def test_it_is_this_users_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    with published_folder({"TMPDIR": str(tmp_path)}) as folder:
        assert (folder.parent, folder.name.startswith(PREFIX)) == (tmp_path, True)
        if sys.platform != "win32":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "left.newest").touch()
    assert list(tmp_path.iterdir()) == []


def test_what_a_process_that_was_killed_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    left, held, new, other = (tmp_path / name for name in (f"{PREFIX}1", f"{PREFIX}2", f"{PREFIX}3", "other"))
    for folder in (left, held, new, other):
        folder.mkdir()
        (folder / "left.newest").touch()
    lock = FileLock(held / OCCUPIED)
    assert lock.acquire()
    for folder in (left, held, other):
        os.utime(folder, (0, folder.stat().st_mtime - NEW_S - 1))
    with published_folder({"TMPDIR": str(tmp_path)}) as mine:
        assert {path.name for path in tmp_path.iterdir()} == {held.name, new.name, other.name, mine.name}
    lock.release()


def test_memory_comes_before_a_disk_and_what_the_operator_says_before_both(tmp_path: Path) -> None:
    runtime, said = tmp_path / "runtime", tmp_path / "said"
    runtime.mkdir()
    said.mkdir()
    assert publishing_place({"XDG_RUNTIME_DIR": str(runtime), "TMPDIR": str(said)}) == said
    assert publishing_place({"XDG_RUNTIME_DIR": str(runtime)}) == runtime
    assert publishing_place({"XDG_RUNTIME_DIR": str(tmp_path / "none")}) not in (runtime, tmp_path / "none")


def test_where_there_can_be_none_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(BenchError) as caught, published_folder({"TMPDIR": str(tmp_path)}):
        pass
    assert caught.value.findings[0].code == "newest-unpublished"


def test_a_worker_that_lodges_names_its_folder_and_takes_it_with_it(tmp_path: Path) -> None:
    place = Place(folder=tmp_path / "worker", orphan_limit_s=60)
    (memory := tmp_path / "memory").mkdir()
    place.folder.mkdir()
    with lodged_folder(place, {"TMPDIR": str(memory)}) as rings:
        assert rings.parent == memory
        assert place.rings.read_text() == str(rings)
        (rings / "front.ring").touch()
    assert not list(memory.iterdir())


def test_where_there_is_no_memory_rings_are_where_the_worker_lodges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(folder=tmp_path, orphan_limit_s=60)

    def refuse(*_args: object, **_options: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with lodged_folder(place, {"TMPDIR": str(tmp_path)}) as rings:
        assert rings == tmp_path
        assert place.rings.read_text() == str(tmp_path)
