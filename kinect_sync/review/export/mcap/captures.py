"""Which captures go into an MCAP file, pulse by pulse, and when they were taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from kinect_sync.review.chosen import IndexedCapture, LackingImages, chosen_rows
from kinect_sync.review.export.mcap.request import McapRequest, Pulse, Shot, ShotJob
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.takes.opened_take import OpenedTake
from kinect_sync.timing.pulses import Offsets, period_us


class Captures:
    """Finds the captures of a take that were asked for."""

    def __init__(
        self, take: OpenedTake, request: McapRequest, places: Mapping[str, ImagePlaces], tracks: Sequence[str]
    ) -> None:
        """Look for images on these tracks, where a device has them."""
        self._take = take
        self._request = request
        self._places = places
        self._tracks = tracks
        self._begin_ns = take.manifest.begin.utc_ns
        self._period_ns = 1000 * period_us(take.manifest.devices[0].settings.fps)
        self._offsets = {each.settings.name: Offsets.of(each.settings) for each in take.manifest.devices}
        self.lacking = LackingImages()
        """Images that the index names and the recordings do not hold."""

    @cached_property
    def rows(self) -> int:
        """How many pulses there are; the whole index is read for it."""
        return sum(len(rows) for _, rows in chosen_rows(self._take.index, list(self._places), self._request))

    def jobs(self) -> Iterator[ShotJob]:
        """Yield one job for each device at each pulse; the first of a pulse tells about the pulse."""
        names = list(self._places)
        for part, rows in chosen_rows(self._take.index, names, self._request):
            complete = part.complete(names)
            for row in rows:
                captures = {name: IndexedCapture.of(part, name, row) for name in names}
                pulse: Pulse | None = Pulse(
                    complete=bool(complete[row]),
                    residuals_us={
                        name: each.residual_us
                        for name, each in captures.items()
                        if is_known(each.residual_us)
                    },
                )
                for name, capture in captures.items():
                    yield self._job(name, capture, pulse)
                    pulse = None

    def _job(self, name: str, capture: IndexedCapture, about: Pulse | None) -> ShotJob:
        images = capture.images(name, self._places[name])
        self.lacking.note(name, capture, images)
        pulse_ns = self._begin_ns + round(capture.pulse * self._period_ns)
        offsets = self._offsets[name]
        color_us = offsets.subordinate_delay_us
        color_us += capture.residual_us if is_known(capture.residual_us) else 0.0
        shots = []
        for track in self._tracks:
            if (place := images[track]) is not None:
                taken_us = color_us if track == "COLOR" else color_us + offsets.depth_delay_us
                shots.append(Shot(track=track, place=place, time_ns=pulse_ns + round(1000 * taken_us)))
        return ShotJob(device=name, pulse=capture.pulse, pulse_ns=pulse_ns, shots=tuple(shots), about=about)


def is_known(residual_us: float) -> bool:
    """Tell whether the index has a residual there."""
    return residual_us == residual_us
