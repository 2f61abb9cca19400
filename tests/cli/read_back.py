"""A take as it stands on the disk: recordings through libk4arecord, the index, and whether they agree.

The marks in the images carry the true pulse number, so that what ksync worked out from timestamps can be
held against the truth.
"""

from __future__ import annotations

import csv
import ctypes
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.marking import Mark, read_color_mark, read_depth_mark

STRAINED = {"sensor_dropped", "queue_full"}
"""Reasons of the holes that a machine gets which is too slow for the cameras or for the disk."""

Inspect = Callable[[str, Mark, Any], None]
"""Looks at one image: which track, its mark, and its pixels."""


@dataclass(frozen=True)
class Shot:
    """One capture of a recording, as PyK4APlayback gives it; None for what it lacks."""

    color: Mark | None
    depth: Mark | None
    ir: Mark | None
    color_us: int | None
    depth_us: int | None

    @property
    def marks(self) -> set[Mark]:
        return {mark for mark in (self.color, self.depth, self.ir) if mark is not None}

    @property
    def pulse(self) -> int:
        """The pulse that every image of the capture shows."""
        (pulse,) = {pulse for _, pulse in self.marks}
        return pulse


@dataclass
class Recorded:
    """One recording."""

    configuration: dict[str, Any]
    calibration: str
    shots: list[Shot] = field(default_factory=list)
    imu_us: list[int] = field(default_factory=list)

    @property
    def pulses(self) -> list[int]:
        return [shot.pulse for shot in self.shots]

    @property
    def serials(self) -> set[str]:
        return {serial for shot in self.shots for serial, _ in shot.marks}

    def is_whole(self, shot: Shot) -> bool:
        """Whether the capture has an image of every track."""
        tracks = ("color", "depth", "ir")
        return all(getattr(shot, track) for track in tracks if self.configuration[f"{track}_track_enabled"])


@dataclass(frozen=True)
class Cell:
    """One device's part of a row of alignment.csv."""

    capture: int | None
    color_us: int | None
    depth_us: int | None
    host_ns: int | None
    residual_us: float | None
    hole: str


@dataclass(frozen=True)
class Take:
    """Everything in a take's folder."""

    manifest: dict[str, Any]
    rows: list[dict[str, Cell]]
    files: dict[str, Recorded]
    load: list[dict[str, int]]
    """Rows of load.csv, by column."""
    sizes: dict[str, int]
    """Bytes of each recording."""

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = self.manifest["report"]
        return report

    @property
    def printed(self) -> dict[str, Any]:
        """The report as `ksync start --json` prints it: in the frame that take.json does without."""
        return {"report": "take", "format": 1, **self.report}

    @property
    def begin(self) -> int:
        """The pulse that every file begins with."""
        (begin,) = {recorded.pulses[0] for recorded in self.files.values()}
        return begin

    def holes(self, device: str) -> dict[int, str]:
        """The pulses without a whole capture of the device, by their true numbers, and why."""
        return {self.begin + n: row[device].hole for n, row in enumerate(self.rows) if row[device].hole}

    def dropped_by_sensor(self, device: str) -> set[int]:
        return {pulse for pulse, hole in self.holes(device).items() if hole == "sensor_dropped"}


def read_take(folder: Path, inspect: Inspect | None = None) -> Take:
    """Read the whole folder, every image of it."""
    manifest = json.loads((folder / "take.json").read_text())
    names = [Path(device["file"]).stem for device in manifest["devices"]]
    files = {name: read_recorded(folder / f"{name}.mkv", inspect) for name in names}
    sizes = {name: (folder / f"{name}.mkv").stat().st_size for name in names}
    return Take(manifest, read_rows(folder / "alignment.csv"), files, read_load_rows(folder), sizes)


def read_load_rows(folder: Path) -> list[dict[str, int]]:
    """Read load.csv; it begins with the recordings, and every line of it is whole."""
    text = (folder / "load.csv").read_text()
    assert text.endswith("\n")
    return [{name: int(field) for name, field in row.items()} for row in csv.DictReader(text.splitlines())]


def read_rows(path: Path) -> list[dict[str, Cell]]:
    """Read the index; pulses count from 0 without a gap, and a last line that was cut off is left out."""
    text = path.read_text()
    rows = list(csv.DictReader(text[: text.rfind("\n") + 1].splitlines()))
    assert [row["pulse"] for row in rows] == [str(number) for number in range(len(rows))]
    return [_cells(row) for row in rows]


def _cells(row: dict[str, str]) -> dict[str, Cell]:
    values: dict[str, dict[str, str]] = {}
    for column, text in row.items():
        if column != "pulse":
            name, _, what = column.rpartition(".")
            values.setdefault(name, {})[what] = text
    return {
        name: Cell(
            capture=_whole(cell["capture"]),
            color_us=_whole(cell["color_us"]),
            depth_us=_whole(cell["depth_us"]),
            host_ns=_whole(cell["host_ns"]),
            residual_us=float(cell["residual_us"]) if cell["residual_us"] else None,
            hole=cell["hole"],
        )
        for name, cell in values.items()
    }


def _whole(text: str) -> int | None:
    return int(text) if text else None


def read_recorded(path: Path, inspect: Inspect | None = None) -> Recorded:
    """Read one recording with PyK4APlayback, as anybody would."""
    from pyk4a import PyK4APlayback

    with PyK4APlayback(path, thread_safe=False) as playback:
        recorded = Recorded(dict(playback.configuration), playback.calibration_raw)
        while True:
            try:
                read = playback.get_next_capture()
            except EOFError:
                _repay_none()
                break
            recorded.shots.append(_shot(read, recorded.configuration, inspect))
        while recorded.configuration["imu_track_enabled"]:
            try:
                recorded.imu_us.append(playback.get_next_imu_sample()["acc_timestamp"])
            except EOFError:
                _repay_none()
                break
    return recorded


def _shot(read: Any, configuration: dict[str, Any], inspect: Inspect | None) -> Shot:
    marks: dict[str, Mark | None] = {}
    for track, read_mark in (("color", read_color_mark), ("depth", read_depth_mark), ("ir", read_depth_mark)):
        pixels = getattr(read, track) if configuration[f"{track}_track_enabled"] else None
        marks[track] = mark = None if pixels is None else read_mark(pixels)
        if pixels is None:
            _repay_none(configuration[f"{track}_track_enabled"])
            continue
        assert mark is not None, f"{track} without a mark"
        if inspect is not None:
            inspect(track, mark, pixels)
    return Shot(
        **marks,
        color_us=read.color_timestamp_usec if marks["color"] else None,
        depth_us=read.ir_timestamp_usec if marks["ir"] else None,
    )


def _repay_none(owed: bool = True) -> None:
    # pyk4a gives away a reference to None with each thing that is not there; before Python 3.12 the
    # interpreter dies when too many are gone.
    if owed:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))


def check_bookkeeping(take: Take) -> None:
    """See that index, report and files say the same, and that every row is one true pulse.

    Holds for every finished take, whatever went wrong while it was recorded.
    """
    begin, report = take.begin, take.report
    assert take.manifest["state"] == "finished"
    assert report["pulses"] == len(take.rows)
    assert report["complete"] == sum(not any(cell.hole for cell in row.values()) for row in take.rows)
    assert [device["name"] for device in report["devices"]] == list(take.files)
    for device in report["devices"]:
        _check_device(take, device, begin)
    _check_load(take)


def _check_load(take: Take) -> None:
    """See that load.csv tells of every device from an empty file to what it has in the end."""
    first, last = take.load[0], take.load[-1]
    for name, size in take.sizes.items():
        assert first[f"{name}.written_bytes"] == 0
        assert last[f"{name}.written_bytes"] <= size, name
        assert last[f"{name}.queue_full"] >= list(take.holes(name).values()).count("queue_full"), name
    assert all(row["free_bytes"] > 0 for row in take.load)
    times = [row["host_ns"] for row in take.load]
    assert times == sorted(times)


def _as_read(time_us: int | None) -> int | None:
    # libk4arecord adds an offset of 32 bits to the times of a file: of a Femto's epoch it gives the rest.
    return None if time_us is None else time_us % 2**32


def surroundings(take: Take, name: str, number: int) -> str:
    """What was found, and what stands around a row: all that there is to go by once a run is over."""
    found = [(each["code"], each["device"], each["what"]) for each in take.report["findings"]]
    rows = [(at, take.rows[at][name]) for at in range(max(0, number - 3), min(len(take.rows), number + 4))]
    ends = {each: (recorded.pulses[0], recorded.pulses[-1]) for each, recorded in take.files.items()}
    return f"found {found}; rows {rows}; files begin and end at {ends}, the first row at {take.begin}"


def _check_device(take: Take, device: dict[str, Any], begin: int) -> None:
    name, recorded = device["name"], take.files[device["name"]]
    assert len({shot.color[0] for shot in recorded.shots if shot.color}) <= 1
    ends = ("worker-died", "worker-killed")
    died = any(each["code"] in ends and each["device"] == name for each in take.report["findings"])
    told = []
    for number, row in enumerate(take.rows):
        cell = row[name]
        if cell.capture is None:
            assert cell.hole, f"{name}: neither a capture nor a reason at row {number}"
            in_file = begin + number in recorded.pulses
            assert not in_file, (
                f"{name}: the file has what row {number} lacks; {surroundings(take, name, number)}"
            )
            continue
        shot = recorded.shots[cell.capture]
        told.append(cell.capture)
        assert shot.pulse == begin + number, f"{name}: row {number} names the capture of another pulse"
        assert (shot.color_us, shot.depth_us) == (_as_read(cell.color_us), _as_read(cell.depth_us)), name
        lacks = "device_lost" if died and shot is recorded.shots[-1] else "half_capture"
        assert cell.hole == ("" if recorded.is_whole(shot) else lacks), f"{name}: row {number}"
    assert told == list(range(len(recorded.shots))), f"{name}: a capture of the file is in no row"
    holes = Counter(take.holes(name).values())
    assert device["captures"] == len(recorded.shots)
    assert device["holes"] == dict(holes)
    assert device["dropped"] == holes.total()
