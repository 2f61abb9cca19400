"""`load.csv`: whole rows that a kill leaves, and a reader that takes no other file for one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.takes.load import DeviceLoad, LoadFile, TakeLoad
from kinect_sync.takes.load_reader import read_load

S = 10**9
LIMIT = 192 << 20


@pytest.fixture
def file(tmp_path: Path) -> LoadFile:
    """Two devices over two seconds, still open."""
    file = LoadFile(tmp_path / "load.csv", ["front", "left-2"])
    file.append(TakeLoad(5 * S, 0, 900, LIMIT), [DeviceLoad(0, 0, 0), DeviceLoad(0, 0, 0)])
    file.append(TakeLoad(6 * S, 30, 800, LIMIT), [DeviceLoad(70, 40, 0), DeviceLoad(90, 60, 2)])
    return file


@pytest.fixture
def path(file: LoadFile, tmp_path: Path) -> Path:
    file.close()
    return tmp_path / "load.csv"


def test_what_was_written_is_read_back(path: Path) -> None:
    load = read_load(path)
    assert len(load) == 2
    assert load.host_ns.tolist() == [5 * S, 6 * S]
    assert load.pulses.tolist() == [0, 30]
    assert load.free_bytes.tolist() == [900, 800]
    assert load.queue_limit_bytes.tolist() == [LIMIT, LIMIT]
    assert list(load.devices) == ["front", "left-2"]
    left = load.devices["left-2"]
    assert left.queue_peak_bytes.tolist() == [0, 90]
    assert left.written_bytes.tolist() == [0, 60]
    assert left.queue_full.tolist() == [0, 2]


def test_a_row_is_in_the_file_as_soon_as_it_is_appended(file: LoadFile, tmp_path: Path) -> None:
    assert len(read_load(tmp_path / "load.csv")) == 2
    file.append(TakeLoad(7 * S, 60, 700, LIMIT), [DeviceLoad(0, 50, 0), DeviceLoad(0, 70, 2)])
    assert len(read_load(tmp_path / "load.csv")) == 3
    file.close()
    file.close()


def test_a_row_that_the_disk_takes_in_part_is_taken_back(
    file: LoadFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def take_some(fd: int, data: bytes) -> int:
        if len(data) > 8:
            return write(fd, data[:8])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = (tmp_path / "load.csv").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "writev", lambda fd, parts: take_some(fd, b"".join(parts)), raising=False)
        patch.setattr(os, "write", take_some)
        with pytest.raises(KsyncError, match="no space left"):
            file.append(TakeLoad(7 * S, 60, 0, LIMIT), [DeviceLoad(0, 0, 0), DeviceLoad(0, 0, 0)])
    assert (tmp_path / "load.csv").read_bytes() == before
    file.close()


def test_an_existing_file_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(UsageError, match="never overwritten"):
        LoadFile(path, ["front"])
    assert path.read_bytes() == before


def test_a_line_that_a_kill_cut_off_is_left_out(path: Path) -> None:
    whole = path.read_bytes()
    for cut in range(1, len(whole.splitlines()[-1]) + 1):
        path.write_bytes(whole[:-cut])
        assert len(read_load(path)) == 1


def test_what_a_power_cut_leaves_behind_the_last_line_is_left_out(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(512))
    assert len(read_load(path)) == 2


def test_a_heading_alone_is_a_load_without_rows(path: Path) -> None:
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    load = read_load(path)
    assert len(load) == 0
    assert load.devices["front"].written_bytes.tolist() == []


def test_the_last_row_may_be_as_late_as_the_one_before_and_no_other(path: Path) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    assert len(read_load(path)) == 3
    path.write_text("\n".join([*lines, lines[-1], lines[-1]]) + "\n")
    with pytest.raises(UsageError, match="time goes back"):
        read_load(path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(b"host_ns,", b"host,", "its heading is another", id="another heading"),
        pytest.param(b"left-2.queue_full", b"right.queue_full", "its heading is another", id="mixed devices"),
        pytest.param(b"\n5000000000,0,", b"\n5000000000,", "line 2: it has not the 10", id="a field too few"),
        pytest.param(b",800,", b",eight,", "line 3: `eight` is not", id="a word for a number"),
        pytest.param(b",800,", b",,", "a field is empty", id="nothing for a number"),
        pytest.param(b",800,", b",99999999999999999999,", "line 3: `9999", id="more than a disk can hold"),
        pytest.param(b",800,", b",-800,", "line 3: `-800` is not", id="less than nothing"),
        pytest.param(b"\n6000000000,", b"\n4000000000,", "time goes back", id="time that goes back"),
        pytest.param(b",800,", b",\xff\xfe,", "line 3: `.*` is not", id="bytes"),
    ],
)
def test_what_ksync_does_not_write_is_refused(path: Path, old: bytes, new: bytes, told: str) -> None:
    before = path.read_bytes()
    assert before.count(old) == 1
    path.write_bytes(before.replace(old, new))
    with pytest.raises(UsageError, match=told) as raised:
        read_load(path)
    assert raised.value.findings[0].code == "load-broken"


@pytest.mark.parametrize("text", ["", "pulse,front.capture\n", "\n\n", "{}\n"])
def test_another_file_is_no_load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "load.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match="not what ksync writes"):
        read_load(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_load(tmp_path / "load.csv")
    assert raised.value.findings[0].code == "load-missing"
