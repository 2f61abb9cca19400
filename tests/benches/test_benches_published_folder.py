"""The folder that a rig is published in: private, in memory where that can be, and gone at the end."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kinect_sync.benches.held_folder import NEW_S
from kinect_sync.benches.published_folder import (
    MEMORY_VARIABLE,
    PREFIX,
    lodged_folder,
    lodged_room,
    published_folder,
    rings_nbytes,
)
from kinect_sync.benches.shared_folder import shared_folder
from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import BenchError
from kinect_sync.takes.names import OCCUPIED
from kinect_sync.wire.lodging import Place
from tests.director.scripted import chain


def test_it_is_this_users_alone_and_gone_at_the_end(tmp_path: Path) -> None:
    with published_folder(environment={MEMORY_VARIABLE: str(tmp_path)}) as folder:
        assert (folder.parent, folder.name.startswith(PREFIX)) == (tmp_path, True)
        if sys.platform != "win32":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "left.newest").touch()
    assert list(tmp_path.iterdir()) == []


def test_what_a_process_that_was_killed_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    names = (f"{PREFIX}1", f"{PREFIX}2", f"{PREFIX}3", f"{PREFIX}4", "other")
    left, held, just_left, new, other = (tmp_path / name for name in names)
    for folder in (left, held, just_left, new, other):
        folder.mkdir()
        (folder / "left.newest").touch()
    (just_left / OCCUPIED).touch()  # somebody held it, and was killed
    lock = FileLock(held / OCCUPIED)
    assert lock.acquire()
    for folder in (left, held, other):
        os.utime(folder, (0, folder.stat().st_mtime - NEW_S - 1))
    with published_folder(environment={MEMORY_VARIABLE: str(tmp_path)}) as mine:
        assert {path.name for path in tmp_path.iterdir()} == {held.name, new.name, other.name, mine.name}
    lock.release()


def test_nor_is_the_folder_of_a_simulation_left_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with shared_folder() as used:
        left = tmp_path / f"{used.name}-left"
        left.mkdir()
        (left / OCCUPIED).touch()  # its process was killed
        (tmp_path / "ksync-others").mkdir()
        with shared_folder() as mine:
            assert {each.name for each in tmp_path.iterdir()} == {used.name, mine.name, "ksync-others"}
    assert [each.name for each in tmp_path.iterdir()] == ["ksync-others"]


def test_a_folder_that_somebody_takes_for_left_behind_before_it_is_held_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, took = tempfile.mkdtemp, []

    def make_and_be_overtaken(**wanted: Any) -> str:
        folder = make(**wanted)
        if not took:
            took.append(FileLock(Path(folder) / OCCUPIED))
            took[0].acquire()
        return folder

    monkeypatch.setattr("tempfile.mkdtemp", make_and_be_overtaken)
    with published_folder(environment={MEMORY_VARIABLE: str(tmp_path)}) as mine:
        took[0].release()
        with published_folder(environment={MEMORY_VARIABLE: str(tmp_path)}) as other:
            assert set(tmp_path.iterdir()) == {mine, other}, "what nobody holds is removed at once"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Memory with 64 MB, as a container has it, the user's own with 10, and a disk with plenty."""
    it = {name: tmp_path / name for name in ("memory", "own", "disk")}
    free = dict(zip(it.values(), (64e6, 10e6, 1e12), strict=True))
    for path in it.values():
        path.mkdir()
    monkeypatch.setattr("kinect_sync.benches.published_folder.MEMORY", it["memory"])
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free[path]))
    return it


@pytest.mark.parametrize(
    ("named", "mb", "found"),
    [
        pytest.param({"XDG_RUNTIME_DIR": "own", "TMPDIR": "disk"}, 60, "memory", id="memory, not a disk"),
        pytest.param({"XDG_RUNTIME_DIR": "own", "TMPDIR": "disk"}, 117, "disk", id="a disk that has room"),
        pytest.param({MEMORY_VARIABLE: "disk"}, 60, "disk", id="where the operator says"),
        pytest.param({"XDG_RUNTIME_DIR": "none", "TMPDIR": "none"}, 60, "memory", id="none that is named"),
    ],
)
def test_it_is_in_memory_where_there_is_room_or_where_the_operator_says(
    places: dict[str, Path], tmp_path: Path, named: dict[str, str], mb: int, found: str
) -> None:
    environment = {name: str(tmp_path / place) for name, place in named.items()}
    with published_folder(mb * 1_000_000, environment) as folder:
        assert folder.parent == places[found]


def test_where_there_is_no_room_it_is_told_how_much_it_takes_and_what_to_do(places: dict[str, Path]) -> None:
    with pytest.raises(BenchError) as caught, published_folder(117_000_000, {}):
        pass
    (finding,) = caught.value.findings
    assert "takes 117 MB in memory; 64 MB are free in " in finding.what
    assert "--shm-size" in (finding.remedy or "")
    assert list(places["memory"].iterdir()) == []


def test_room_is_counted_for_the_devices_of_this_computer() -> None:
    three = rings_nbytes(chain(3), 12)
    assert three == pytest.approx(3 * 13 * 2.4e6, rel=0.3)
    elsewhere = chain(3, hosts={"pi": {"address": "192.0.2.1"}})
    assert (rings_nbytes(elsewhere, 12), rings_nbytes(elsewhere, 12, all_here=True)) == (0, three)


def test_a_host_tells_the_room_for_rings_where_its_workers_would_put_them(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.benches.published_folder.LODGED_NBYTES", 60_000_000)
    assert lodged_room({"XDG_RUNTIME_DIR": str(places["own"])}) == 64_000_000
    assert lodged_room({MEMORY_VARIABLE: str(places["own"])}) is None, "they are where a worker lodges"


def test_where_there_can_be_none_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(BenchError) as caught, published_folder(environment={MEMORY_VARIABLE: str(tmp_path)}):
        pass
    assert caught.value.findings[0].code == "newest-unpublished"


def test_a_worker_that_lodges_names_its_folder_and_takes_it_with_it(tmp_path: Path) -> None:
    place = Place(folder=tmp_path / "worker", orphan_limit_s=60)
    (memory := tmp_path / "memory").mkdir()
    place.folder.mkdir()
    with lodged_folder(place, {MEMORY_VARIABLE: str(memory)}) as rings:
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
    with lodged_folder(place, {MEMORY_VARIABLE: str(tmp_path)}) as rings:
        assert rings == tmp_path
        assert place.rings.read_text() == str(tmp_path)
