"""The captures that an agent sends of its own devices while they run: to a program that takes their rows.

The host records meanwhile, and that goes first. One capture is packed at a time, on a thread that stands
back, and no more than so many bytes go out in a second. What does not fit is left out by whole pulses, of all
devices of this host alike: a row that lacks one of them is of less use than none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from kinect_sync.agent.lodgers import PublishedIn
from kinect_sync.captures import Image, as_bytes
from kinect_sync.steady import steady_ns
from kinect_sync.takes.names import is_device_name
from kinect_sync.takes.packing.gray_png import encode_gray_png
from kinect_sync.wire.capture_ring import RingReader
from kinect_sync.wire.lines import Answered
from kinect_sync.wire.pictures import MOST_DEVICES
from kinect_sync.wire.ring_layout import Label, Published
from kinect_sync.wire.sent_captures import (
    MOST_SENT_NBYTES,
    SendCaptures,
    SentCapture,
    SentCaptures,
    SentImage,
    SentRing,
    WantedCaptures,
)

BYTES_PER_S = 80e6
"""What a host sends of its captures. A cable of 1 Gbit/s carries 110 MB/s, commands and events too; a device
of 720p MJPG and NFOV gives some 20 MB/s, and a host has one to four."""
WAIT_S = 0.1
"""How long an answer waits for something new: who asks need not ask a thousand times a second."""
LOOK_S = 0.002
"""How often it is seen meanwhile whether there is."""
ENOUGH_NBYTES = 4 << 20
"""What an answer has before it is sent, if a pulse is whole by then: one of six devices."""
ENOUGH_S = 0.03
"""How long one is packed before it is sent, if a pulse is whole by then: longer on a busy computer."""
MOST_S = 0.5
"""How long one is packed at most, whole or not: who asks waits for it."""
KEPT_S = 10.0
"""How long a ring is kept that nobody asks for: its worker may have ended, and its last captures be on their
way."""

MOST_ASKERS = 64
"""Of whom it is known what was sent to them: of others, what they say themselves."""

Rest = Callable[[float], object]


@dataclass
class _KeptRing:
    """A ring that somebody asks for."""

    name: str
    reader: RingReader
    asked_ns: int


class _Due(NamedTuple):
    """A capture that was not sent yet."""

    pulse: int
    """Its own, or, of one that is in no row, that of the one before: so numbers stay in their order."""
    place: int
    """Of its device, in the order of the request."""
    label: Label


class HostCaptures:
    """What one host sends of the captures of its devices."""

    def __init__(
        self,
        published_in: PublishedIn,
        *,
        now_ns: Callable[[], int] = steady_ns,
        rest: Rest = time.sleep,
    ) -> None:
        """Send what workers put into their rings; `now_ns` is the steady clock of this host."""
        self._published_in = published_in
        self._now_ns = now_ns
        self._rest = rest
        self._rings: dict[tuple[str, str], _KeptRing] = {}
        self._sent: dict[str, dict[str, SentRing]] = {}
        """By asker and device, how far it was sent what."""
        self._due_ns = now_ns()
        self._sending = threading.Lock()

    def answer(self, request: SendCaptures) -> Answered:
        """Send what is new as soon as there is something, and as the pace allows it."""
        with self._sending:
            self._rest(max(0, self._due_ns - self._now_ns()) / 1e9)
            sent = self._sent_to(request.asker)
            wanted = [_unsent(each, sent) for each in request.wanted if is_device_name(each.device)]
            rings = self._await_news(wanted)
            asked = [(each, ring) for each, ring in zip(wanted, rings, strict=True) if ring is not None]
            began_ns = self._now_ns()
            told, answered = _Sending(asked, request.within_ms, self._now_ns).answered()
            sent.update((each.device, each) for each in told)
            self._due_ns = began_ns + round(1e9 * len(answered.payload) / BYTES_PER_S)
            self._drop_forgotten()
            return answered

    def tick(self) -> None:
        """Let go of what nobody has asked for lately; from time to time."""
        if self._sending.acquire(blocking=False):
            try:
                self._drop_forgotten()
            finally:
                self._sending.release()

    def _sent_to(self, asker: str | None) -> dict[str, SentRing]:
        """Return by device how far somebody was sent what; of those who asked last, and bounded."""
        if asker is None:
            return {}
        sent = self._sent[asker] = self._sent.pop(asker, {})
        if len(self._sent) > MOST_ASKERS:
            del self._sent[next(iter(self._sent))]
        return sent

    def _await_news(self, wanted: Sequence[WantedCaptures]) -> list[_KeptRing | None]:
        """Return the ring of each device as soon as one has something new, or it was waited for that."""
        until_ns = self._now_ns() + round(WAIT_S * 1e9)
        while True:
            rings = [self._ring(each) for each in wanted]
            pairs = zip(wanted, rings, strict=True)
            if any(ring is not None and ring.reader.newest > each.after for each, ring in pairs):
                return rings
            if self._now_ns() >= until_ns:
                return rings
            self._rest(LOOK_S)

    def _ring(self, wanted: WantedCaptures) -> _KeptRing | None:
        """Return the ring that is asked for, also when its worker has ended; None where there is none."""
        kept = self._rings.get((wanted.device, wanted.ring)) if wanted.ring is not None else None
        if kept is None and (path := self._published_in(wanted.device)) is not None:
            key = (wanted.device, path.parent.name)
            if wanted.ring not in (None, key[1]):
                return None
            kept = self._rings.get(key) or _KeptRing(key[1], RingReader(path), 0)
            self._keep(key, kept)
        if kept is None or not kept.reader.captures:
            return None
        kept.asked_ns = self._now_ns()
        return kept

    def _keep(self, key: tuple[str, str], ring: _KeptRing) -> None:
        self._rings[key] = ring
        while len(self._rings) > MOST_DEVICES:
            self._rings.pop(next(iter(self._rings))).reader.close()

    def _drop_forgotten(self) -> None:
        since_ns = self._now_ns() - round(KEPT_S * 1e9)
        for key in [key for key, ring in self._rings.items() if ring.asked_ns < since_ns]:
            self._rings.pop(key).reader.close()


class _Sending:
    """One answer, as it is put together."""

    def __init__(
        self,
        asked: Sequence[tuple[WantedCaptures, _KeptRing]],
        within_ms: float,
        now_ns: Callable[[], int],
    ) -> None:
        """Take what is asked for; pulses that are older than so much are left out."""
        self._asked = asked
        self._now_ns = now_ns
        self._began_ns = now_ns()
        self._since_ns = self._began_ns - round(within_ms * 1e6)
        self._upto = [wanted.after for wanted, _ in asked]
        self._captures: list[SentCapture] = []
        self._parts: list[bytes] = []
        self._nbytes = 0

    def answered(self) -> tuple[tuple[SentRing, ...], Answered]:
        """Pack captures until there is enough; return how far they go, and the answer."""
        newest = [ring.reader.newest for _, ring in self._asked]
        if self._pack(self._due(newest)):
            self._upto = [max(pair) for pair in zip(self._upto, newest, strict=True)]
        rings = tuple(
            SentRing(
                device=wanted.device,
                ring=ring.name,
                captures=ring.reader.captures,
                newest=newest[place],
                upto=self._upto[place],
            )
            for place, (wanted, ring) in enumerate(self._asked)
        )
        sent = SentCaptures(rings=rings, captures=tuple(self._captures))
        return rings, Answered(sent, b"".join(self._parts))

    def _due(self, newest: Sequence[int]) -> list[_Due]:
        """Return what is to be sent, in the order of pulses; pulses of which a part is too old not at all."""
        due = [each for place, number in enumerate(newest) for each in self._due_of(place, number)]
        late = max((each.pulse for each in due if each.label.published_ns < self._since_ns), default=-1)
        return sorted((each for each in due if each.pulse > late), key=attrgetter("pulse", "place"))

    def _due_of(self, place: int, newest: int) -> Iterator[_Due]:
        reader, pulse = self._asked[place][1].reader, 0
        for number in range(max(self._upto[place], newest - reader.captures) + 1, newest + 1):
            if (label := reader.label(number)) is not None:
                pulse = pulse if label.pulse is None else label.pulse
                yield _Due(pulse, place, label)

    def _pack(self, due: Sequence[_Due]) -> bool:
        """Pack captures in their order; False where some are left for the next answer.

        A pulse is packed to its end, if it can be: the part that is left might be too old next time.
        """
        largest, pulse = 0, -1
        for each in due:
            goes_on = self._is_below(ENOUGH_NBYTES, ENOUGH_S) or each.pulse == pulse
            if self._captures and not (goes_on and self._is_below(MOST_SENT_NBYTES - largest, MOST_S)):
                return False
            before, pulse = self._nbytes, each.pulse
            self._add(each)
            self._upto[each.place] = each.label.number
            largest = max(largest, self._nbytes - before)
        return True

    def _is_below(self, nbytes: int, seconds: float) -> bool:
        return self._nbytes <= nbytes and self._now_ns() - self._began_ns < seconds * 1e9

    def _add(self, due: _Due) -> None:
        """Add a capture; one that was overwritten meanwhile is gone."""
        wanted, ring = self._asked[due.place]
        if (copied := ring.reader.copy(due.label.number)) is None:
            return
        images = _images_of(copied) if due.label.pulse is not None else (None, None, None)
        packed = [None if image is None else _packed(image) for image in images]
        color, depth, ir = (
            None if image is None or data is None else _told_of(image, data)
            for image, data in zip(images, packed, strict=True)
        )
        label = copied.label
        self._captures.append(
            SentCapture(
                device=wanted.device,
                number=label.number,
                pulse=label.pulse,
                hole=label.hole,
                host_time_ns=label.host_time_ns,
                color=color,
                depth=depth,
                ir=ir,
            )
        )
        self._parts += [data for data in packed if data is not None]
        self._nbytes = sum(map(len, self._parts))


def _unsent(wanted: WantedCaptures, sent: Mapping[str, SentRing]) -> WantedCaptures:
    """Return what is wanted after what was sent to whoever wants it, and may not have come yet."""
    before = sent.get(wanted.device)
    if before is None or wanted.ring not in (None, before.ring):
        return wanted
    return wanted.model_copy(update={"ring": before.ring, "after": max(wanted.after, before.upto)})


def _images_of(copied: Published) -> tuple[Image | None, Image | None, Image | None]:
    return copied.capture.color, copied.capture.depth, copied.capture.ir


def _packed(image: Image) -> bytes:
    """Return color as it is, and depth or IR as PNG."""
    if image.data.dtype == np.uint16:
        return encode_gray_png(image.data)
    return as_bytes(image).tobytes()


def _told_of(image: Image, data: bytes) -> SentImage:
    return SentImage(
        nbytes=len(data),
        device_us=image.device_timestamp_usec,
        system_ns=image.system_timestamp_nsec,
        exposure_us=image.exposure_us,
    )
