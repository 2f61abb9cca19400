"""Captures to record, and libk4arecord's view of what was recorded."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kinect_sync.captures import Capture, Image, ImuSample
from kinect_sync.rig.hardware import Hardware
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role
from kinect_sync.takes.mkv.writer import MkvWriter
from kinect_sync.takes.packing.packings import Packing
from tests.factory_calibration import make_calibration

SERIAL = "000123456712"
BYTES_PER_PIXEL = {ColorFormat.NV12: 1.5, ColorFormat.YUY2: 2, ColorFormat.BGRA32: 4}
START_US = 336_277


def settings(**changes: Any) -> DeviceSettings:
    """Settings of one device: 720p MJPG and the smallest depth mode unless changed."""
    fields: dict[str, Any] = {
        "name": "front",
        "serial": SERIAL,
        "role": Role.STANDALONE,
        "hardware": Hardware.AZURE_KINECT,
        "color_resolution": ColorResolution.RES_720P,
        "color_format": ColorFormat.MJPG,
        "depth_mode": DepthMode.NFOV_2X2BINNED,
        "fps": 30,
        "exposure_us": 8330,
        "powerline_hz": 60,
        "gain": None,
        "white_balance_k": None,
        "synchronized_images_only": False,
        "subordinate_delay_off_master_usec": 0,
        "depth_delay_off_color_usec": 0,
        "imu": False,
    }
    return DeviceSettings(**{**fields, **changes})


def writer(
    path: Path, device: DeviceSettings, *, calibration: bool = True, packing: Packing | None = None
) -> MkvWriter:
    """A writer for a device with made-up firmware and calibration."""
    return MkvWriter(
        path,
        device,
        color_firmware="1.6.110",
        depth_firmware="1.6.80",
        calibration=make_calibration(device.serial) + b"\0" if calibration else None,
        packing=packing,
    )


def abandon(mkv: MkvWriter, path: Path) -> None:
    """Leave a recording as a kill does: all that was written, and nothing that closing adds."""
    written = path.read_bytes()
    mkv.close()
    path.write_bytes(written)


def color_image(device: DeviceSettings, time_us: int, seed: int) -> Image:
    """A color image of the right size whose bytes are its own; MJPG is any bytes between JPEG's marks."""
    width, height = device.color_resolution.size
    if device.color_format is ColorFormat.MJPG:
        middle = np.random.default_rng(seed).bytes(100 + seed % 57)
        data = np.frombuffer(b"\xff\xd8" + middle + b"\xff\xd9", np.uint8)
    else:
        nbytes = int(width * height * BYTES_PER_PIXEL[device.color_format])
        data = (np.arange(nbytes, dtype=np.uint32) * 7 + seed).astype(np.uint8)
    return Image(data, time_us, time_us * 1000)


def grey_image(device: DeviceSettings, time_us: int, seed: int) -> Image:
    """A depth or IR image of the right size, with high and low bytes that differ."""
    width, height = device.depth_mode.size
    data = (np.arange(width * height, dtype=np.uint32) * 31 + seed * 257).astype(np.uint16)
    return Image(data.reshape(height, width), time_us, time_us * 1000)


def capture(
    device: DeviceSettings, color_us: int | None = None, depth_us: int | None = None, seed: int = 0
) -> Capture:
    """A capture with what the device gives; a time of None leaves the image out."""
    color = color_image(device, color_us, seed) if device.has_color and color_us is not None else None
    depth = grey_image(device, depth_us, seed + 1) if device.has_depth and depth_us is not None else None
    ir = grey_image(device, depth_us, seed + 2) if device.has_ir and depth_us is not None else None
    return Capture(color, depth, ir, host_time_ns=0)


def take(device: DeviceSettings, count: int, start_us: int = START_US) -> list[Capture]:
    """`count` captures, one per period, depth at its delay."""
    period_us = 1_000_000 // device.fps
    delay_us = device.depth_delay_off_color_usec
    times = [start_us + max(0, -delay_us) + n * period_us for n in range(count)]
    return [capture(device, time, time + delay_us, seed=n) for n, time in enumerate(times)]


def imu_samples(start_us: int, count: int, step_us: int = 613) -> list[ImuSample]:
    """IMU samples at about 1.6 kHz, each with numbers of its own."""
    return [
        ImuSample(
            25.0,
            (n / 4, n / 8, -9.75),
            start_us + n * step_us,
            (n / 16, 0.5, -n / 2),
            start_us + n * step_us + 3,
        )
        for n in range(count)
    ]


@dataclass
class Played:
    """What libk4arecord reads from a file: per track (device time, pixels) in the order it gives them."""

    configuration: dict[str, Any]
    length_us: int
    images: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    imu: list[dict[str, Any]] = field(default_factory=list)

    def times(self, track: str) -> list[int]:
        return [time for time, _ in self.images[track]]


def play(path: Path, *, from_us: int | None = None, calibrated: bool = True) -> Played:
    """Read a file through pyk4a; `from_us` seeks to a device time first.

    pyk4a gives no capture of a file without calibration unless it is led to believe that it has read one.
    """
    from pyk4a import PyK4APlayback
    from pyk4a.playback import SeekOrigin

    with PyK4APlayback(path) as playback:
        playback._calibration = None if calibrated else object()
        played = Played(dict(playback.configuration), playback.length)
        played.images = {"COLOR": [], "DEPTH": [], "IR": []}
        if from_us is not None:
            playback.seek(from_us, SeekOrigin.DEVICE_TIME)
        while True:
            try:
                read = playback.get_next_capture()
            except EOFError:
                _repay_none()
                break
            _collect(played, read)
        while played.configuration["imu_track_enabled"]:
            try:
                played.imu.append(playback.get_next_imu_sample())
            except EOFError:
                _repay_none()
                break
    return played


def _repay_none() -> None:
    # pyk4a gives away a reference to None with each thing that is not there; before Python 3.12 the
    # interpreter dies when too many are gone.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))


def _collect(played: Played, read: Any) -> None:
    for track, enabled, name in (
        ("COLOR", "color_track_enabled", "color"),
        ("DEPTH", "depth_track_enabled", "depth"),
        ("IR", "ir_track_enabled", "ir"),
    ):
        if played.configuration[enabled]:
            pixels = getattr(read, name)
            if pixels is None:
                _repay_none()
            else:
                time_us = getattr(read, f"{name}_timestamp_usec")
                played.images[track].append((time_us, pixels.tobytes()))


def expected(captures: list[Capture]) -> dict[str, list[tuple[int, bytes]]]:
    """What libk4arecord should read of these captures."""
    images: dict[str, list[tuple[int, bytes]]] = {"COLOR": [], "DEPTH": [], "IR": []}
    for one in captures:
        for track, image in (("COLOR", one.color), ("DEPTH", one.depth), ("IR", one.ir)):
            if image is not None:
                images[track].append((image.device_timestamp_usec, image.data.tobytes()))
    return images
