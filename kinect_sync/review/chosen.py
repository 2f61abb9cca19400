"""Which pulses of a take a review turns into files: chosen in the index, images found in the recordings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.export import DEVICE_UNKNOWN, IMAGE_NOT_IN_FILE, NOTHING_CHOSEN
from kinect_sync.takes.index_map import IndexMap
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.takes.mkv.places import ImagePlace, ImagePlaces
from kinect_sync.takes.names import INDEX
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.timing.table import MISSING
from kinect_sync.values import Value

Images = Mapping[str, ImagePlace | None]
"""By track, where an image stands."""


class PulseChoice(Value):
    """Which pulses of a take to look at."""

    take: Path
    devices: tuple[str, ...] | None = None
    """Names; all devices when None."""
    start: Annotated[int, Field(ge=0)] = 0
    """First pulse."""
    stop: int | None = None
    """First pulse that is left out; None for all to the end."""
    every: Annotated[int, Field(ge=1)] = 1
    """Of the pulses from `start` on, each so many-th."""
    holes: bool = False
    """Whether pulses count at which a device lacks a whole capture."""


class PulseRequest(PulseChoice):
    """Which pulses of a take to turn into files, and where to."""

    directory: Path


@dataclass(frozen=True, slots=True)
class IndexedCapture:
    """What the index says of one device at one pulse; `MISSING` or NaN where it says nothing."""

    pulse: int
    color_us: int
    depth_us: int
    host_ns: int
    residual_us: float

    @classmethod
    def of(cls, part: TakeIndex, device: str, row: int) -> IndexedCapture:
        """Look at one row of a stretch of the index."""
        columns = part.devices[device]
        return cls(
            pulse=int(part.pulses[row]),
            color_us=int(columns.color_us[row]),
            depth_us=int(columns.depth_us[row]),
            host_ns=int(columns.host_ns[row]),
            residual_us=float(columns.residual_us[row]),
        )

    def images(self, device: str, places: ImagePlaces) -> Images:
        """Return where its images stand; UsageError where the device's file can't be read any more."""
        times_us = {"COLOR": self.color_us, "DEPTH": self.depth_us, "IR": self.depth_us}
        try:
            return {track: places.find(track, time_us) for track, time_us in times_us.items()}
        except KsyncError as error:
            raise UsageError(*_named(error, device)) from error


TIME_FIELDS = ("color_us", "depth_us", "host_ns", "residual_us")
"""What an index of files says of each device's capture besides."""


def time_cells(capture: IndexedCapture) -> list[object]:
    """Return the `TIME_FIELDS` of a capture as they stand in an index of files."""
    times = (capture.color_us, capture.depth_us, capture.host_ns)
    residual_us = capture.residual_us
    return [
        *("" if time == MISSING else time for time in times),
        "" if residual_us != residual_us else f"{residual_us:.1f}",
    ]


def open_recordings(take: OpenedTake, devices: Sequence[str] | None) -> dict[str, ImagePlaces]:
    """Open the recordings of the devices asked for, by name; all that can't be read are told at once."""
    named = {device.settings.name: device for device in take.manifest.devices}
    wanted = tuple(named) if devices is None else _known(take, devices)
    opened, troubles = {}, []
    for name in wanted:
        try:
            opened[name] = ImagePlaces(take.recording(named[name]))
        except KsyncError as error:
            troubles += _named(error, name)
    if troubles:
        raise UsageError(*troubles)
    return opened


def narrow(take: OpenedTake, devices: Sequence[str] | None) -> OpenedTake:
    """Return a take as if only these of its devices had been recorded; UsageError where it has one not."""
    if devices is None:
        return take
    wanted = _known(take, devices)
    chosen = tuple(each for each in take.manifest.devices if each.settings.name in wanted)
    return replace(take, manifest=take.manifest.model_copy(update={"devices": chosen}))


def _known(take: OpenedTake, devices: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in devices if name not in take.manifest.names]
    if unknown:
        what = f"the take has no device {', '.join(unknown)}"
        raise UsageError(DEVICE_UNKNOWN.found(what, remedy=f"choose among {', '.join(take.manifest.names)}"))
    return tuple(dict.fromkeys(devices))


def _named(error: KsyncError, device: str) -> list[Finding]:
    return [each.model_copy(update={"device": device}) for each in error.findings]


def chosen_rows(
    index: IndexMap, devices: Sequence[str], request: PulseChoice
) -> Iterator[tuple[TakeIndex, list[int]]]:
    """Yield the rows to work on, by position, stretch by stretch of the index."""
    for part in index.stretches(request.start, request.stop):
        chosen = part.chosen(request.start, request.stop, request.every)
        if not request.holes:
            chosen &= part.complete(devices)
        yield part, np.flatnonzero(chosen).tolist()


def nothing_chosen(take: OpenedTake, count: int) -> tuple[Finding, ...]:
    """Tell where no pulse was chosen, of how many."""
    if count:
        return ()
    what = f"no pulse was exported: the take has {len(take.index)}, and none that was asked for is complete"
    return (NOTHING_CHOSEN.found(what),)


class LackingImages:
    """What recordings turn out to lack of what the index names."""

    def __init__(self) -> None:
        """Begin with nothing lacking."""
        self._lacking: dict[str, tuple[int, int]] = {}
        """By device, the first pulse whose images the index names and the recording does not hold, and how
        many there are."""

    def note(self, device: str, capture: IndexedCapture, images: Images) -> None:
        """Compare what the index names with what was found."""
        named = {"COLOR": capture.color_us, "IR": capture.depth_us}
        if any(time_us != MISSING and images[track] is None for track, time_us in named.items()):
            first, count = self._lacking.get(device, (capture.pulse, 0))
            self._lacking[device] = first, count + 1

    def findings(self) -> Iterator[Finding]:
        """Tell of images that the index names and the recordings do not hold."""
        for name, (first, count) in self._lacking.items():
            yield IMAGE_NOT_IN_FILE.found(
                f"the recording lacks images of {count} captures that the index names, "
                f"the first at pulse {first}",
                device=name,
                remedy="the recording was cut off: `ksync inspect` says where; "
                f"with {INDEX} put aside, `ksync inspect --rebuild` makes one of what is there",
            )
