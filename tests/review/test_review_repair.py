"""Recordings that a dead recorder left, completed: libk4arecord opens them and gives every whole image."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.repairing import repair
from kinect_sync.rig.modes import Role
from kinect_sync.takes.mkv.ebml import Id, encode_id, encode_size
from kinect_sync.takes.mkv.reader import OffsetSource, find_segment, opened, read_recording
from kinect_sync.takes.mkv.repair import assess, complete
from kinect_sync.takes.mkv.scan import Scan
from tests.review.sdk_sets import wait_for_writer
from tests.review.sets import LEFT, MASTER, write_recording
from tests.takes.recorded import START_US, abandon, expected, imu_samples, play, settings, take, writer

pytest.importorskip("pyk4a", exc_type=ImportError)

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data" / "recording.mkv"
COUNT = 90
DEVICE = settings()


@pytest.fixture(scope="module")
def sdk_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of recordings by libk4arecord: killed before a flush, after one, and closed."""
    folder = tmp_path_factory.mktemp("sdk")
    with writer(folder / "source.mkv", DEVICE) as mkv:
        for one in take(DEVICE, COUNT):
            mkv.write(one)
    for name, plan in {
        "never_flushed": {"stop_after": COUNT},
        "flushed": {"flush_after": 10, "stop_after": COUNT},
        "closed": {},
    }.items():
        record(folder / "source.mkv", folder / f"{name}.mkv", plan)
    return folder


def record(source: Path, target: Path, plan: dict[str, Any]) -> None:
    arguments = json.dumps({"source": str(source), "target": str(target), "captures": COUNT, **plan})
    command = [sys.executable, "-m", "tests.review.sdk_recorder", arguments]
    pipes: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
    }
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        if "stop_after" in plan:
            assert process.stdout is not None
            assert process.stdout.readline() == b"written\n"
            wait_for_writer(target, COUNT)
            process.kill()


def check_played(path: Path, images: int, *, shift_us: int = 0, calibrated: bool = False) -> None:
    """libk4arecord gives so many images of each track, and they are those that were recorded."""
    played, wanted = play(path, calibrated=calibrated), expected(take(DEVICE, COUNT))
    for track, found in played.images.items():
        assert len(found) == images
        assert found == [(time - shift_us, data) for time, data in wanted[track][:images]]


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("never_flushed", {"size", "index", "duration", "start offset"}),
        ("flushed", {"size", "index"}),
    ],
)
def test_what_libk4arecord_left_opens_again(
    tmp_path: Path, sdk_files: Path, name: str, missing: set[str]
) -> None:
    path = tmp_path / f"{name}.mkv"
    path.write_bytes((sdk_files / path.name).read_bytes())
    pyk4a = pytest.importorskip("pyk4a")
    with pytest.raises(pyk4a.K4AException):
        play(path, calibrated=False)
    held = len(read_recording(path).color_us)
    assert held > COUNT // 4, "two seconds are lost in the recorder, not more"
    report = repair([path], in_place=False)
    assert (report.verdict, set(report.files[0].missing)) == ("repaired", missing)
    assert report.files[0].images == {"COLOR": held, "DEPTH": held, "IR": held}
    unknown = name == "never_flushed"
    assert ("start-offset-unknown" in [each.code for each in report.findings]) is unknown
    result = tmp_path / f"{name}.repaired.mkv"
    check_played(result, held, shift_us=START_US if unknown else 0)
    later = play(result, calibrated=False, from_us=play(result, calibrated=False).times("COLOR")[held // 2])
    assert len(later.images["COLOR"]) == held - held // 2
    assert path.read_bytes() == (sdk_files / path.name).read_bytes()
    assert read_recording(result).complete
    assert repair([result], in_place=False).verdict == "whole"


def test_a_closed_file_is_left_alone(sdk_files: Path) -> None:
    before = (sdk_files / "closed.mkv").read_bytes()
    report = repair([sdk_files / "closed.mkv"], in_place=True)
    assert (report.verdict, report.files[0].state, report.files[0].result) == ("whole", "whole", None)
    assert (sdk_files / "closed.mkv").read_bytes() == before


def test_a_lost_start_offset_is_worked_out_from_the_master(tmp_path: Path, sdk_files: Path) -> None:
    record(sdk_files / "source.mkv", tmp_path / "sub.mkv", {"stop_after": COUNT, "role": "subordinate"})
    write_recording(tmp_path / "master.mkv", MASTER)
    assert examine([tmp_path]).inspection.verdict == "unsynchronized"
    report = repair([tmp_path], in_place=False)
    entry = next(each for each in report.files if each.name == "sub")
    assert (entry.start_offset_us, entry.start_offset_from) == (MASTER.time_us(0), "set")
    assert [each.code for each in report.findings] == ["start-offset-from-set"]
    inspection = examine([tmp_path]).inspection
    assert [each.start_offset_from for each in inspection.devices] == ["tag", "set"]
    assert "start-offset-assumed" in [each.code for each in inspection.findings]
    assert inspection.pulses > 20


def test_a_lost_start_offset_is_read_from_the_imu(tmp_path: Path) -> None:
    device = settings(imu=True)
    mkv = writer(tmp_path / "a.mkv", device)
    for number, one in enumerate(take(device, 5)):
        mkv.write_imu(imu_samples(START_US + 400 + number * 33_333, 40))
        mkv.write(one)
    abandon(mkv, tmp_path / "a.mkv")
    path = tmp_path / "a.mkv"
    without_offset(path)
    recording = read_recording(path)
    assert (recording.start_offset_us, recording.start_offset_from) == (START_US, OffsetSource.IMU)
    assert recording.color_us.tolist() == [START_US + number * 33_333 for number in range(5)]
    report = repair([path], in_place=True)
    # ksync leaves no room behind its tags: it writes the offset at once, and never needs any.
    assert [each.code for each in report.findings] == ["repair-no-room"]


def without_offset(path: Path) -> None:
    """Turn Info into a Void and misspell the tag: what a file lacks that was never flushed."""
    with opened(path) as file:
        info = Scan(file, find_segment(file, path)).parts[Id.INFO]
    data = bytearray(path.read_bytes())
    data[info.start : info.start + 9] = encode_id(Id.VOID) + encode_size(info.end - info.start - 9, 8)
    at = data.index(b"K4A_START_OFFSET_NS")
    data[at : at + 3] = b"X4A"
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["never_flushed", "flushed", "closed", "source"])
@pytest.mark.parametrize("seed", range(2))
def test_cut_anywhere_it_is_completed_with_every_whole_image(
    tmp_path: Path, sdk_files: Path, name: str, seed: int
) -> None:
    data = (sdk_files / f"{name}.mkv").read_bytes()[:2_000_000]
    path, chosen, repaired = tmp_path / "cut.mkv", random.Random(seed), 0
    for _ in range(8):
        path.write_bytes(data[: chosen.randrange(400_000, len(data))] + bytes(chosen.choice((0, 0, 7, 300))))
        before = read_recording(path)
        complete(path, START_US, OffsetSource.TAG if before.facts.start_offset_us else OffsetSource.SET)
        assert assess(path).missing == ()
        played, wanted = play(path, calibrated=False), expected(take(DEVICE, COUNT))
        for track, found in played.images.items():
            assert found == wanted[track][: len(before.tracks[track].timestamps_us)]
        repaired += 1
    assert repaired == 8


def test_interrupted_while_it_repairs_in_place_it_can_be_repaired_again(
    tmp_path: Path, sdk_files: Path
) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes((sdk_files / "flushed.mkv").read_bytes()[:1_000_000])
    complete(path, 0, OffsetSource.TAG)
    images = play(path, calibrated=False).images
    whole, before = path.read_bytes(), (sdk_files / "flushed.mkv").read_bytes()
    start = whole.index(encode_id(Id.CLUSTER))
    path.write_bytes(before[:start] + whole[start:])  # the index was written, the start of the file was not
    assert repair([path], in_place=True).verdict == "repaired"
    assert play(path, calibrated=False).images == images


def test_ksyncs_own_unfinished_file_is_completed(tmp_path: Path) -> None:
    mkv = writer(tmp_path / "a.mkv", DEVICE)
    for one in take(DEVICE, 40):
        mkv.write(one)
    abandon(mkv, tmp_path / "a.mkv")
    report = repair([tmp_path / "a.mkv"], in_place=False)
    assert set(report.files[0].missing) == {"size", "index", "duration"}
    played = play(tmp_path / "a.repaired.mkv")
    assert played.images == expected(take(DEVICE, 40))
    assert played.length_us == 39 * 33_333


def test_nothing_is_overwritten_and_nothing_half_done_is_left(tmp_path: Path) -> None:
    write_recording(tmp_path / "a.mkv", LEFT)
    (tmp_path / "a.mkv").write_bytes((tmp_path / "a.mkv").read_bytes()[:-100])
    (tmp_path / "a.repaired.mkv").write_bytes(b"mine")
    report = repair([tmp_path / "a.mkv"], in_place=False)
    assert (report.verdict, report.findings[0].code) == ("not_repaired", "repair-exists")
    assert (tmp_path / "a.repaired.mkv").read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_whole_copy_of_another_file_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    write_recording(tmp_path / "a.mkv", LEFT)
    write_recording(tmp_path / "a.repaired.mkv", replace(LEFT, pulses=LEFT.pulses - 5))
    (tmp_path / "a.mkv").write_bytes((tmp_path / "a.mkv").read_bytes()[:-100])
    report = repair([tmp_path / "a.mkv"], in_place=False)
    assert (report.verdict, report.findings[0].code) == ("not_repaired", "repair-exists")


def test_a_folder_that_is_read_only_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There even the removal of a draft that is not there fails."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    write_recording(tmp_path / "a.mkv", LEFT)
    (tmp_path / "a.mkv").write_bytes((tmp_path / "a.mkv").read_bytes()[:-100])
    monkeypatch.setattr(shutil, "copyfile", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    report = repair([tmp_path / "a.mkv"], in_place=False)
    assert (report.verdict, report.findings[0].code) == ("not_repaired", "repair-not-written")
    assert "a.repaired.mkv cannot be written: Read-only file system" in report.findings[0].what


def test_a_file_without_an_image_can_not_be_repaired(tmp_path: Path) -> None:
    write_recording(tmp_path / "a.mkv", MASTER)
    data = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(data[: data.index(encode_id(Id.CLUSTER)) + 20])
    with pytest.raises(KsyncError, match="no whole image"):
        assess(tmp_path / "a.mkv")
    with pytest.raises(UsageError, match="no whole image"):
        repair([tmp_path / "a.mkv"], in_place=False)
    write_recording(tmp_path / "b.mkv", LEFT)
    report = repair([tmp_path], in_place=False)
    assert (report.verdict, report.findings[0].code) == ("not_repaired", "nothing-to-repair")


def test_a_standalone_file_borrows_no_start_offset(tmp_path: Path, sdk_files: Path) -> None:
    (tmp_path / "alone.mkv").write_bytes((sdk_files / "never_flushed.mkv").read_bytes())
    write_recording(tmp_path / "master.mkv", MASTER)
    report = repair([tmp_path], in_place=False)
    assert next(each for each in report.files if each.name == "alone").start_offset_from == "unknown"
    assert read_recording(tmp_path / "alone.repaired.mkv").facts.role is Role.STANDALONE


def test_a_duration_of_no_size_that_floats_have_is_none(tmp_path: Path) -> None:
    path = tmp_path / "front.mkv"
    write_recording(path, MASTER)
    at = (data := path.read_bytes()).index(b"\x44\x89\x88") + 2
    path.write_bytes(data[:at] + b"\x83abc\xec\x83\0\0\0" + data[at + 9 :])  # three bytes, and a Void
    assert assess(path).missing == ("duration",)
    assert repair([path], in_place=True).verdict == "repaired"
    assert assess(path).missing == ()


@pytest.mark.skipif(not REAL.is_file(), reason="the recording of a real device is not here")
def test_a_real_recording_without_its_end_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "real.mkv"
    data = REAL.read_bytes()
    path.write_bytes(data[: data.rindex(encode_id(Id.CUES)) + 3])
    without_offset(path)
    assert read_recording(path).start_offset_us == 336_277
    assert repair([path], in_place=True).verdict == "repaired"
    assert play(path).images == play(REAL).images


def test_a_recording_of_no_kinects_rate_keeps_no_other_from_being_repaired(tmp_path: Path) -> None:
    write_recording(tmp_path / "front.mkv", MASTER)
    write_recording(tmp_path / "left.mkv", replace(LEFT, unfinished=True))
    odd, period_ns = tmp_path / "odd.mkv", 1_000_000_000 // 30
    write_recording(odd, replace(LEFT, name="odd", serial="000999999912"))
    data = odd.read_bytes()
    assert period_ns.to_bytes(4, "big") in data
    odd.write_bytes(data.replace(period_ns.to_bytes(4, "big"), (40_000_000).to_bytes(4, "big")))
    report = repair([tmp_path], in_place=False)
    assert {each.name: each.state for each in report.files} == {
        "front": "whole",
        "left": "repaired",
        "odd": "whole",
    }
