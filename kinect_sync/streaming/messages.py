"""What clients of a stream are sent, from `begin` to `end`, with the count of rows that each was not given.

Every pulse is a row, so what a client was not given is told by the pulses in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kinect_sync.calibration.rig_calibration import CalibratedDevice
from kinect_sync.errors import UsageError
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.review.fusing.live_devices import lenses_of
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.streaming.framing import Part, Payload, framed, little_endian
from kinect_sync.streaming.heads import BeginHead, CaptureHead, DeviceHead, EndHead, ImagePlace, RowHead
from kinect_sync.streaming.live_rows import LiveCapture, LiveRow
from kinect_sync.streaming.sharing import SharedRow, SharedRows
from kinect_sync.version import __version__

Message = Sequence[Part]
"""The parts of a message, to be sent one after the other."""
_PLACES = {"devices": {"__all__": {"color", "depth", "ir"}}}


class ToldDevice(NamedTuple):
    """What is told of a device before its captures."""

    settings: DeviceSettings
    host: str | None = None
    calibration: bytes | None = None
    """The factory's, as the device holds it."""
    place: CalibratedDevice | None = None
    """Where its cameras are, by the rig's calibration."""


class StreamMessages:
    """Writes the messages of a stream, for any number of clients at the same time."""

    def __init__(self, rows: SharedRows) -> None:
        """Write `rows`, and what stands around them."""
        self._rows = rows
        self._opening: Message = ()
        self._sizes: dict[str, tuple[int, int]] = {}
        self._last_pulse = -1
        self._report: Mapping[str, Any] | None = None

    def begin(self, devices: Iterable[ToldDevice], **fields: Any) -> None:
        """Say what every client is told first, before any row is put; `fields` are those of `BeginHead`."""
        payload = Payload()
        devices = tuple(devices)
        heads = tuple(_device_head(each, payload) for each in devices)
        head = BeginHead(ksync=__version__, devices=heads, **fields)
        self._sizes = {each.settings.name: each.settings.color_resolution.size for each in devices}
        self._opening = framed(head.model_dump_json(), payload)

    def put(self, row: LiveRow, stopping: Callable[[], bool]) -> None:
        """Let clients have a row, as `SharedRows.put` does."""
        self._last_pulse = row.pulse
        self._rows.put(row, stopping)

    def end(self, report: Mapping[str, Any] | None) -> None:
        """Let clients come to the end, and say there what came of it all."""
        self._report = report
        self._rows.end()

    def framed(self, taken: Iterator[SharedRow]) -> Iterator[Message]:
        """Yield what the client gets that takes these rows; it is done with one when it asks for the next."""
        count = _Count(is_newest=self._rows.is_newest)
        is_told = False
        for shared in taken:
            if not is_told:
                is_told = True
                yield self._opening
            count.meet(shared.row.pulse)
            if (held := shared.held()) is not None:
                yield self._row(held, count)
        if self._opening and not is_told:
            yield self._opening
        head = EndHead(missed=count.left(self._last_pulse), report=self._report)
        yield framed(head.model_dump_json(), Payload())

    def lines(self, taken: Iterator[SharedRow]) -> Iterator[Message]:
        """Yield the heads of these rows as lines of JSON without images, for a pipe of a shell."""
        count = _Count(is_newest=self._rows.is_newest)
        for shared in taken:
            count.meet(shared.row.pulse)
            head = _row_head(shared.row, count, map(_capture_head, shared.row.values()))
            yield (f"{head.model_dump_json(exclude=_PLACES)}\n".encode(),)

    def _row(self, row: LiveRow, count: _Count) -> Message:
        payload = Payload()
        devices = (
            _capture_head(each, **_add_images(each, self._sizes.get(name, (0, 0)), payload))
            for name, each in row.items()
        )
        head = _row_head(row, count, devices)
        return framed(head.model_dump_json(), payload)


def only_end(report: Mapping[str, Any]) -> Message:
    """Return what somebody is told who gets no rows: why, in a report."""
    return framed(EndHead(report=report).model_dump_json(), Payload())


class _Count:
    """Counts which rows one client is not given."""

    def __init__(self, *, is_newest: bool) -> None:
        self._is_newest = is_newest
        self._last: int | None = None

    def meet(self, pulse: int) -> None:
        """Begin with the first row that there is for this client."""
        if self._last is None:
            self._last = pulse - 1

    def given(self, pulse: int) -> tuple[int, int]:
        """Return how many rows before this one were missed, and how many passed over."""
        gap = pulse - (pulse - 1 if self._last is None else self._last) - 1
        self._last = pulse
        return (0, gap) if self._is_newest else (gap, 0)

    def left(self, last_pulse: int) -> int:
        """Return how many rows were missed after the last one that was given."""
        return 0 if self._last is None or self._is_newest else max(last_pulse - self._last, 0)


def _device_head(device: ToldDevice, payload: Payload) -> DeviceHead:
    settings, host, calibration, place = device
    return DeviceHead(
        name=settings.name,
        host=host,
        settings=settings,
        geometry=_geometry(settings, calibration),
        calibration=payload.add(calibration.rstrip(b"\0")) if calibration else None,
        place=place,
    )


def _geometry(settings: DeviceSettings, calibration: bytes | None) -> DeviceGeometry | None:
    try:
        return lenses_of(settings, calibration)
    except UsageError:
        return None


def _row_head(row: LiveRow, count: _Count, devices: Iterable[CaptureHead]) -> RowHead:
    missed, skipped = count.given(row.pulse)
    return RowHead(
        pulse=row.pulse,
        complete=row.complete,
        missed=missed,
        skipped=skipped,
        age_ms=None if (age_ms := row.age_ms) is None else round(age_ms, 3),
        devices=tuple(devices),
    )


def _capture_head(capture: LiveCapture, **places: ImagePlace) -> CaptureHead:
    return CaptureHead(
        name=capture.device,
        hole=capture.hole,
        color_timestamp_us=capture.color_timestamp_us,
        depth_timestamp_us=capture.depth_timestamp_us,
        host_time_ns=capture.host_time_ns,
        residual_us=capture.residual_us,
        **places,
    )


def _add_images(capture: LiveCapture, color_size: tuple[int, int], payload: Payload) -> dict[str, ImagePlace]:
    """Add the images of a capture that are there; return where they are, by their names in a head."""
    places = {}
    if capture.color_timestamp_us is not None:
        places["color"] = (*payload.add(capture.color_data), *color_size)
    for name in ("depth", "ir") if capture.depth_timestamp_us is not None else ():
        try:
            image = getattr(capture, name)
        except UsageError:  # off, or missing in a half capture
            continue
        height, width = image.shape
        places[name] = (*payload.add(little_endian(image)), width, height)
    return places
