"""The index on a disk that refuses: no row is cut, none is lost, and what can't be kept is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kinect_sync.takes import index
from kinect_sync.takes.index import IndexFile, heading
from kinect_sync.timing.alignment import Cell, HoleReason, Row

EIO = OSError(5, "Input/output error")


def row(pulse: int) -> Row:
    cell = Cell(pulse, pulse * 10, pulse * 10, 5, 0.25, None)
    return Row(pulse, (cell, Cell(None, None, None, None, None, HoleReason.LATE)))


def line(pulse: int) -> str:
    return f"{pulse},{pulse},{pulse * 10},{pulse * 10},5,0.2,,,,,,,late"


class Disk:
    """Refuses the next calls of a kind; a write that it refuses it has taken half of."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.refuses = {"write": 0, "fsync": 0}
        self._write, self._fsync = os.write, os.fsync
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "fsync", self.fsync)

    def write(self, fd: int, data: bytes) -> int:
        if self.refuses["write"]:
            self.refuses["write"] -= 1
            self._write(fd, bytes(data)[: len(data) // 2])
            raise EIO
        return self._write(fd, data)

    def fsync(self, fd: int) -> None:
        if self.refuses["fsync"]:
            self.refuses["fsync"] -= 1
            raise EIO
        self._fsync(fd)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def file(tmp_path: Path, disk: Disk) -> Iterator[IndexFile]:
    made = IndexFile(tmp_path / "alignment.csv", ["front", "left"])
    yield made
    disk.refuses = {"write": 0, "fsync": 0}
    made.close()


def lines(tmp_path: Path) -> list[str]:
    text = (tmp_path / "alignment.csv").read_text()
    assert text.endswith("\n")
    first, *rest = text.splitlines()
    assert first == ",".join(heading(["front", "left"]))
    return rest


@pytest.mark.parametrize(("call", "ask"), [("write", IndexFile.flush), ("fsync", IndexFile.sync)])
def test_what_a_disk_refuses_is_written_with_the_next_call(
    file: IndexFile, disk: Disk, tmp_path: Path, call: str, ask: Callable[[IndexFile], None]
) -> None:
    file.append(row(0))
    file.sync()
    file.append(row(1))
    disk.refuses[call] = 1
    with pytest.raises(OSError, match="Input/output error"):
        ask(file)
    assert lines(tmp_path) == [line(0)], "no row is cut, and none is believed to be there"
    file.append(row(2))
    ask(file)
    assert lines(tmp_path) == [line(pulse) for pulse in range(3)]


def test_a_file_that_takes_nothing_more_is_made_anew_when_it_is_closed(
    file: IndexFile, disk: Disk, tmp_path: Path
) -> None:
    file.append(row(0))
    file.sync()
    file.append(row(1))
    disk.refuses["write"] = 1  # the next file is another one
    file.close()
    assert lines(tmp_path) == [line(0), line(1)]
    assert [path.name for path in tmp_path.iterdir()] == ["alignment.csv"]


def test_rows_that_are_left_out_are_told(
    file: IndexFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "KEPT_BYTES", 100)
    file.sync()
    for pulse in range(20):
        file.append(row(pulse))
    file.sync()
    file.append(row(20))  # there is room again, and a gap before it
    with pytest.raises(OSError, match="rows were left out"):
        file.close()
    kept = lines(tmp_path)
    assert 0 < len(kept) < 20
    assert kept == [line(pulse) for pulse in range(len(kept))]


def test_rows_are_synced_now_and_then_where_nobody_asks_for_it(file: IndexFile, tmp_path: Path) -> None:
    for pulse in range(2 * index.SYNC_BYTES // len(line(10**5))):
        file.append(row(pulse))
    assert (tmp_path / "alignment.csv").stat().st_size > index.SYNC_BYTES
