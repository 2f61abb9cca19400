"""alignment.csv while it grows: what was added, and the rows that end at any pulse."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from kinect_sync.takes.following.index import FollowedIndex
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.timing.alignment import Cell, HoleReason, Row
from kinect_sync.timing.table import HOLES

NAMES = ("front", "left")


def row(pulse: int) -> Row:
    hole = HoleReason.SENSOR_DROPPED if pulse % 10 == 3 else None
    seen = Cell(pulse, 33_333 * pulse, 33_333 * pulse + 160, 10**9 + pulse, pulse / 10, None)
    return Row(pulse, (seen, Cell(None, None, None, None, None, hole) if hole else seen))


def write(path: Path, pulses: range) -> bytes:
    index = IndexFile(path, NAMES)
    for pulse in pulses:
        index.append(row(pulse))
    index.close()
    return path.read_bytes()


def pulses_of(rows: TakeIndex | None) -> list[int]:
    return [] if rows is None else rows.pulses.tolist()


def test_rows_are_told_once_when_they_are_whole(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.csv", range(40))
    path = tmp_path / "alignment.csv"
    followed, told = FollowedIndex(path), []
    assert followed.look() is None
    for size in [*range(0, len(whole), 17), len(whole)]:
        path.write_bytes(whole[:size])
        told += pulses_of(followed.look())
        assert len(told) == max(0, whole[:size].count(b"\n") - 1)
        assert followed.problem is None
    assert told == list(range(40))
    assert followed.names == NAMES
    assert followed.look() is None
    assert followed.is_read


@pytest.mark.parametrize("pulses", [range(0), range(1), range(7), range(2, 5000)])
def test_any_pulse_is_found(tmp_path: Path, pulses: range) -> None:
    path = tmp_path / "alignment.csv"
    write(path, pulses)
    with path.open("ab") as file:
        file.write(b"9999,1,2")  # a kill cuts a row
    followed = FollowedIndex(path)
    assert followed.span() == ((pulses[0], pulses[-1]) if pulses else None)
    assert pulses_of(followed.until(None, 4)) == list(pulses[-4:])
    assert pulses_of(followed.until(-1, 4)) == []
    for pulse in (*pulses[:6], *pulses[::777], *pulses[-3:]):
        place = pulses.index(pulse)
        assert pulses_of(followed.until(pulse, 4)) == list(pulses[max(0, place - 3) : place + 1])


def test_the_fields_are_those_of_the_rows(tmp_path: Path) -> None:
    write(tmp_path / "alignment.csv", range(20))
    rows = FollowedIndex(tmp_path / "alignment.csv").until(13, 2)
    assert rows is not None
    assert rows.devices["front"].color_us.tolist() == [12 * 33_333, 13 * 33_333]
    assert rows.devices["left"].hole.tolist() == [-1, HOLES.index(HoleReason.SENSOR_DROPPED)]


def test_a_shorter_or_another_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "alignment.csv"
    write(path, range(30))
    followed = FollowedIndex(path)
    assert len(pulses_of(followed.look())) == 30
    write(tmp_path / "other.csv", range(100, 110))
    (tmp_path / "other.csv").replace(path)
    assert pulses_of(followed.look()) == list(range(100, 110))
    path.unlink()
    assert followed.look() is None
    assert followed.span() is None
    assert followed.until(None, 3) is None


@pytest.mark.parametrize("damage", [b"12;13\n", b"1,2\n", b"\xff" * 20 + b"\n"])
def test_what_is_no_index_is_told_and_no_exception(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "alignment.csv"
    path.write_bytes(damage + damage)
    followed = FollowedIndex(path)
    assert followed.look() is None
    assert followed.problem is not None
    assert followed.span() is None or followed.until(None, 2) is None


def test_a_damaged_row_is_told(tmp_path: Path) -> None:
    path = tmp_path / "alignment.csv"
    write(path, range(3))
    with path.open("ab") as file:
        file.write(b"nonsense\n")
    followed = FollowedIndex(path)
    assert followed.look() is None
    assert followed.problem is not None
    assert followed.problem.code == "index-broken"


@pytest.mark.parametrize("begun", [False, True])
def test_a_file_of_holes_is_read_into_no_memory(tmp_path: Path, begun: bool) -> None:
    path = tmp_path / "alignment.csv"
    if begun:
        write(path, range(300))
    with path.open("ab") as file:
        file.truncate(1 << 40)
    followed = FollowedIndex(path)
    tracemalloc.start()
    rows = [followed.look(), followed.look()]
    assert followed.until(None, 120) is None
    assert followed.until(10**12, 120) is None
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(len(pulses_of(each)) for each in rows) == (300 if begun else 0)
    assert followed.problem is not None
    assert most < 8 << 20
