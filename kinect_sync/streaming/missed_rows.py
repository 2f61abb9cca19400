"""The rows of a stream that nobody saw: how many, which, and whose doing it was.

Either the program was too slow, and captures were overwritten that it had not looked at; or captures never
came to where it looks, as a host or its cable left them out. What helps is another thing each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from kinect_sync.findings import Finding
from kinect_sync.findings.streaming import ROWS_MISSED, ROWS_NOT_BROUGHT
from kinect_sync.streaming.pulse_ranges import PulseRanges
from kinect_sync.wire.direction import StreamedDevice

_TOLD = 4
"""Devices that are named in a finding."""


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
            named = _named(self.not_brought, {each.name: each.host for each in devices})
            what = f"{_rows(self._not_brought)} missed, as captures did not come here in time: {named}"
            only = next(iter(self.not_brought)) if len(self.not_brought) == 1 else None
            yield ROWS_NOT_BROUGHT.found(f"{what}; pulses {self._not_brought}", device=only)


def _rows(pulses: PulseRanges) -> str:
    return "1 row was" if pulses.count == 1 else f"{pulses.count} rows were"


def _named(counts: Mapping[str, int], hosts: Mapping[str, str | None]) -> str:
    """Name devices with what they lack, the worst first, and where they are."""
    worst = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    words = [f"{count} of {_place(name, hosts.get(name))}" for name, count in worst[:_TOLD]]
    others = len(worst) - len(words)
    return ", ".join(words) + (f", and of {others} others" if others else "")


def _place(device: str, host: str | None) -> str:
    return f"`{device}`" if host is None else f"`{device}` at `{host}`"
