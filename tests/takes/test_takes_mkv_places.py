"""Where images stand: found stretch by stretch as a look at the whole file finds them, in any order."""

from __future__ import annotations

import pickle
import random
from pathlib import Path

import pytest

from kinect_sync.rig.modes import DepthMode
from kinect_sync.takes.mkv import places
from kinect_sync.takes.mkv.places import ImagePlace, ImagePlaces
from kinect_sync.takes.mkv.reader import read_recording
from tests.takes.recorded import START_US, capture, imu_samples, settings, take, writer

Found = dict[tuple[str, int], ImagePlace]


def record(path: Path, times_us: list[int]) -> Path:
    device = settings(imu=True, depth_mode=DepthMode.NFOV_2X2BINNED)
    with writer(path, device) as mkv:
        for number, time_us in enumerate(times_us):
            mkv.write_imu(imu_samples(time_us, 20))
            mkv.write(capture(device, time_us, time_us + 160, seed=number))
    return path


def all_places(path: Path) -> Found:
    """Every image's place, of two with one time the first."""
    recording, found = read_recording(path), Found()
    for name, blocks in recording.tracks.items():
        columns = (blocks.timestamps_us.tolist(), blocks.offsets.tolist(), blocks.sizes.tolist())
        for time_us, offset, nbytes in zip(*columns, strict=True):
            if name != "IMU":
                found.setdefault((name, time_us), ImagePlace(offset=offset, nbytes=nbytes))
    return found


STEADY = [START_US + number * 33_333 for number in range(40)]
STEPPED = [*STEADY[:20], *(START_US + 100_000 + number * 33_333 for number in range(20)), *STEADY[5:9]]


@pytest.mark.parametrize("times_us", [STEADY, STEPPED], ids=["a steady clock", "one that steps back"])
@pytest.mark.parametrize("at_once", [1, 7, 1024])
def test_every_image_is_found_in_whatever_order_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times_us: list[int], at_once: int
) -> None:
    monkeypatch.setattr(places, "CLUSTERS_AT_ONCE", at_once)
    path = record(tmp_path / "a.mkv", times_us)
    expected = all_places(path)
    in_order, mixed = ImagePlaces(path), ImagePlaces(path)
    assert {key: in_order.find(*key) for key in expected} == expected
    keys = [*expected, *expected]
    random.Random(1).shuffle(keys)
    assert all(mixed.find(*key) == expected[key] for key in keys)
    assert mixed.find("COLOR", START_US + 1) is None
    assert mixed.find("IMU", START_US) is None


def test_no_more_of_the_file_is_looked_at_than_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "CLUSTERS_AT_ONCE", 8)
    path = record(tmp_path / "a.mkv", STEADY)
    expected, found = all_places(path), ImagePlaces(path)
    early = found.find("COLOR", STEADY[0])
    path.write_bytes(path.read_bytes()[: expected["COLOR", STEADY[30]].offset])
    assert early == found.find("COLOR", STEADY[0]) == expected["COLOR", STEADY[0]]
    assert found.find("COLOR", STEADY[29]) == expected["COLOR", STEADY[29]]
    assert found.find("COLOR", STEADY[35]) is None


def test_places_go_to_another_process(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mkv", STEADY)
    copy = pickle.loads(pickle.dumps(ImagePlaces(path)))
    assert copy.find("IR", STEADY[3] + 160) == all_places(path)["IR", STEADY[3] + 160]


def test_a_recording_that_does_not_tell_when_it_began_is_searched_for_it(tmp_path: Path) -> None:
    """As where libk4arecord was killed: only IMU samples hold the device's time."""
    path = record(tmp_path / "a.mkv", STEADY)
    path.write_bytes(path.read_bytes().replace(b"K4A_START_OFFSET_NS", b"X4A_START_OFFSET_NS"))
    assert ImagePlaces(path).find("COLOR", STEADY[7]) == all_places(path)["COLOR", STEADY[7]]


def test_a_recording_without_a_capture_has_no_images(tmp_path: Path) -> None:
    with writer(tmp_path / "a.mkv", settings()):
        pass
    found = ImagePlaces(tmp_path / "a.mkv")
    assert (found.find("COLOR", 0), found.has("COLOR"), found.has("IMU")) == (None, True, False)


def test_what_was_cut_off_is_no_image(tmp_path: Path) -> None:
    device = settings()
    with writer(tmp_path / "a.mkv", device) as mkv:
        for one in take(device, 5):
            mkv.write(one)
        whole = (tmp_path / "a.mkv").read_bytes()
    path = tmp_path / "b.mkv"
    path.write_bytes(whole[:-1000])
    expected, found = all_places(path), ImagePlaces(path)
    assert found.find("IR", START_US + 4 * 33_333) is None
    assert {key: found.find(*key) for key in expected} == expected
