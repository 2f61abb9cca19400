"""A ring of one device's captures, without a file; and a rig of them, whose time passes as it is told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import Any

import numpy as np

from kinect_sync.captures import Capture, Image
from kinect_sync.rig.modes import Role
from kinect_sync.streaming.live_rows import LiveCapture, LiveRow
from kinect_sync.streaming.row_reader import RowReader
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire.direction import StreamedDevice
from kinect_sync.wire.ring_layout import Label, Published, RingImages
from tests.takes.recorded import settings

FPS = 30
PERIOD_MS = 1000 / FPS
SHAPE = (2, 3)
COLOR_NBYTES = 5


class MemoryRing:
    """Keeps the newest captures, in places that are used again; every pixel is the pulse."""

    def __init__(self, captures: int) -> None:
        self.captures = captures
        self.newest = 0
        self.let_go_to = 0
        self.closed = False
        self._number = 0
        self._labels: dict[int, Label] = {}
        self._places = [np.zeros((3, *SHAPE), np.uint16) for _ in range(captures + 1)]

    # --- the worker's side ------------------------------------------------------------------------------

    def put(self, label: Label) -> None:
        self._number = self.newest = self._number + 1
        self._place(self._number)[...] = (label.pulse or 0) % 2**16
        self._labels[self._number] = Label(self._number, *label[1:])
        self._labels.pop(self._number - self.captures, None)

    def leave_out(self, count: int = 1) -> None:
        self._number += count

    @property
    def overwritten(self) -> int:
        return max(0, self.newest - self.captures)

    @property
    def has_room(self) -> bool:
        return self._number + 1 - self.captures <= self.let_go_to

    # --- the reader's side ------------------------------------------------------------------------------

    def label(self, number: int) -> Label | None:
        return None if self.closed else self._labels.get(number)

    def view(self, number: int) -> RingImages | None:
        label = self.label(number)
        return None if label is None else _images(self._place(number), label)

    def is_intact(self, number: int) -> bool:
        return self.label(number) is not None

    def copy(self, number: int) -> Published | None:
        label = self.label(number)
        if label is None:
            return None
        color, depth, ir = (
            None if each is None else Image(each, 0, 0) for each in _images(self._place(number).copy(), label)
        )
        return Published(label, Capture(color, depth, ir, label.host_time_ns), settings())

    def let_go(self, number: int) -> None:
        self.let_go_to = number

    def close(self) -> None:
        self.closed = True

    def _place(self, number: int) -> Any:
        return self._places[number % len(self._places)]


def _images(place: Any, label: Label) -> RingImages:
    read_only = place.view()
    read_only.flags.writeable = False
    color = read_only[0].reshape(-1).view(np.uint8)[:COLOR_NBYTES] if label.color_us is not None else None
    depth, ir = (read_only[1], read_only[2]) if label.depth_us is not None else (None, None)
    return RingImages(color, depth, ir)


class StreamedRig:
    """Devices whose captures come when a test says so, and the reader of their rows."""

    def __init__(
        self,
        *names: str,
        captures: int = 12,
        hosts: Collection[str] = (),
        waits: bool = False,
        step_ms: float = 0,
        **wanted: Any,
    ) -> None:
        self.now_ns = 1_000_000_000
        self.rested: list[float] = []
        self._step_ms = step_ms
        self.names = names
        self.rings = {name: MemoryRing(captures) for name in names}
        self._coming: list[tuple[int, int, Callable[[], None]]] = []
        self._turn = count()
        roles = [Role.MASTER, *[Role.SUBORDINATE] * len(names)]
        devices = [
            StreamedDevice(
                settings=settings(name=name, role=role),
                host="other" if name in hosts else None,
                captures_wait=waits,
            )
            for name, role in zip(names, roles, strict=False)
        ]
        self.devices = devices
        self.reader = RowReader(
            devices,
            names[0],
            FPS,
            rings=self.rings,
            now_ns=lambda: self.now_ns,
            rest=self.rest,
            **wanted,
        )

    # --- time -------------------------------------------------------------------------------------------

    def rest(self, seconds: float) -> None:
        self.rested.append(seconds)
        self.pass_ms(max(seconds * 1000, self._step_ms))

    def pass_ms(self, milliseconds: float) -> None:
        until_ns = self.now_ns + round(milliseconds * 1e6)
        while self._coming and self._coming[0][0] <= until_ns:
            self.now_ns, _, happen = heappop(self._coming)
            happen()
        self.now_ns = until_ns

    def in_ms(self, milliseconds: float, happen: Callable[[], None]) -> None:
        at_ns = self.now_ns + round(milliseconds * 1e6)
        heappush(self._coming, (at_ns, next(self._turn), happen))

    # --- captures ---------------------------------------------------------------------------------------

    def give(self, name: str, *pulses: int | None, hole: HoleReason | None = None, late_us: int = 0) -> None:
        """Let a device deliver captures now; with a hole, each lacks its color."""
        for pulse in pulses:
            at_us = round((pulse or 0) * 1e6 / FPS) + late_us
            color_us = None if hole else at_us
            label = Label(0, pulse, hole, color_us, at_us, self.now_ns - 500_000, self.now_ns, 36)
            self.rings[name].put(label)

    def pulse(self, *pulses: int, without: Sequence[str] = ()) -> None:
        """Let all devices deliver these pulses now, one after another."""
        for pulse in pulses:
            for name in self.names:
                if name not in without:
                    self.give(name, pulse)

    # --- rows -------------------------------------------------------------------------------------------

    def next(self, timeout_s: float | None = 0) -> LiveRow:
        row = self.reader.next(timeout_s)
        assert row is not None, "there is a row"
        return row

    def rows(self) -> list[LiveRow]:
        """Every row that is decided now."""
        return list(iter(lambda: self.reader.next(0), None))

    def pulses(self) -> list[int]:
        return [row.pulse for row in self.rows()]


def seen_in(capture: LiveCapture) -> set[int]:
    """Which pulses the pixels of a capture's images are of."""
    return set(np.unique(capture.depth)) | set(np.unique(capture.ir))


def holes(row: LiveRow) -> dict[str, HoleReason | None]:
    return {name: capture.hole for name, capture in row.items()}
