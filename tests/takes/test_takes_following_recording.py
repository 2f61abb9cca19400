"""The newest capture of a file that grows, and whatever else may become of it meanwhile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.captures import Capture
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.decoding import decode_gray
from kinect_sync.takes.following import recording as following
from kinect_sync.takes.following import seeking
from kinect_sync.takes.following.recording import FileState, FollowedFile, FollowedRecording
from kinect_sync.takes.mkv.reader import read_recording
from tests.takes.recorded import SERIAL, START_US, capture, imu_samples, settings, take, writer

PERIOD_US = 33_333


def write(path: Path, captures: list[Capture], *, imu: int = 0, **changes: Any) -> Path:
    device = settings(imu=imu > 0, **changes)
    with writer(path, device) as mkv:
        for number, one in enumerate(captures):
            if imu:
                mkv.write_imu(imu_samples(START_US + number * PERIOD_US, imu))
            mkv.write(one)
    return path


def newest_us(seen: FollowedFile) -> int | None:
    return None if seen.newest is None else seen.newest.device_us


def read_gray(seen: FollowedFile, track: str, device: DeviceSettings) -> np.ndarray[Any, Any]:
    assert seen.newest is not None
    return decode_gray(seen.newest.images[track].read(), device.depth_mode.size)


@pytest.mark.parametrize("imu", [0, 50])
def test_at_every_size_the_newest_is_the_last_whole_capture_of_the_file(tmp_path: Path, imu: int) -> None:
    """A writer is interrupted anywhere; what is followed is grown by steps that meet no boundary."""
    device = settings(imu=imu > 0)
    whole = write(tmp_path / "whole.mkv", take(device, 6), imu=imu).read_bytes()
    growing, followed = tmp_path / "growing.mkv", FollowedRecording(tmp_path / "growing.mkv")
    seen: set[int | None] = set()
    steps = np.random.default_rng(5).integers(0, len(whole), 60).tolist()
    for size in sorted((*range(0, 6000, 97), *steps, len(whole))):
        growing.write_bytes(whole[:size])
        os.utime(growing)
        now = followed.look()
        assert now.state in (FileState.WAITING, FileState.GIVING)
        assert newest_us(now) == last_whole_us(growing, now.state)
        seen.add(newest_us(now))
    assert seen == {None, *(one.color_us for one in take(device, 6))}


def last_whole_us(path: Path, state: FileState) -> int | None:
    """What a reader of the whole file finds: the last capture that has all three images."""
    if state is FileState.WAITING:
        return None
    recording = read_recording(path)
    count = min(len(recording.color_us), len(recording.depth_us), len(recording.ir_us))
    return int(recording.color_us[count - 1])


def test_its_images_are_those_of_the_capture(tmp_path: Path) -> None:
    device = settings(depth_delay_off_color_usec=160)
    captures = take(device, 4)
    seen = FollowedRecording(write(tmp_path / "a.mkv", captures, depth_delay_off_color_usec=160)).look()
    last = captures[-1]
    assert seen.newest is not None
    assert last.color is not None
    assert last.depth is not None
    assert last.ir
    assert seen.newest.images["COLOR"].read() == last.color.data.tobytes()
    assert (read_gray(seen, "DEPTH", device) == last.depth.data).all()
    assert (read_gray(seen, "IR", device) == last.ir.data).all()
    assert seen.newest.times_us == {"COLOR": last.color_us, "DEPTH": last.depth_us, "IR": last.depth_us}
    assert seen.facts is not None
    assert seen.facts.serial == SERIAL


def test_depth_that_lies_in_a_cluster_of_its_own_is_of_its_color(tmp_path: Path) -> None:
    device = settings(fps=5, depth_delay_off_color_usec=-150_000)
    captures = take(device, 4)
    path = write(tmp_path / "a.mkv", captures, fps=5, depth_delay_off_color_usec=-150_000)
    seen = FollowedRecording(path).look()
    assert seen.newest is not None
    assert seen.newest.times_us["DEPTH"] == captures[-1].depth_us
    assert seen.newest.device_us == captures[-1].color_us


def test_a_half_capture_is_shown_when_the_last_ones_were_all_half(tmp_path: Path) -> None:
    """One without color is passed over; a color camera that has died is not."""
    device = settings()
    times = [START_US + number * PERIOD_US for number in range(20)]
    whole = [capture(device, time, time) for time in times[:5]]
    half = [capture(device, None, time) for time in times[5:]]
    path = tmp_path / "a.mkv"
    followed = FollowedRecording(path)
    with writer(path, device) as mkv:
        for number, one in enumerate([*whole, *half]):
            mkv.write(one)
            seen = followed.look()
            is_half = number >= 5 + following.FEW - 1
            expected = times[number] if number < 5 or is_half else times[4]
            assert newest_us(seen) == expected
            assert seen.newest is not None
            assert ("COLOR" in seen.newest.images) is not is_half


def test_whoever_comes_late_begins_near_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an hour has 100,000 clusters; pixels that look like a cluster do not mislead."""
    device = settings()
    captures = take(device, 12)
    for one in captures:
        assert one.depth is not None
        one.depth.data.reshape(-1).view(np.uint8)[:4000] = np.frombuffer(b"\x43\x1f\x75\xb6" * 1000, np.uint8)
    path = write(tmp_path / "a.mkv", captures)
    assert path.read_bytes().count(b"\x1f\x43\xb6\x75") > 1000
    monkeypatch.setattr(following, "WALKED_NBYTES", 100_000)
    monkeypatch.setattr(following, "BACKS_NBYTES", (200_000, 500_000, 900_000))
    read = count_reads(monkeypatch)
    followed = FollowedRecording(path)
    assert newest_us(followed.look()) == captures[-1].color_us
    assert sum(read) < 1_000_000
    read.clear()
    with path.open("ab") as file:
        file.write(b"\x00")
    assert newest_us(followed.look()) == captures[-1].color_us


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    from kinect_sync.takes.mkv.elements import ElementFile

    read: list[int] = []
    original = ElementFile.read

    def counted(self: ElementFile, at: int, nbytes: int) -> bytes:
        data = original(self, at, nbytes)
        read.append(len(data))
        return data

    monkeypatch.setattr(ElementFile, "read", counted)
    return read


def test_a_look_reads_what_was_added_and_no_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = settings()
    followed = FollowedRecording(tmp_path / "a.mkv")
    with writer(tmp_path / "a.mkv", device) as mkv:
        for one in take(device, 30):
            mkv.write(one)
        followed.look()
        read = count_reads(monkeypatch)
        mkv.write(capture(device, START_US + 31 * PERIOD_US, START_US + 31 * PERIOD_US))
        assert newest_us(followed.look()) == START_US + 31 * PERIOD_US
        assert 0 < sum(read) < 2000
        read.clear()
        followed.look()
        assert read == []


def test_a_file_that_is_not_there_yet_comes(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    followed = FollowedRecording(path)
    assert followed.look().state is FileState.ABSENT
    path.touch()
    assert followed.look().state is FileState.WAITING
    path.unlink()
    write(path, take(settings(), 2))
    assert followed.look().state is FileState.GIVING
    path.unlink()
    gone = followed.look()
    assert gone.state is FileState.ABSENT
    assert gone.newest is None


def test_a_file_in_the_place_of_another_is_looked_at_anew(tmp_path: Path) -> None:
    path, device = tmp_path / "a.mkv", settings()
    followed = FollowedRecording(write(path, take(device, 6)))
    old = followed.look()
    write(tmp_path / "b.mkv", take(device, 6, start_us=5_000_000))
    (tmp_path / "b.mkv").replace(path)
    assert newest_us(followed.look()) == 5_000_000 + 5 * PERIOD_US
    assert old.newest is not None
    with pytest.raises(ValueError, match="replaced"):
        old.newest.images["COLOR"].read()


def test_a_file_that_was_cut_is_looked_at_anew(tmp_path: Path) -> None:
    """As by a full disk, which takes the last piece back, or by a repair."""
    path, device = tmp_path / "a.mkv", settings()
    captures = take(device, 6)
    followed = FollowedRecording(write(path, captures))
    followed.look()
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size * 2 // 3)
    assert newest_us(followed.look()) == captures[2].color_us


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"RIFF" + bytes(5000), "no Matroska file"), (b"\x1a\x45\xdf\xa3\x80" + bytes(50), "before its header")],
)
def test_what_is_no_recording_is_no_exception(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(content)
    seen = FollowedRecording(path).look()
    assert seen.newest is None
    assert seen.state is FileState.WAITING or (seen.problem is not None and words in seen.problem.what)


def test_a_link_and_a_folder_are_not_opened(tmp_path: Path) -> None:
    write(tmp_path / "real.mkv", take(settings(), 2))
    (tmp_path / "folder.mkv").mkdir()
    (tmp_path / "link.mkv").symlink_to(tmp_path / "real.mkv")
    for name in ("folder.mkv", "link.mkv"):
        seen = FollowedRecording(tmp_path / name).look()
        assert seen.state is FileState.UNREADABLE
        assert seen.problem is not None
        assert "no regular file" in seen.problem.what


def test_damage_in_the_middle_costs_what_is_damaged(tmp_path: Path) -> None:
    """Captures after it are found again."""
    device = settings()
    whole = bytearray(write(tmp_path / "a.mkv", take(device, 8)).read_bytes())
    growing, followed = tmp_path / "b.mkv", FollowedRecording(tmp_path / "b.mkv")
    growing.write_bytes(whole[: len(whole) // 2])
    followed.look()
    middle = whole.index(b"\x1f\x43\xb6\x75", len(whole) // 2)
    whole[middle : middle + 4] = bytes(4)
    with growing.open("rb+") as file:
        file.write(whole)
    assert newest_us(followed.look()) == take(device, 8)[-1].color_us


@pytest.mark.parametrize("near", [4 << 20, 30_000])
@pytest.mark.parametrize("cut", [False, True])
def test_whoever_looks_back_finds_any_capture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, near: int, cut: bool
) -> None:
    monkeypatch.setattr(seeking, "NEAR_NBYTES", near)
    device = settings(depth_delay_off_color_usec=160)
    captures = take(device, 30)
    del captures[7:15]  # a gap
    path = write(tmp_path / "a.mkv", captures, imu=50, depth_delay_off_color_usec=160)
    if cut:
        with path.open("rb+") as file:
            file.truncate(path.stat().st_size - 100_000)
    followed = FollowedRecording(path)
    followed.look()
    for one in captures[: -1 if cut else None]:
        assert one.color_us is not None
        assert one.depth_us is not None
        found = followed.find({"COLOR": one.color_us, "DEPTH": one.depth_us, "IR": one.depth_us})
        assert found is not None
        assert one.depth is not None
        assert len(found.images) == 3
        assert found.device_us == one.color_us
        data = found.images["DEPTH"].read()
        assert (decode_gray(data, device.depth_mode.size) == one.depth.data).all()
    assert followed.find({"COLOR": START_US + 10 * PERIOD_US}) is None
    assert followed.find({"COLOR": 1}) is None
    assert followed.find({"COLOR": 10**15}) is None
    assert followed.find({}) is None


FIRST_CLUSTER = b"\x1f\x43\xb6\x75"


@pytest.mark.parametrize(
    ("kind", "begins_with"),
    [("a hole", b"\x00"), ("ids of clusters", FIRST_CLUSTER), ("tiny elements", b"\xec\x80")],
)
@pytest.mark.parametrize("header", [True, False])
def test_whatever_a_file_is_full_of_a_look_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, begins_with: bytes, header: bool
) -> None:
    """And one that did not change is not looked at again."""
    path = write(tmp_path / "a.mkv", take(settings(), 1))
    whole = path.read_bytes()
    first = whole.index(FIRST_CLUSTER)
    head = whole[:first] if header else b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7
    cluster = FIRST_CLUSTER + b"\x88\xe7\x81\x00" + bytes(5) if header else b""
    path.write_bytes(head + cluster + begins_with * 400_000)
    os.truncate(path, 1 << 26 if kind == "a hole" else path.stat().st_size)
    bounds = following.Bounds(nbytes=3 << 20, reads=5000)
    monkeypatch.setattr(following, "LOOK_BOUNDS", bounds)
    read = count_reads(monkeypatch)
    followed = FollowedRecording(path)
    for _ in range(3):
        seen = followed.look()
    assert seen.newest is None
    assert sum(read) <= 3 * bounds.nbytes
    assert len(read) <= 3 * bounds.reads
    read.clear()
    assert followed.look() == seen
    assert read == []


def test_what_is_not_found_in_time_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    captures = take(settings(), 30)
    followed = FollowedRecording(write(tmp_path / "a.mkv", captures))
    followed.look()
    monkeypatch.setattr(seeking, "NEAR_NBYTES", 1000)
    monkeypatch.setattr(following, "FIND_BOUNDS", following.Bounds(nbytes=3 << 20, reads=2))
    with pytest.raises(OSError, match="not found in time"):
        followed.find({"COLOR": captures[15].color_us or 0})


def test_what_takes_more_than_a_look_is_taken_in_by_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    captures = take(settings(), 30)
    monkeypatch.setattr(following, "LOOK_BOUNDS", following.Bounds(nbytes=3 << 20, reads=120))
    followed = FollowedRecording(write(tmp_path / "a.mkv", captures))
    seen = [newest_us(followed.look()) or 0 for _ in range(10)]
    assert seen[0]
    assert seen[-1] == captures[-1].color_us
    assert seen == sorted(seen)
    assert len(set(seen)) > 1
