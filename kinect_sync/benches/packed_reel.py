"""Recordings whose depth and IR are packed, played: libk4arecord gives color of them alone, ksync all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from kinect_sync.captures import Capture
from kinect_sync.devices.playback.played_file import open_with_sdk
from kinect_sync.devices.playback.reel_file import ReelFile
from kinect_sync.devices.port import StreamEnded
from kinect_sync.devices.programme import Reel
from kinect_sync.errors import DeviceLost, ImageDamaged, KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.files import (
    RECORDED_IMAGE_DAMAGED,
    RECORDING_DIFFERS,
    RECORDING_UNREADABLE,
)
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.mkv.calibration import read_calibration
from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.played_captures import PlayedCapture, PlayedCaptures

_SHOWN = (
    "role",
    "fps",
    "color_resolution",
    "depth_mode",
    "subordinate_delay_off_master_usec",
    "depth_delay_off_color_usec",
)
"""Settings that show in what was recorded, by the same name."""


def open_reel(reel: Reel, settings: DeviceSettings) -> ReelFile:
    """Open a recording to be played, with libk4arecord where that reads all of it."""
    return PackedReel(reel, settings) if reel.packed else open_with_sdk(reel, settings)


class PackedReel:
    """An open recording of one device, read by ksync itself; it fills the `ReelFile` protocol."""

    def __init__(self, reel: Reel, settings: DeviceSettings) -> None:
        """Open the recording; DeviceLost when it can't be read, or can't be unpacked here."""
        self._reel = reel
        self._settings = settings
        self._waiting: Capture | None = None
        self._told_damage = False
        try:
            recording = read_recording(reel.path)
            self._facts: Facts = recording.facts
            self._captures = PlayedCaptures(recording)
        except KsyncError as error:
            named = (each.model_copy(update={"device": settings.name}) for each in error.findings)
            raise DeviceLost(*named) from error
        except OSError as error:
            self._fail(error)

    def calibration(self) -> bytes | None:
        """Read the calibration that the recording holds; None where it holds none."""
        try:
            return read_calibration(self._reel.path)
        except OSError as error:
            self._fail(error)

    def differences(self, settings: DeviceSettings) -> list[Finding]:
        """Return what the settings ask for and the recording does not show."""
        pairs = ((name, getattr(settings, name), getattr(self._facts, name)) for name in _SHOWN)
        return [
            RECORDING_DIFFERS.found(
                f"{name} is to be {want}, and it was recorded with {have}", device=settings.name
            )
            for name, want, have in pairs
            if want != have
        ]

    def rewind(self) -> None:
        """Let the next capture be the first one again."""
        self._captures.rewind()
        self._waiting = None

    def read(self) -> Capture:
        """Read the next capture; `StreamEnded` after the last, or DeviceLost.

        Raises `ImageDamaged` before the first capture that lacks an image for that; the next call gives it.
        """
        if self._waiting is not None:
            capture, self._waiting = self._waiting, None
            return capture
        try:
            read = self._captures.read()
        except OSError as error:
            self._fail(error)
        if read is None:
            raise StreamEnded
        images = read.images
        capture = Capture(images.get("COLOR"), images.get("DEPTH"), images.get("IR"), host_time_ns=0)
        if read.damaged and not self._told_damage:
            self._told_damage, self._waiting = True, capture
            raise ImageDamaged(*self._damage(read))
        return capture

    def close(self) -> None:
        """Close the recording; harmless when it is closed."""
        self._captures.close()

    def _damage(self, read: PlayedCapture) -> Iterator[Finding]:
        times_us = [image.device_timestamp_usec for image in read.images.values()]
        when = f" of the capture at {min(times_us)} µs" if times_us else ""
        for track, why in read.damaged.items():
            what = f"in {self._reel.path} {_WORDS[track]}{when} can't be unpacked: {why}"
            yield RECORDED_IMAGE_DAMAGED.found(what, device=self._settings.name)

    def _fail(self, error: OSError) -> NoReturn:
        what = f"{self._reel.path} cannot be read: {error.strerror or error}"
        raise DeviceLost(RECORDING_UNREADABLE.found(what, device=self._settings.name)) from error


_WORDS = {"DEPTH": "depth", "IR": "IR"}
