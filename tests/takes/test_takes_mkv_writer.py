from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as checked
from hypothesis import strategies as st

from kinect_sync.captures import Capture, Image
from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role
from kinect_sync.takes.mkv.reader import read_image, read_recording
from kinect_sync.takes.mkv.writer import MAX_PENDING_IMU
from tests.takes.dumped import dump
from tests.takes.recorded import (
    SERIAL,
    START_US,
    capture,
    expected,
    grey_image,
    imu_samples,
    play,
    settings,
    take,
    writer,
)

pytest.importorskip("pyk4a", exc_type=ImportError)

OFF = {"color_resolution": ColorResolution.OFF}
KILLED, CLOSED = "killed", "closed"


def record(path: Path, device: DeviceSettings, captures: list[Capture]) -> bytes:
    """Record, and return the file as it stood before it was closed."""
    with writer(path, device) as mkv:
        for one in captures:
            mkv.write(one)
        assert (mkv.captures, mkv.bytes_written) == (len(captures), path.stat().st_size)
        return path.read_bytes()


@pytest.fixture(params=[KILLED, CLOSED])
def ending(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def reread(path: Path, device: DeviceSettings, captures: list[Capture], ending: str) -> Path:
    before = record(path, device, captures)
    if ending == CLOSED:
        return path
    path = path.with_suffix(".killed.mkv")
    path.write_bytes(before)
    return path


MODES = [
    *({"color_format": form} for form in ColorFormat),
    *({"depth_mode": mode} for mode in DepthMode),
    *({"color_resolution": size} for size in ColorResolution if size is not ColorResolution.RES_3072P),
    {"color_resolution": ColorResolution.RES_3072P, "fps": 15},
    {"depth_mode": DepthMode.WFOV_UNBINNED, "fps": 15},
    {"depth_mode": DepthMode.PASSIVE_IR, **OFF},
    {"fps": 5},
    {"role": Role.MASTER},
    {"role": Role.SUBORDINATE, "subordinate_delay_off_master_usec": 160},
]


@pytest.mark.parametrize("changes", MODES, ids=str)
def test_libk4arecord_reads_what_was_written(tmp_path: Path, changes: dict[str, Any], ending: str) -> None:
    device = settings(**changes)
    captures = take(device, 3)
    played = play(reread(tmp_path / "a.mkv", device, captures, ending))
    assert played.images == expected(captures)
    recorded = played.configuration
    assert recorded["camera_fps"].name == f"FPS_{device.fps}"
    assert recorded["wired_sync_mode"].name == device.role.name
    assert recorded["depth_mode"].name == device.depth_mode.name
    assert recorded["color_resolution"].name == device.color_resolution.name
    assert recorded["subordinate_delay_off_master_usec"] == device.subordinate_delay_off_master_usec
    assert recorded["start_timestamp_offset_usec"] == START_US
    assert recorded["color_track_enabled"] == device.has_color
    assert recorded["depth_track_enabled"] == device.has_depth
    assert recorded["ir_track_enabled"] == device.has_ir
    if device.has_color:
        assert recorded["color_format"].name == f"COLOR_{device.color_format.name}"


DELAYS = [
    (30, 160, "one cluster, depth after color"),
    (30, -160, "one cluster, depth before color: the file starts with depth"),
    (30, 32_767, "the largest distance that 16 bits hold"),
    (30, 32_768, "one more: two clusters"),
    (30, -33_333, "the most negative delay at 30 fps"),
    (15, 66_666, "two clusters, a whole period apart"),
    (5, 150_000, "two clusters"),
    (5, -150_000, "two clusters, depth before color"),
    (5, 200_000, "depth falls on the next color"),
    (5, -200_000, "depth falls on the color before"),
]


@pytest.mark.parametrize(("fps", "delay_us", "why"), DELAYS)
def test_color_and_depth_far_apart_are_read_with_their_times(
    tmp_path: Path, fps: int, delay_us: int, why: str, ending: str
) -> None:
    device = settings(fps=fps, depth_delay_off_color_usec=delay_us)
    captures = take(device, 12)
    path = reread(tmp_path / "a.mkv", device, captures, ending)
    played = play(path)
    assert played.images == expected(captures), why
    signed = (played.configuration["depth_delay_off_color_usec"] + 2**31) % 2**32 - 2**31
    assert signed == delay_us
    middle = captures[6]
    assert middle.color is not None
    assert middle.depth is not None
    # Not the very microsecond: of two clusters of one time, as with a delay of a whole period,
    # libk4arecord seeks to the second.
    wanted = min(middle.color.device_timestamp_usec, middle.depth.device_timestamp_usec) - 1
    sought = play(path, from_us=wanted)
    for track, every in played.images.items():
        later = [image for image in every if image[0] >= wanted]
        assert sought.images[track][-len(later) :] == later, f"seeking loses images of {track}"


@st.composite
def takes(draw: st.DrawFn) -> tuple[DeviceSettings, list[Capture]]:
    fps = draw(st.sampled_from([5, 15, 30]))
    period_us = 1_000_000 // fps
    delay_us = draw(st.integers(-period_us, period_us))
    device = settings(fps=fps, depth_delay_off_color_usec=delay_us)
    pulses = draw(st.lists(st.integers(0, 40), min_size=1, max_size=6, unique=True).map(sorted))
    captures = []
    for pulse in pulses:
        color_us = 500_000 + pulse * period_us + draw(st.integers(-20, 20))
        has = draw(st.sampled_from(["both", "both", "color", "depth"]))
        depth_us = color_us + delay_us + draw(st.integers(-20, 20))
        captures.append(
            capture(
                device,
                None if has == "depth" else color_us,
                None if has == "color" else depth_us,
                seed=pulse,
            )
        )
    return device, captures


@checked(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(takes())
def test_any_take_is_read_back_by_both_readers(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[DeviceSettings, list[Capture]]
) -> None:
    device, captures = drawn
    path = tmp_path_factory.mktemp("any") / "a.mkv"
    before = record(path, device, captures)
    killed = path.with_name("killed.mkv")
    killed.write_bytes(before)
    for file in (path, killed):
        assert play(file).images == expected(captures)
        recording = read_recording(file)
        for track, images in expected(captures).items():
            assert recording.tracks[track].timestamps_us.tolist() == [time for time, _ in images]
            assert [read_image(recording, track, n) for n in range(len(images))] == [
                data for _, data in images
            ]
        assert (recording.complete, recording.truncated_bytes) == (file == path, 0)


def test_a_first_capture_without_depth_leaves_room_for_an_earlier_depth(tmp_path: Path) -> None:
    # Times in the file are unsigned: depth of the second capture may lie before the first color, as the
    # SDK pairs images up to three quarters of a period apart, plus the depth delay.
    device = settings(depth_delay_off_color_usec=-33_333)
    captures = [capture(device, 500_000, None), capture(device, 533_333, 475_000, seed=1)]
    record(tmp_path / "a.mkv", device, captures)
    assert play(tmp_path / "a.mkv").images == expected(captures)
    assert read_recording(tmp_path / "a.mkv").depth_us.tolist() == [475_000]


def test_a_half_first_capture_near_zero_starts_the_file_at_zero(tmp_path: Path) -> None:
    device = settings()
    record(tmp_path / "a.mkv", device, [capture(device, 1_000, None)])
    assert read_recording(tmp_path / "a.mkv").facts.start_offset_us == 0


def test_timestamps_that_step_back_are_kept_in_the_order_of_the_file(tmp_path: Path, ending: str) -> None:
    device = settings()
    captures = [*take(device, 4, 900_000), *take(device, 4, 910_000)]
    path = reread(tmp_path / "a.mkv", device, captures, ending)
    assert play(path).images == expected(captures)
    assert read_recording(path).color_us.tolist() == [time for time, _ in expected(captures)["COLOR"]]


def test_a_clock_that_steps_back_before_the_start_is_refused_and_nothing_written(tmp_path: Path) -> None:
    device = settings()
    with writer(tmp_path / "a.mkv", device) as mkv:
        mkv.write(capture(device, 900_000, 900_000))
        size = mkv.bytes_written
        with pytest.raises(KsyncError, match="front: the clock stepped back to 300000") as caught:
            mkv.write(capture(device, 300_000, 300_000))
        assert caught.value.findings[0].code == "capture-before-file-start"
        assert (mkv.bytes_written, mkv.captures) == (size, 1)
        mkv.write(capture(device, 933_333, 933_333))
    assert play(tmp_path / "a.mkv").times("COLOR") == [900_000, 933_333]


@pytest.mark.parametrize("start_us", [2**32 + 500_000, 1_700_000_000_000_000])
def test_a_start_beyond_32_bits_is_right_in_the_file(tmp_path: Path, start_us: int) -> None:
    # libk4arecord keeps the offset in 32 bits, so what it reads is right only modulo 2^32 µs.
    device = settings()
    captures = take(device, 3, start_us)
    record(tmp_path / "a.mkv", device, captures)
    assert read_recording(tmp_path / "a.mkv").color_us.tolist() == [
        time for time, _ in expected(captures)["COLOR"]
    ]
    wrapped = [(time - start_us + start_us % 2**32, data) for time, data in expected(captures)["COLOR"]]
    assert play(tmp_path / "a.mkv").images["COLOR"] == wrapped


def test_imu_samples_are_read_back_in_order(tmp_path: Path, ending: str) -> None:
    device = settings(imu=True)
    path = tmp_path / "a.mkv"
    samples = imu_samples(START_US - 5_000, 400)
    captures = take(device, 6)
    with writer(path, device) as mkv:
        for n, one in enumerate(captures):
            # Samples come in batches, before and after the captures of their time.
            mkv.write_imu(samples[n * 60 : n * 60 + 60])
            mkv.write(one)
        if ending == CLOSED:
            mkv.write_imu(samples[360:])
            mkv.close()
        played = play(path)
    first = next(n for n, sample in enumerate(samples) if sample.acc_timestamp_usec >= START_US)
    kept = samples[first : first + len(played.imu)]
    # A recording has no place for the temperature.
    assert [{**sample, "temperature": None} for sample in played.imu] == [
        {
            "temperature": None,
            "acc_sample": sample.acc_m_s2,
            "acc_timestamp": sample.acc_timestamp_usec,
            "gyro_sample": sample.gyro_rad_s,
            "gyro_timestamp": sample.gyro_timestamp_usec,
        }
        for sample in kept
    ]
    if ending == CLOSED:
        assert len(kept) == 400 - first
    else:  # every sample older than the last capture
        assert samples[first + len(kept)].acc_timestamp_usec >= START_US + 5 * 33_333
    assert played.images == expected(captures)
    assert read_recording(path).tracks["IMU"].timestamps_us[0] == kept[0].acc_timestamp_usec


def test_imu_without_captures_does_not_pile_up(tmp_path: Path) -> None:
    device = settings(imu=True)
    with writer(tmp_path / "a.mkv", device) as mkv:
        mkv.write_imu(imu_samples(0, 5000))
        mkv.write(capture(device, 3_000_000, 3_000_000))
        before = mkv.bytes_written
        mkv.write_imu(imu_samples(3_000_100, 5000))
        assert mkv.bytes_written > before + (5000 - MAX_PENDING_IMU // 2) * 40
    assert len(play(tmp_path / "a.mkv").imu) > 5000


def test_imu_without_captures_leaves_room_for_a_late_one_in_order_of_time(tmp_path: Path) -> None:
    device, path = settings(imu=True), tmp_path / "a.mkv"
    with writer(path, device) as mkv:
        mkv.write(capture(device, 3_000_000, 3_000_000))
        for batch in range(60):
            mkv.write_imu(imu_samples(3_000_100 + batch * 98_080, 160))
        late_us = 3_000_100 + 60 * 98_080 - 1_000_000
        mkv.write(capture(device, late_us, late_us))
    segment = dump(path.read_bytes()).one("Segment")
    starts = [cluster.one("Timestamp").number for cluster in segment.all("Cluster")]
    assert starts == sorted(starts)
    assert len(play(path).imu) == 9600


def test_imu_samples_without_an_imu_track_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with writer(tmp_path / "a.mkv", settings()) as mkv:
        mkv.write_imu([])
        with pytest.raises(ValueError, match="no IMU track"):
            mkv.write_imu(imu_samples(0, 1))


@pytest.mark.parametrize("samples", [0, 200])
def test_a_take_without_a_capture_still_tells_whose_it_was(tmp_path: Path, samples: int) -> None:
    path = tmp_path / "a.mkv"
    with writer(path, settings(imu=True)) as mkv:
        mkv.write_imu(imu_samples(1_000, samples))
    played = play(path)
    assert played.images == {"COLOR": [], "DEPTH": [], "IR": []}
    assert len(played.imu) == samples
    recording = read_recording(path)
    assert (recording.facts.serial, recording.complete, recording.color_us.size) == (SERIAL, True, 0)


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (Capture(None, None, None, 0), "without any image"),
        (
            Capture(None, None, grey_image(settings(depth_mode=DepthMode.WFOV_2X2BINNED), 5, 0), 0),
            "524288 bytes",
        ),
        (Capture(None, None, Image(grey_image(settings(), 5, 0).data.view("i2"), 5, 5), 0), "int16 pixels"),
        (Capture(None, grey_image(settings(), 5, 0), None, 0), "do not ask for"),
    ],
)
def test_an_image_that_the_tracks_cannot_hold_is_refused(tmp_path: Path, one: Capture, text: str) -> None:
    ir_only = settings(depth_mode=DepthMode.NFOV_2X2BINNED)
    device = ir_only if one.depth is None else settings(depth_mode=DepthMode.PASSIVE_IR)
    with writer(tmp_path / "a.mkv", device) as mkv:
        with pytest.raises(KsyncError, match=text) as caught:
            mkv.write(one)
        assert caught.value.findings[0].code == "image-does-not-fit"
        assert mkv.bytes_written == 0


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(b"precious")
    with pytest.raises(UsageError, match=r"front: .*exists; a recording is never overwritten"):
        writer(path, settings())
    assert path.read_bytes() == b"precious"
    with pytest.raises(UsageError, match="cannot be created"):
        writer(tmp_path / "missing" / "a.mkv", settings())


def test_closing_twice_and_syncing_after_are_harmless(tmp_path: Path) -> None:
    mkv = writer(tmp_path / "a.mkv", settings())
    mkv.write(capture(settings(), 5, 5))
    mkv.close()
    size = (tmp_path / "a.mkv").stat().st_size
    mkv.close()
    mkv.sync()
    assert (tmp_path / "a.mkv").stat().st_size == size
    with pytest.raises(ValueError, match="closed"):
        mkv.write(capture(settings(), 33_333, 33_333))


def test_another_thread_may_sync_while_captures_are_written_and_the_file_closed(tmp_path: Path) -> None:
    device = settings()
    captures = take(device, 40)
    failures: list[BaseException] = []
    mkv = writer(tmp_path / "a.mkv", device)
    finished = threading.Event()

    def sync() -> None:
        try:
            while not finished.is_set():
                mkv.sync()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=sync)
    thread.start()
    for one in captures:
        mkv.write(one)
    mkv.close()
    finished.set()
    thread.join()
    assert not failures
    assert play(tmp_path / "a.mkv").images == expected(captures)


def test_a_closed_file_has_an_index_that_libk4arecord_seeks_by(tmp_path: Path) -> None:
    device = settings(fps=5, **OFF)
    captures = take(device, 40)
    record(tmp_path / "a.mkv", device, captures)
    times = [time for time, _ in expected(captures)["DEPTH"]]
    for wanted in (times[0], times[17], times[39]):
        assert play(tmp_path / "a.mkv", from_us=wanted).times("DEPTH") == times[times.index(wanted) :]
    assert play(tmp_path / "a.mkv").length_us == times[-1] - times[0]


def test_without_a_calibration_the_file_is_a_recording_all_the_same(tmp_path: Path) -> None:
    from pyk4a import PyK4APlayback

    device = settings()
    with writer(tmp_path / "a.mkv", device, calibration=False) as mkv:
        mkv.write(capture(device, 5, 5))
    # pyk4a asks for the calibration with every capture, so only the header can be looked at.
    with PyK4APlayback(tmp_path / "a.mkv") as playback:
        assert playback.configuration["depth_track_enabled"]
    assert read_recording(tmp_path / "a.mkv").color_us.tolist() == [5]
