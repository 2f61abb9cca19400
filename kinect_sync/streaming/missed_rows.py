"""The rows of a stream that nobody saw: how many, which, and whose doing it was.

Either the program was too slow, and captures were overwritten that it had not looked at; or captures never
came to where it looks, as a host or its cable left them out. What helps is another thing each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from kinect_sync.findings import Finding
from kinect_sync.findings.streaming import ROWS_MISSED, ROWS_NOT_BROUGHT
from kinect_sync.streaming.naming import name_devices
from kinect_sync.streaming.pulse_ranges import PulseRanges
from kinect_sync.wire.direction import StreamedDevice


class MissedRows:
    """Counts rows that are not decided, in their order."""

    def __init__(self) -> None:
        """Begin with none."""
        self.all = PulseRanges()
        self._too_slow = PulseRanges()
        self._not_brought = PulseRanges()
        self.not_brought: Mapping[str, int] = Counter()
        """By device, how many were missed as captures of it did not come: one may have lacked several."""

    def add(self, start: int, stop: int, lacking: Collection[str] = ()) -> None:
        """Add rows that lack captures of these devices, which did not come; with none, all had been there."""
        self.all.add(start, stop)
        (self._not_brought if lacking else self._too_slow).add(start, stop)
        self.not_brought = Counter(self.not_brought) + Counter(dict.fromkeys(lacking, stop - start))

    def findings(self, devices: Sequence[StreamedDevice]) -> Iterator[Finding]:
        """Tell of them: what the program was too slow for, and what did not come to it."""
        if self._too_slow.count:
            yield ROWS_MISSED.found(f"{_rows(self._too_slow)} missed: pulses {self._too_slow}")
        if self._not_brought.count:
            named = name_devices(self.not_brought, {each.name: each.host for each in devices})
            what = f"{_rows(self._not_brought)} missed, as captures did not come here in time: {named}"
            only = next(iter(self.not_brought)) if len(self.not_brought) == 1 else None
            yield ROWS_NOT_BROUGHT.found(f"{what}; pulses {self._not_brought}", device=only)


def _rows(pulses: PulseRanges) -> str:
    return "1 row was" if pulses.count == 1 else f"{pulses.count} rows were"
