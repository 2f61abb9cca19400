"""One device of a stream: what is told of its captures, in order, and where some were missed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from kinect_sync.streaming.live_rows import CaptureInRing
from kinect_sync.streaming.source import CaptureSource
from kinect_sync.timing.alignment import Entry
from kinect_sync.wire.direction import StreamedDevice
from kinect_sync.wire.ring_layout import Label


class Gap(NamedTuple):
    """Pulses of which nobody knows what a device captured."""

    pulses: range
    is_overlooked: bool
    """Whether captures were here and were overwritten before they were read; otherwise none came."""


class RingColumn:
    """Reads the labels of one device's ring, each once, and keeps those whose rows are not decided."""

    def __init__(self, device: StreamedDevice, source: CaptureSource) -> None:
        """Begin before the first capture."""
        self.device = device
        self._source = source
        self._waiting: deque[Label] = deque()
        self._gaps: deque[Gap] = deque()
        self._number = 0
        self._pulse = -1
        self._unread = False
        """Whether captures were missed since the last pulse, so that nobody knows what became of the next."""
        self._overlooked = False
        """Whether some of those were here, and were overwritten before they were read."""
        self.has_overlooked = False
        """Whether that ever was so."""
        self.first_pulse = 0
        """The first pulse that there ever was here; 0 where it was overwritten before it was read."""
        self._pulse_ns = 0
        self._let_go = 0
        self.unbelieved = 0
        """Captures with a pulse that can't have been yet."""
        self.unbelieved_pulse = 0
        """The last of those."""
        self.newest_ns = 0
        """When the newest capture came that was seen; 0 before the first."""

    def read(self, most_pulse: Callable[[], float]) -> list[Label]:
        """Return what is new of captures that are in rows; nearly nothing to do where nothing is.

        One whose pulse is beyond `most_pulse`, which is asked where there are any, is taken for none.
        """
        newest = self._source.newest
        if newest == self._number:
            return []
        oldest = max(self._number + 1, newest - self._source.captures + 1)
        labels = [self._source.label(number) for number in range(oldest, newest + 1)]
        overwritten, most = self._source.overwritten, most_pulse()
        return [label for label in labels if label is not None and self._is_next(label, overwritten, most)]

    def _is_next(self, label: Label, overwritten: int, most_pulse: float) -> bool:
        """Take in a label; False where it is of no row."""
        if label.number != self._number + 1:
            self._unread = True
            self._overlooked = self._overlooked or overwritten > self._number
            self.has_overlooked = self.has_overlooked or self._overlooked
        self._number, self.newest_ns = label.number, label.published_ns
        if label.pulse is None or label.pulse <= self._pulse:
            return False
        if label.pulse > most_pulse:
            self.unbelieved, self.unbelieved_pulse = self.unbelieved + 1, label.pulse
            return False
        if self._unread and label.pulse > self._pulse + 1:
            self._gaps.append(Gap(range(self._pulse + 1, label.pulse), self._overlooked))
        if not self.has_begun and not self._overlooked:
            self.first_pulse = label.pulse
        self._unread, self._overlooked, self._pulse = False, False, label.pulse
        self._pulse_ns = label.published_ns
        return True

    def wait_with(self, label: Label) -> None:
        """Keep a label until its row is decided."""
        self._waiting.append(label)

    @property
    def has_begun(self) -> bool:
        """Whether any capture was seen."""
        return self._pulse >= 0

    @property
    def newest_pulse(self) -> tuple[int, int]:
        """The newest pulse that it gave, and when that came; only where it `has_begun`."""
        return self._pulse, self._pulse_ns

    def first_lasting(self, spare: int) -> int:
        """Return the first pulse whose capture waits and will last, or the one after the newest."""
        lasting = (each.pulse for each in self._waiting if self.will_last(each.number, spare))
        return next(lasting, self._pulse + 1) or 0

    @property
    def waits_since_ns(self) -> int | None:
        """When the oldest capture came whose row is not decided; None where there is none."""
        return self._waiting[0].published_ns if self._waiting else None

    def gap_at(self, pulse: int) -> Gap | None:
        """Return pulses around this one of which nobody knows what was captured; None where it is known."""
        while self._gaps and self._gaps[0].pulses.stop <= pulse:
            self._gaps.popleft()
        return self._gaps[0] if self._gaps and pulse in self._gaps[0].pulses else None

    def pass_by(self, pulse: int) -> Label | None:
        """Forget what was before and at a pulse, and return what is told of the capture there."""
        label = None
        while self._waiting and self._waiting[0].pulse <= pulse:  # type: ignore[operator]
            label = self._waiting.popleft()
        return label if label is not None and label.pulse == pulse else None

    def let_go(self) -> None:
        """Allow that everything is overwritten but for what waits for its row."""
        number = self._waiting[0].number - 1 if self._waiting else self._number
        if number > self._let_go:
            self._let_go = number
            self._source.let_go(number)

    def will_last(self, number: int, spare: int) -> bool:
        """Tell whether a capture is whole, and will be until so many others came: of few, a quarter."""
        age = self._source.newest - number
        return age <= self.oldest(spare) and self._source.is_intact(number)

    def oldest(self, spare: int) -> int:
        """Return how many periods old a capture is that lasts for so many more: of few, a quarter."""
        captures = self._source.captures
        return captures - 1 - min(spare, captures // 4)

    def entry(self, label: Label) -> Entry:
        """Return what the alignment has to know; the number is that in the ring."""
        return Entry(
            label.pulse or 0, label.number, label.color_us, label.depth_us, label.host_time_ns, label.hole
        )

    def place(self, label: Label) -> CaptureInRing:
        """Return where the images of a capture are."""
        return CaptureInRing(self._source, label.number, label.nbytes)

    def delivered_ns(self, label: Label) -> int:
        """When a capture was delivered, on this host's clock: of another host's, when it came here."""
        return label.host_time_ns if self.device.host is None else label.published_ns

    def close(self) -> None:
        """Let go of the ring."""
        self._source.close()
