"""One recording as a member of a set: its device in the words of a rig file, its captures as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinect_sync.errors import UsageError
from kinect_sync.findings.files import FPS_UNKNOWN, RECORDING_NOT_KINECT
from kinect_sync.review.sources import Source
from kinect_sync.rig.hardware import Hardware, hardware_of
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, Role
from kinect_sync.takes.capture_times import capture_times_of, cut_off_capture
from kinect_sync.takes.mkv.facts import Facts
from kinect_sync.takes.mkv.reader import Recording, TrackBlocks
from kinect_sync.takes.names import REPAIRED
from kinect_sync.timing.alignment import AlignedDevice
from kinect_sync.timing.pulses import PulseCounter, is_pulse, period_us
from kinect_sync.timing.table import CaptureTimes


@dataclass(frozen=True, slots=True)
class Member:
    """One recording of a set."""

    source: Source
    recording: Recording
    settings: DeviceSettings
    """As the file's tags say; what they do not say is as the rig says, or a default."""
    stamps: CaptureTimes

    @property
    def name(self) -> str:
        """The operator's word for the device."""
        return self.source.name

    @property
    def role(self) -> Role:
        """What the tags say."""
        return self.settings.role

    @property
    def pulse_times_us(self) -> NDArray[np.float64]:
        """When the pulses of its captures came, on its own clock, shape (captures,)."""
        times = self.stamps.pulse_times_us
        return times[~np.isnan(times)]

    @property
    def cut_off(self) -> int | None:
        """Number of the capture that its recorder's death cut off; None where it cut none.

        A repaired copy is known by its name; of a file repaired in place nothing tells.
        """
        ended = self.recording.complete and not self.source.path.name.endswith(REPAIRED)
        return None if ended else cut_off_capture(self.stamps)

    def own_period_us(self) -> float:
        """Return the time between two pulses by its own clock; the nominal one where that can't be told."""
        times = self.pulse_times_us
        if len(times) < 2:
            return period_us(self.settings.fps)
        numbers = PulseCounter(self.settings.fps, float(times[0])).number(times)
        counted = is_pulse(numbers)
        steps = numbers[counted][-1] - numbers[counted][0]
        return (
            float((times[counted][-1] - times[counted][0]) / steps) if steps else period_us(self.settings.fps)
        )


def make_member(source: Source, recording: Recording) -> Member:
    """Make a member of a recording; UsageError where its tags or its frame rate are no Kinect's."""
    facts = recording.facts
    if not any(name.startswith("K4A_") for name in facts.tags):
        what = f"{source.path} is no recording of a Kinect: none of the tags of one is in it"
        remedy = "leave this file out"
        raise UsageError(RECORDING_NOT_KINECT.found(what, device=source.name, remedy=remedy))
    if facts.fps not in (5, 15, 30):
        what = f"{source.path} says {facts.fps} captures per second, which no Kinect delivers"
        raise UsageError(FPS_UNKNOWN.found(what, device=source.name))
    serials = (facts.serial,) if facts.serial is not None else ()
    settings = _settings(source, facts, hardware_of(*serials, clock_us=recording.start_offset_us))
    ordered = replace(recording, tracks={name: _in_order(each) for name, each in recording.tracks.items()})
    return Member(
        source, recording, settings, capture_times_of(ordered, AlignedDevice.of(settings), settings.fps)
    )


def goes_back(recording: Recording) -> dict[str, int]:
    """Return how often the images' times go back, by track, where they do."""
    steps = {name: np.diff(recording.tracks[name].timestamps_us) for name in ("COLOR", "DEPTH", "IR")
             if name in recording.tracks}  # fmt: skip
    return {name: int((step < 0).sum()) for name, step in steps.items() if (step < 0).any()}


def _in_order(track: TrackBlocks) -> TrackBlocks:
    """Return a track in the order of time, which pairing color and depth relies on."""
    if (np.diff(track.timestamps_us) >= 0).all():
        return track
    order = np.argsort(track.timestamps_us, kind="stable")
    return TrackBlocks(track.timestamps_us[order], track.offsets[order], track.sizes[order])


def _settings(source: Source, facts: Facts, hardware: Hardware) -> DeviceSettings:
    """Return what the tags say, over what take.json or else nothing says."""
    said = {
        "name": source.name,
        "serial": facts.serial or "",
        "role": facts.role,
        "hardware": hardware,
        "color_resolution": facts.color_resolution,
        "color_format": facts.color_format or ColorFormat.MJPG,
        "depth_mode": facts.depth_mode,
        "fps": facts.fps,
        "subordinate_delay_off_master_usec": facts.subordinate_delay_off_master_usec,
        "depth_delay_off_color_usec": facts.depth_delay_off_color_usec,
        "imu": facts.track("IMU") is not None,
    }
    unsaid = {
        "exposure_us": "auto",
        "powerline_hz": 60,
        "gain": None,
        "white_balance_k": None,
        "synchronized_images_only": False,
    }
    planned = source.device.settings.model_dump() if source.device else unsaid
    if source.device:
        said["serial"] = facts.serial or source.device.settings.serial
        said["hardware"] = source.device.settings.hardware
    return DeviceSettings.model_validate({**planned, **said})
