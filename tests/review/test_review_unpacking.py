"""A take that was recorded with --compress is restored: Azure Kinect recordings, and all else as it was."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.files import DRAFT
from kinect_sync.review.archiving.reports import RestoreReport
from kinect_sync.review.archiving.unpacking import unpack_take
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.mkv.reader import read_image, read_recording
from kinect_sync.takes.names import INDEX, MANIFEST, OCCUPIED
from kinect_sync.takes.packing.packings import Packing
from tests.review.small_takes import make_take


class Disk(NamedTuple):
    """What `shutil.disk_usage` gives."""

    total: int
    used: int
    free: int


NAMES = ("front", "left", "right")
FILES = sorted([*(f"{name}.mkv" for name in NAMES), INDEX, MANIFEST])
DAMAGED = 2


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packed take; somebody has just recorded it."""
    folder = make_take(
        tmp_path_factory.mktemp("takes") / "take",
        pulses=4,
        holes={"left": {1: "sensor_dropped"}},
        packing=Packing.PNG,
    )
    (folder / OCCUPIED).touch()
    return folder


@pytest.fixture
def damaged(take: Path, tmp_path: Path) -> Path:
    """The take with a flipped byte in a depth image of left, which has no pulse 1."""
    folder = Path(shutil.copytree(take, tmp_path / "damaged"))
    blocks = read_recording(folder / "left.mkv").tracks["DEPTH"]
    data = bytearray((folder / "left.mkv").read_bytes())
    data[int(blocks.offsets[DAMAGED - 1]) + 200] ^= 4
    (folder / "left.mkv").write_bytes(data)
    return folder


def unpack(take: Path, directory: Path) -> RestoreReport:
    told: list[tuple[int, int]] = []
    report = unpack_take(take, directory, cores=2, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    return report


def images(path: Path) -> dict[str, list[Any]]:
    recording = read_recording(path)
    return {
        name: [
            (time_us, read_image(recording, name, number))
            for number, time_us in enumerate(blocks.timestamps_us.tolist())
        ]
        for name, blocks in recording.tracks.items()
    }


def test_recordings_are_unpacked_and_all_else_is_as_it_was(take: Path, tmp_path: Path) -> None:
    report = unpack(take, tmp_path / "restored")
    assert (report.verdict, report.files, report.kept) == ("restored", tuple(FILES), 0)
    assert sorted(path.name for path in (tmp_path / "restored").iterdir()) == FILES
    for name in NAMES:
        assert images(tmp_path / "restored" / f"{name}.mkv") == images(take / f"{name}.mkv")
        assert read_recording(tmp_path / "restored" / f"{name}.mkv").facts.packing is None
    assert (tmp_path / "restored" / INDEX).read_bytes() == (take / INDEX).read_bytes()
    restored, kept = read_manifest(tmp_path / "restored"), read_manifest(take)
    assert (restored.format, kept.format) == (1, 4)
    assert {device.packing for device in restored.devices} == {None}
    assert restored.report == kept.report


def test_what_an_earlier_run_has_made_is_kept(take: Path, tmp_path: Path) -> None:
    unpack(take, tmp_path)
    (tmp_path / "left.mkv").rename(tmp_path / f".left.mkv.7{DRAFT}")
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.mkv")}
    report = unpack(take, tmp_path)
    assert (report.verdict, report.kept) == ("restored", len(FILES) - 2)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in before} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


def test_a_damaged_image_is_named_and_all_others_are_restored(damaged: Path, tmp_path: Path) -> None:
    report = unpack(damaged, tmp_path / "restored")
    (finding,) = report.findings
    assert (report.verdict, finding.code, finding.device) == ("incomplete", "restored-without-image", "left")
    assert f"depth of pulse {DAMAGED} is damaged" in finding.what
    counts = {name: len(each) for name, each in images(tmp_path / "restored" / "left.mkv").items()}
    assert counts == {"COLOR": 3, "DEPTH": 2, "IR": 3}
    again = unpack(damaged, tmp_path / "restored")
    assert (again.verdict, [each.device for each in again.findings]) == ("incomplete", ["left"])


def test_recordings_without_a_take_json_are_restored_into_a_new_folder_alone(
    take: Path, tmp_path: Path
) -> None:
    (tmp_path / "files").mkdir()
    shutil.copy(take / "left.mkv", tmp_path / "files")
    assert unpack(tmp_path / "files", tmp_path / "new").files == ("left.mkv",)
    with pytest.raises(UsageError, match="is not empty"):
        unpack(tmp_path / "files", tmp_path / "new")


class Refusal(NamedTuple):
    source: str
    target: str
    code: str


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("take", "other", "restore-not-empty"),
        Refusal("take", "take", "restore-not-empty"),
        Refusal("restored", "new", "nothing-packed"),
        Refusal("empty", "new", "nothing-packed"),
        Refusal("nowhere", "new", "take-missing"),
        Refusal("take", "take/front.mkv/new", "restore-not-written"),
        Refusal("take", "no room", "restore-no-room"),
    ],
    ids=lambda each: f"{each.source} into {each.target}",
)
def test_what_can_not_be_restored_is_told(
    take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    shutil.copytree(take, tmp_path / "take")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").touch()
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "notes.txt").touch()
    if refusal.target == "no room":
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: Disk(total=1, used=1, free=10_000))
    with pytest.raises(UsageError) as refused:
        unpack(tmp_path / refusal.source, tmp_path / refusal.target)
    assert [each.code for each in refused.value.findings] == [refusal.code]
