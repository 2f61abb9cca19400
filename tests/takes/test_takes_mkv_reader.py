from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.errors import KsyncError
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role
from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Id
from kinect_sync.takes.mkv.reader import read_image, read_recording
from tests.takes.recorded import SERIAL, START_US, expected, imu_samples, play, settings, take, writer

REAL = Path(__file__).parents[3] / "shared" / "data" / "recording.mkv"


def test_the_header_is_read_in_the_words_of_a_rig_file(tmp_path: Path) -> None:
    device = settings(
        role=Role.SUBORDINATE,
        subordinate_delay_off_master_usec=160,
        depth_delay_off_color_usec=-320,
        color_format=ColorFormat.NV12,
        fps=15,
    )
    with writer(tmp_path / "a.mkv", device) as mkv:
        mkv.write(take(device, 1)[0])
    facts = read_recording(tmp_path / "a.mkv").facts
    assert facts.serial == SERIAL
    assert facts.role is Role.SUBORDINATE
    assert facts.start_offset_us == START_US
    assert (facts.subordinate_delay_off_master_usec, facts.depth_delay_off_color_usec) == (160, -320)
    assert (facts.color_resolution, facts.color_format) == (ColorResolution.RES_720P, ColorFormat.NV12)
    assert (facts.depth_mode, facts.fps) == (DepthMode.NFOV_2X2BINNED, 15)
    assert [track.name for track in facts.tracks] == ["COLOR", "DEPTH", "IR"]


def test_a_track_that_is_off_has_no_times(tmp_path: Path) -> None:
    device = settings(depth_mode=DepthMode.PASSIVE_IR)
    with writer(tmp_path / "a.mkv", device) as mkv:
        mkv.write(take(device, 1)[0])
    recording = read_recording(tmp_path / "a.mkv")
    assert (recording.color_us.size, recording.depth_us.size, recording.ir_us.size) == (1, 0, 1)
    with pytest.raises(KeyError):
        read_image(recording, "DEPTH", 0)
    with pytest.raises(IndexError):
        read_image(recording, "IR", 1)


@pytest.mark.skipif(not REAL.is_file(), reason="the recording of a real device is not here")
def test_a_recording_of_a_real_device_is_read() -> None:
    pytest.importorskip("pyk4a", exc_type=ImportError)
    recording, played = read_recording(REAL), play(REAL)
    assert (recording.complete, recording.truncated_bytes) == (True, 0)
    assert recording.facts.start_offset_us == 336_277
    assert recording.facts.depth_mode is DepthMode.NFOV_UNBINNED
    for track, images in played.images.items():
        assert recording.tracks[track].timestamps_us.tolist() == [time for time, _ in images]
        assert [read_image(recording, track, n) for n in range(len(images))] == [data for _, data in images]
    assert recording.tracks["IMU"].timestamps_us.tolist() == [played.imu[0]["acc_timestamp"]]


def test_a_recording_that_the_sdk_made_is_read(tmp_path: Path) -> None:
    pyk4a = pytest.importorskip("pyk4a", exc_type=ImportError)
    device = settings()
    captures = take(device, 20)
    with writer(tmp_path / "ours.mkv", device) as mkv:
        for one in captures:
            mkv.write(one)
    theirs = tmp_path / "theirs.mkv"
    with pyk4a.PyK4APlayback(tmp_path / "ours.mkv") as playback:
        config = pyk4a.Config(
            color_resolution=pyk4a.ColorResolution.RES_720P,
            color_format=pyk4a.ImageFormat.COLOR_MJPG,
            depth_mode=pyk4a.DepthMode.NFOV_2X2BINNED,
        )
        record = pyk4a.PyK4ARecord(theirs, config)
        record.create()
        for _ in captures:
            record.write_capture(playback.get_next_capture())
        record.close()
    recording = read_recording(theirs)
    for track, images in expected(captures).items():
        assert recording.tracks[track].timestamps_us.tolist() == [time for time, _ in images]
        assert read_image(recording, track, 7) == images[7][1]
    assert (recording.complete, recording.truncated_bytes) == (True, 0)


def test_reading_costs_a_glance_per_block_and_no_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = settings(color_format=ColorFormat.BGRA32)
    with writer(tmp_path / "a.mkv", device) as mkv:
        for one in take(device, 3):
            mkv.write(one)
    from kinect_sync.takes.mkv.elements import ElementFile

    asked: list[int] = []
    read = ElementFile.read

    def counted(self: ElementFile, at: int, nbytes: int) -> bytes:
        asked.append(nbytes)
        return read(self, at, nbytes)

    monkeypatch.setattr(ElementFile, "read", counted)
    assert read_recording(tmp_path / "a.mkv").color_us.size == 3
    assert sum(asked) < 20_000 < (tmp_path / "a.mkv").stat().st_size // 100


def test_a_recording_is_read_while_it_grows(tmp_path: Path) -> None:
    device = settings(imu=True)
    with writer(tmp_path / "a.mkv", device) as mkv:
        for n, one in enumerate(take(device, 3)):
            mkv.write_imu(imu_samples(START_US + n * 33_333, 40))
            mkv.write(one)
            recording = read_recording(tmp_path / "a.mkv")
            assert recording.color_us.size == n + 1
            assert (recording.complete, recording.truncated_bytes) == (False, 0)


def test_clusters_of_unknown_size_as_other_writers_make_them(tmp_path: Path) -> None:
    with writer(tmp_path / "a.mkv", settings()) as mkv:
        mkv.write(take(settings(), 1)[0])
        data = (tmp_path / "a.mkv").read_bytes()
    header = data[: data.index(b"\x1f\x43\xb6\x75")]
    block = ebml.element(Id.SIMPLE_BLOCK, b"\x81\xff\xf6\x80jpeg")
    clusters = [
        ebml.encode_id(Id.CLUSTER) + ebml.UNKNOWN_SIZE + ebml.uint(Id.TIMESTAMP, time) + block
        for time in (1000, 2000)
    ]
    (tmp_path / "b.mkv").write_bytes(header + b"".join(clusters))
    recording = read_recording(tmp_path / "b.mkv")
    # ff f6 is -10: a block may lie before its cluster.
    assert recording.color_us.tolist() == [START_US + 990, START_US + 1990]
    assert (read_image(recording, "COLOR", 1), recording.truncated_bytes) == (b"jpeg", 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "recording-header-incomplete"),
        (b"name: studio-a\n", "recording-not-matroska"),
        (bytes(5000), "recording-not-matroska"),
        (ebml.element(Id.EBML, ebml.text(Id.DOC_TYPE, "matroska")), "recording-header-incomplete"),
    ],
)
def test_what_is_no_recording_is_told_apart(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "a.mkv").write_bytes(content)
    with pytest.raises(KsyncError, match=r"a\.mkv") as caught:
        read_recording(tmp_path / "a.mkv")
    assert caught.value.findings[0].code == code


def test_a_missing_file_and_a_film_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(KsyncError, match="No such file"):
        read_recording(tmp_path / "missing.mkv")
    with writer(tmp_path / "a.mkv", settings()) as mkv:
        mkv.write(take(settings(), 1)[0])
    film = (tmp_path / "a.mkv").read_bytes().replace(b"NFOV_2X2BINNED", b"SUPER_8_COLOUR")
    (tmp_path / "film.mkv").write_bytes(film)
    with pytest.raises(KsyncError, match="no recording of a Kinect"):
        read_recording(tmp_path / "film.mkv")
