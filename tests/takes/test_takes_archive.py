"""A recording becomes an archive and comes back byte for byte; and what years do to it is told."""

from __future__ import annotations

import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.takes.archive.files import original_in, verify_file
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.reader import read_image, read_recording
from kinect_sync.takes.packing.ffv1 import Ffv1Decoder, Ffv1Encoder
from kinect_sync.takes.packing.packings import Packing
from tests.takes.archived import REAL, archive, cut, flipped, kinds_of_files, record, restore
from tests.takes.recorded import play

ALL = "color, depth, IR and IMU"
NO_RECORDING = {"recording-header-incomplete", "recording-not-matroska", "recording-not-kinect"}
WITH_PYAV = pytest.mark.skipif(find_spec("av") is None, reason="PyAV is not installed")
PACKINGS = [pytest.param(Packing.PNG, id="png"), pytest.param(Packing.FFV1, id="ffv1", marks=WITH_PYAV)]


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return dict(kinds_of_files(tmp_path_factory.mktemp("kinds")))


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A recording and its archive."""
    folder = tmp_path_factory.mktemp("archived")
    source = record(folder / "a.mkv", ALL, count=4)
    return source, archive(source, folder / "archive.mkv")


@pytest.mark.parametrize("packing", PACKINGS)
def test_files_of_every_kind_come_back_byte_for_byte(
    kinds: dict[str, Path], tmp_path: Path, packing: Packing
) -> None:
    assert len(kinds) >= 10
    for number, (kind, source) in enumerate(kinds.items()):
        target, back = tmp_path / f"{number}.mkv", tmp_path / f"{number}.back.mkv"
        archive(source, target, packing)
        assert not restore(target, back), kind
        assert back.read_bytes() == source.read_bytes(), kind
        was, now = read_recording(source), read_recording(target)
        assert (now.complete, now.truncated_bytes) == (was.complete, was.truncated_bytes), kind
        assert now.tracks.keys() == was.tracks.keys(), kind
        for name, blocks in was.tracks.items():
            assert np.array_equal(now.tracks[name].timestamps_us, blocks.timestamps_us), kind
            if name != "IMU" and len(blocks.sizes):
                assert read_image(now, name, 0) == read_image(was, name, 0), kind


def test_a_file_cut_or_spoiled_anywhere_comes_back_byte_for_byte(
    archived: tuple[Path, Path], tmp_path: Path
) -> None:
    data = archived[0].read_bytes()
    restored, refused = 0, set[str]()
    for seed in range(14):
        rng = random.Random(seed)
        spoiled = cut(data, rng) if seed % 2 else flipped(data, rng, None if seed % 4 else 8000)
        source = tmp_path / f"{seed}.mkv"
        source.write_bytes(spoiled)
        try:
            target = archive(source, tmp_path / f"{seed}.archive.mkv")
        except KsyncError as error:
            refused.update(each.code for each in error.findings)
            continue
        assert not restore(target, tmp_path / "back.mkv")
        assert (tmp_path / "back.mkv").read_bytes() == spoiled
        (tmp_path / "back.mkv").unlink()
        restored += 1
    assert restored > 8
    assert refused <= NO_RECORDING


@pytest.mark.parametrize("width", [0, 5000, 2**40])
def test_a_header_that_says_what_no_recording_has_is_refused(
    archived: tuple[Path, Path], tmp_path: Path, width: int
) -> None:
    data = archived[0].read_bytes()
    fields = ebml.uint(Id.PIXEL_WIDTH, 320) + ebml.uint(Id.PIXEL_HEIGHT, 288)
    spoiled = ebml.uint(Id.PIXEL_WIDTH, width)
    room = len(fields) - len(spoiled)
    spoiled += ebml.void(room) if room >= 2 else b""
    assert data.count(fields) == 2
    source = tmp_path / "a.mkv"
    source.write_bytes(data.replace(fields, spoiled.ljust(len(fields), b"\0")))
    with pytest.raises(KsyncError) as error:
        archive(source, tmp_path / "b.mkv")
    assert error.value.findings[0].code == "recording-not-kinect"
    assert not (tmp_path / "b.mkv").exists()


def test_a_bit_that_flips_in_an_archive_is_told_or_cost_nothing(
    archived: tuple[Path, Path], tmp_path: Path
) -> None:
    data, wanted = archived[1].read_bytes(), archived[0].read_bytes()
    damaged = 0
    for seed in range(14):
        spoiled, back = tmp_path / "spoiled.mkv", tmp_path / "back.mkv"
        spoiled.write_bytes(flipped(data, random.Random(seed)))
        try:
            damage = restore(spoiled, back)
        except KsyncError:
            continue
        damaged += bool(damage)
        assert damage or back.read_bytes() == wanted
        back.unlink()
    assert damaged > 7


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_damaged_image_is_named_and_all_others_are_restored(
    archived: tuple[Path, Path], tmp_path: Path, packing: Packing
) -> None:
    spoiled = archive(archived[0], tmp_path / "spoiled.mkv", packing)
    whole, now = read_recording(archived[0]), read_recording(spoiled)
    data = bytearray(spoiled.read_bytes())
    for track, number in (("DEPTH", 2), ("COLOR", 1)):
        blocks = now.tracks[track]
        data[int(blocks.offsets[number]) + int(blocks.sizes[number]) // 2] ^= 4
    spoiled.write_bytes(data)
    lost = {("DEPTH", int(whole.depth_us[2])), ("COLOR", int(whole.color_us[1]))}
    with ThreadPoolExecutor(1) as executor:
        damage, _ = verify_file(spoiled, executor, lambda _nbytes: None)
    assert set(damage.images) == lost
    with pytest.raises(ValueError, match="checksum"):
        read_image(now, "DEPTH", 2)
    assert set(restore(spoiled, tmp_path / "back.mkv").images) == lost
    back = read_recording(tmp_path / "back.mkv")
    assert (len(back.color_us), len(back.depth_us), len(back.ir_us)) == (3, 3, 4)
    assert back.facts.packing is None
    assert back.facts.tags == whole.facts.tags
    for n in range(4):
        assert read_image(back, "IR", n) == read_image(whole, "IR", n)
    assert read_image(back, "DEPTH", 2) == read_image(whole, "DEPTH", 3)


def test_libk4arecord_gives_color_calibration_and_imu_of_an_archive(
    archived: tuple[Path, Path],
) -> None:
    pytest.importorskip("pyk4a", exc_type=ImportError)
    was, now = (play(path, calibrated=True) for path in archived)
    assert now.images["COLOR"] == was.images["COLOR"]
    assert len(now.images["COLOR"]) == 4
    assert not now.configuration["depth_track_enabled"]
    assert repr(now.imu) == repr(was.imu)  # temperatures are NaN


@pytest.mark.skipif(not REAL.exists(), reason="the real recording is not there")
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_real_recording_takes_little_more_than_a_third(tmp_path: Path, packing: Packing) -> None:
    target = archive(REAL, tmp_path / "a.mkv", packing)
    most = {Packing.FFV1: 0.36, Packing.PNG: 0.46}[packing]
    assert target.stat().st_size < most * REAL.stat().st_size


def test_an_archive_is_never_overwritten_and_a_packed_file_not_packed_again(
    archived: tuple[Path, Path], tmp_path: Path
) -> None:
    target = Path(shutil.copy(archived[1], tmp_path / "a.mkv"))
    with pytest.raises(UsageError, match="exists"):
        archive(archived[0], target)
    with pytest.raises(UsageError, match="exists"):
        restore(archived[1], target)
    with pytest.raises(KsyncError, match="packed already"):
        archive(archived[1], tmp_path / "b.mkv")
    assert target.read_bytes() == archived[1].read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]
    assert original_in(archived[0]) is None


@WITH_PYAV
def test_ffv1_tells_a_flipped_bit_anywhere() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 4000, (48, 64)).astype(np.uint16)
    encoder = Ffv1Encoder((64, 48))
    decoder = Ffv1Decoder(encoder.extradata, (64, 48))
    data = encoder.encode(image)
    assert np.array_equal(decoder.decode(data), image)
    for at in range(0, len(data), 37):
        spoiled = bytearray(data)
        spoiled[at] ^= 1 << at % 8
        with pytest.raises(ValueError, match="checksum"):
            decoder.decode(bytes(spoiled))
    for nbytes in (0, 7, len(data) - 1):
        with pytest.raises(ValueError, match="checksum"):
            decoder.decode(data[:nbytes])
