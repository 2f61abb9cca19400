"""alignment.csv: what was written is read back, whole or in stretches, and what is none is refused."""

from __future__ import annotations

import os
import sys
import tracemalloc
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinect_sync.errors import UsageError
from kinect_sync.takes import index_reader
from kinect_sync.takes.index import FIELDS, IndexFile
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.index_reader import IndexColumns, index_devices, read_index
from kinect_sync.timing.alignment import Cell, HoleReason, Row
from kinect_sync.timing.table import HOLES, MISSING, NO_HOLE
from tests.golden.archives import TAKES, by_name, files_of

NOTHING = Cell(None, None, None, None, None, HoleReason.SENSOR_DROPPED)
ROWS = [
    Row(0, (Cell(0, 100, 110, 5_000_000_000_000, 0.0, None),
            Cell(0, 101, None, None, 1.0, HoleReason.HALF_CAPTURE))),
    Row(1, (Cell(1, 200, 210, 5_033_000_000_000, 0.0, None), NOTHING)),
    Row(2, (Cell(2, 300, 310, 5_066_000_000_000, 0.0, None), Cell(1, 298, 310, 1, -2.5, None))),
]  # fmt: skip


def write_index(path: Path, rows: list[Row], names: tuple[str, ...] = ("front", "left-2")) -> Path:
    with closing(IndexFile(path, names)) as file:
        for row in rows:
            file.append(row)
    return path


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return write_index(tmp_path / "alignment.csv", ROWS)


def test_what_was_written_is_read_back(index: Path) -> None:
    read = read_index(index)
    front, left = read.devices["front"], read.devices["left-2"]
    assert len(read) == 3
    assert front.capture.tolist() == [0, 1, 2]
    assert front.host_ns.tolist()[0] == 5_000_000_000_000
    assert left.capture.tolist() == [0, MISSING, 1]
    assert left.depth_us.tolist() == [MISSING, MISSING, 310]
    assert [code if code == NO_HOLE else HOLES[code].value for code in left.hole.tolist()] == [
        "half_capture",
        "sensor_dropped",
        NO_HOLE,
    ]
    assert left.holes() == {HoleReason.SENSOR_DROPPED: 1, HoleReason.HALF_CAPTURE: 1}
    assert np.array_equal(left.residual_us, [1.0, np.nan, -2.5], equal_nan=True)


def test_complete_is_without_a_hole_of_those_that_count(index: Path) -> None:
    read = read_index(index)
    assert read.complete().tolist() == [False, False, True]
    assert read.complete(["front"]).tolist() == [True, True, True]


def test_what_recordings_hold_themselves_need_not_be_kept(tmp_path: Path) -> None:
    path = write_index(tmp_path / "long.csv", [replace(ROWS[1], pulse=pulse) for pulse in range(5000)])
    tracemalloc.start()
    try:
        read = read_index(path)
        whole = tracemalloc.get_traced_memory()[0]
        left = read.untold_by_files()
        del read
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 0.5 * whole
    assert len(left) == 5000
    for name, columns in read_index(path).devices.items():
        assert left.devices[name].host_ns.tolist() == columns.host_ns.tolist()
        assert left.devices[name].hole.tolist() == columns.hole.tolist()
        assert set(left.devices[name].color_us.tolist()) == {MISSING}


def test_a_line_that_a_kill_cut_off_is_left_out(index: Path) -> None:
    whole = index.read_bytes()
    for cut in range(1, len(whole.splitlines()[-1]) + 1):
        index.write_bytes(whole[:-cut])
        assert len(read_index(index)) == 2


def test_a_heading_alone_is_an_index_without_pulses(index: Path) -> None:
    index.write_bytes(index.read_bytes().splitlines(keepends=True)[0])
    assert len(read_index(index)) == 0
    assert read_index(index).complete().tolist() == []


@pytest.mark.parametrize("archive", TAKES, ids=by_name)
def test_an_index_of_the_version_before_is_read_as_it_stands(tmp_path: Path, archive: Path) -> None:
    path = tmp_path / "alignment.csv"
    path.write_bytes(files_of(archive)[path.name])
    rows = [line.split(",") for line in path.read_text().split("\n")[1:-1]]
    index = read_index(path)
    assert index.pulses.tolist() == [int(row[0]) for row in rows]
    for place, name in enumerate(index.devices):
        cells = [row[1 + place * len(FIELDS) :][: len(FIELDS)] for row in rows]
        assert _texts(index.devices[name]) == cells


def _texts(columns: IndexColumns) -> list[list[str]]:
    """What stands in the file, made of the arrays."""
    numbers = (columns.capture, columns.color_us, columns.depth_us, columns.host_ns)
    texts = [["" if value == MISSING else str(value) for value in column.tolist()] for column in numbers]
    texts.append(["" if value != value else f"{value:.1f}" for value in columns.residual_us.tolist()])
    texts.append(["" if code == NO_HOLE else HOLES[code].value for code in columns.hole.tolist()])
    return [list(row) for row in zip(*texts, strict=True)]


NUMBERS = st.none() | st.integers(0, 10**18 - 1) | st.integers(0, 20)
TENTHS = st.none() | st.integers(-(10**8), 10**8).map(lambda number: number / 10)
CELLS = st.builds(Cell, NUMBERS, NUMBERS, NUMBERS, NUMBERS, TENTHS, st.none() | st.sampled_from(HoleReason))


@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.tuples(CELLS, CELLS), max_size=30), nbytes=st.sampled_from([64, 200, 1 << 20]))
def test_whatever_is_written_is_read_back_whatever_is_read_at_once(
    cells: list[tuple[Cell, Cell]], nbytes: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [Row(pulse, pair) for pulse, pair in enumerate(cells)]
    path = write_index(tmp_path_factory.mktemp("index") / "alignment.csv", rows, ("a", "b"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            index_reader, "STRETCH_NBYTES", max(nbytes, 1 + max(map(len, path.read_bytes().split())))
        )
        read = read_index(path)
        mapped = IndexMap(path)
        parts = list(mapped.stretches())
    assert read.pulses.tolist() == list(range(len(rows)))
    assert [pulse for part in parts for pulse in part.pulses.tolist()] == list(range(len(rows)))
    assert (len(mapped), mapped.last_pulse, mapped.names) == (len(rows), len(rows) - 1, ("a", "b"))
    for place, name in enumerate("ab"):
        assert _cells(read.devices[name]) == [pair[place] for pair in cells]


def _cells(columns: IndexColumns) -> list[Cell]:
    values = [getattr(columns, field.name).tolist() for field in fields(IndexColumns)]
    return [
        Cell(
            *(None if number == MISSING else number for number in numbers),
            None if residual_us != residual_us else residual_us,
            None if hole == NO_HOLE else HOLES[hole],
        )
        for *numbers, residual_us, hole in zip(*values, strict=True)
    ]


def test_lines_may_end_as_on_windows(index: Path) -> None:
    before = read_index(index)
    index.write_bytes(index.read_bytes().replace(b"\n", b"\r\n"))
    assert _texts(read_index(index).devices["left-2"]) == _texts(before.devices["left-2"])


def test_devices_are_known_before_any_row_is_read(index: Path) -> None:
    index.write_bytes(index.read_bytes().replace(b",200,", b",zwei,"))
    assert index_devices(index) == ("front", "left-2")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("pulse,", "puls,", ":1: its heading", id="another heading"),
        pytest.param("left-2.", "front.", ":1: its heading", id="a device twice"),
        pytest.param("\n1,1,", "\n1,", ":3: it has not the 13 fields", id="a field too few"),
        pytest.param("\n1,1,", "\n1,1,1,", ":3: it has not the 13 fields", id="a field too many"),
        pytest.param("\n2,", "\n\n2,", ":4: it has not the 13 fields", id="an empty line"),
        pytest.param(",200,", ",zwei,", ":3: `zwei` is not", id="a word for a number"),
        pytest.param(",200,", ",-200,", ":3: `-200` is not", id="a number below zero"),
        pytest.param(",200,", ",2.5,", ":3: `2.5` is not", id="a fraction"),
        pytest.param(",200,", ",\x1b[2J,", r":3: `\x1b[2J` is not", id="an escape sequence"),
        pytest.param(",200,", f",{10**30},", ":3: `1000000", id="beyond 64 bits"),
        pytest.param(",-2.5,", ",-2.55,", ":4: `-2.55` is not", id="two decimals"),
        pytest.param(",-2.5,", ",nan,", ":4: `nan` is not", id="not a number"),
        pytest.param(",-2.5,", ",-.5,", ":4: `-.5` is not", id="nothing before the point"),
        pytest.param(",-2.5,", ",.,", ":4: `.` is not", id="a point alone"),
        pytest.param(",sensor_dropped", ",eaten", ":3: `eaten` is no reason", id="another reason"),
    ],
)
def test_what_ksync_does_not_write_is_refused_with_its_line(
    index: Path, old: str, new: str, told: str
) -> None:
    index.write_text(index.read_text().replace(old, new, 1))
    with pytest.raises(UsageError) as raised:
        read_index(index)
    assert raised.value.findings[0].code == "index-broken"
    assert told in raised.value.findings[0].what


def test_the_line_is_told_of_a_row_far_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_reader, "STRETCH_NBYTES", 1000)
    path = write_index(tmp_path / "alignment.csv", [Row(pulse, ROWS[0].cells) for pulse in range(500)])
    path.write_bytes(path.read_bytes().replace(b"\n400,0,", b"\n400,O,"))
    with pytest.raises(UsageError, match=r":402: `O` is not a number"):
        read_index(path)


@pytest.mark.parametrize("data", [b"", b"pulse", b"\xff\xfe\n" * 9, b"pulse\n", b"x" * 3_000_000])
def test_what_has_no_heading_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "alignment.csv").write_bytes(data)
    with pytest.raises(UsageError) as raised:
        read_index(tmp_path / "alignment.csv")
    assert raised.value.findings[0].code == "index-broken"


def test_a_line_without_end_does_not_fill_the_memory(index: Path) -> None:
    with index.open("ab") as stream:
        stream.write(b"1" * 3_000_000)
    with pytest.raises(UsageError, match=":5: it is no line of an alignment"):
        read_index(index)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are those of POSIX")
def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alignment.csv")
    with pytest.raises(UsageError, match="no regular file"):
        read_index(tmp_path / "alignment.csv")


def test_only_the_stretches_that_are_asked_for_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_reader, "STRETCH_NBYTES", 1000)
    path = write_index(tmp_path / "alignment.csv", [Row(pulse, ROWS[0].cells) for pulse in range(500)])
    index = IndexMap(path)
    asked = [pulse for part in index.stretches(200, 203) for pulse in part.pulses.tolist()]
    assert {200, 201, 202} <= set(asked)
    assert len(asked) < 60
    assert list(index.stretches(500)) == []
    path.write_bytes(path.read_bytes().replace(b"\n400,0,", b"\n400,O,"))
    assert list(index.stretches(200, 203))
    with pytest.raises(UsageError, match=r":402: `O` is not a number"):
        list(index.stretches(400, 401))


def test_rows_that_are_appended_later_are_of_no_take_that_was_opened(tmp_path: Path) -> None:
    path = write_index(tmp_path / "alignment.csv", [Row(pulse, ROWS[0].cells) for pulse in range(5)])
    index = IndexMap(path)
    with path.open("ab") as stream:
        stream.write(path.read_bytes().splitlines(keepends=True)[-1].replace(b"4,", b"5,", 1))
    assert [part.pulses.tolist() for part in index.stretches()] == [[0, 1, 2, 3, 4]]
    assert len(IndexMap(path)) == 6
