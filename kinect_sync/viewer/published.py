"""Shots of what a worker publishes: a device that is looked at before a take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from kinect_sync.captures import Image
from kinect_sync.steady import steady_ns
from kinect_sync.takes.manifest import TakeDevice
from kinect_sync.viewer.cameras import Seen
from kinect_sync.viewer.shots import ColorImage, GrayImage, Shot
from kinect_sync.viewer.surroundings import Surroundings
from kinect_sync.wire.capture_ring import RingReader, ring_name
from kinect_sync.wire.ring_layout import Published


class PublishedCamera:
    """A device of a rig that is shown; it fills the place of a `Camera`."""

    def __init__(self, folder: Path, device: TakeDevice, surroundings: Surroundings) -> None:
        """Look at what its worker publishes in a folder, if that is of this computer."""
        name = device.settings.name
        self._device = PublishedDevice(folder / ring_name(name), lambda: round(surroundings.now_s() * 1e9))
        self._is_here = device.host is None

    def look(self) -> Seen:
        """Return the newest capture."""
        shot = self._device.look() if self._is_here else None
        return Seen(shot, self._device.age_s, is_there=self._is_here)

    def find(self, times_us: Mapping[str, int]) -> Shot | None:  # noqa: ARG002
        """Find nothing: only the newest is kept."""
        return None


class PublishedDevice:
    """What one device of this computer gave last."""

    def __init__(self, path: Path, now_ns: Callable[[], int] = steady_ns) -> None:
        """Look into the file at `path`, which may not be there yet; `now_ns` is the host's steady clock."""
        self._reader = RingReader(path)
        self._now_ns = now_ns
        self._last: Published | None = None

    def look(self) -> Shot | None:
        """Return the newest whole capture; None where there was none yet."""
        after = self._last.label.number if self._last is not None else 0
        self._last = self._reader.copy_newest(after) or self._last
        return None if self._last is None else _shot_of(self._last)

    def close(self) -> None:
        """Let go of the file; harmless when closed."""
        self._reader.close()

    @property
    def age_s(self) -> float | None:
        """How long ago its host received it: of a worker that is gone, longer and longer."""
        if self._last is None:
            return None
        return max(0, self._now_ns() - self._last.label.host_time_ns) / 1e9


def _shot_of(published: Published) -> Shot | None:
    capture, settings = published.capture, published.settings
    device_us = capture.depth_us if capture.color_us is None else capture.color_us
    if device_us is None:
        return None
    color = capture.color
    return Shot(
        device_us=device_us,
        color=None
        if color is None
        else ColorImage(color.data.tobytes, settings.color_format, settings.color_resolution.size),
        depth=_gray(capture.depth),
        ir=_gray(capture.ir),
        depth_mode=settings.depth_mode,
    )


def _gray(image: Image | None) -> GrayImage | None:
    return None if image is None else GrayImage(lambda: image.data)
