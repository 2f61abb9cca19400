"""Rows of a rig while they happen, for a program: synchronized captures of all devices, from memory.

No signal is handled here: Ctrl-C is the program's own, and leaving the context by it ends the run properly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Literal

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.directed_run import LaunchDirector
from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.director_link import DirectorLink
from kinect_sync.benches.reading import MOST_IN_RING, MOST_PATIENCE_MS, Reading, captures_in_ring
from kinect_sync.benches.streaming import HEAR_S, Stream
from kinect_sync.benches.wanted import WantedBench
from kinect_sync.calibration.rig_calibration import RigCalibration, read_rig_calibration
from kinect_sync.director.start_sequence import Patience
from kinect_sync.director.take import TakePlan
from kinect_sync.doctor.readiness import check_stream
from kinect_sync.geometry.calibration import DeviceGeometry
from kinect_sync.host.disk import RESERVE_BYTES
from kinect_sync.library.running import length_in_pulses, never, studio_at
from kinect_sync.review.fusing.live_devices import lenses_of
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import TRIGGER_S
from kinect_sync.rig.rig import Rig
from kinect_sync.steady import steady_s
from kinect_sync.streaming.holding import MOST_HELD_BYTES
from kinect_sync.streaming.live_rows import LiveRow
from kinect_sync.streaming.row_reader import PATIENCE_S, Mode
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.timing.lasers.remarks import laser_remarks


class Rows(Stream):
    """The rows of a rig that runs: a context, and an iterator over `LiveRow`, one per pulse and in order.

    Entering the context starts the rig, which takes some seconds; leaving it, in whatever way, ends the run
    at one pulse, and waits for its report. A second Ctrl-C meanwhile waits no longer: the run ends by itself.
    What directs the rig is ended where it says nothing for a minute; `report` tells of it.

    With asyncio, `async with` and `async for` do the same, and other tasks go on. Where several tasks or
    threads take rows, each row is given once, to one of them. A row that comes after whoever waited was
    cancelled, as by a timeout, is given to the next that asks. A process that was forked off gets no rows,
    and ends nothing by leaving.
    """

    def __init__(
        self,
        order: Callable[[], StreamOrder],
        reading: Reading,
        launch: LaunchDirector = DirectorLink,
        now_s: Callable[[], float] = steady_s,
    ) -> None:
        """Prepare; `stream` does."""
        super().__init__(order, reading, launch, now_s=now_s)
        self._is_left = False
        self._coming: asyncio.Future[LiveRow | None] | None = None

    def each(self, handle: Callable[[LiveRow], object]) -> None:
        """Call `handle` with each row until the run has ended; what it raises ends that."""
        for row in self:
            handle(row)

    def geometry(self, device: str) -> DeviceGeometry:
        """Return the lenses of a device and how its cameras stand to each other, from its own memory.

        Raises UsageError for a name that there is not, and where the device told nothing that can be used.
        """
        return lenses_of(self._told.device(device).settings, self.factory_calibration(device))

    # --- asyncio --------------------------------------------------------------------------------------

    async def __aenter__(self) -> Rows:
        """Start the rig, as `with` does; other tasks go on. Where that is cancelled, all is ended first."""
        starting = asyncio.ensure_future(asyncio.to_thread(self.__enter__))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            self._is_left = True
            await asyncio.wait([starting])
            if starting.exception() is None:
                await asyncio.to_thread(self.__exit__, None, None, None)
            raise

    def _is_to_end(self) -> bool:
        return self._is_left or super()._is_to_end()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run, as `with` does; other tasks go on."""
        if self._is_elsewhere:  # where no thread is left that could do it
            return
        self._is_left = True
        await asyncio.to_thread(self.__exit__, None, None, None)

    def __aiter__(self) -> Rows:
        """Iterate over the rows; other tasks go on."""
        return self

    async def __anext__(self) -> LiveRow:
        """Wait for the next row; where that is cancelled, the row is for whoever asks next."""
        if (row := await self._next_row()) is None:
            raise StopAsyncIteration
        return row

    async def _next_row(self) -> LiveRow | None:
        loop = asyncio.get_running_loop()
        while True:
            if (coming := self._coming) is None:
                coming = self._coming = loop.run_in_executor(None, self._wait_for_row)
            if not coming.done():
                _refuse_another_loop(coming.get_loop(), loop)
                await asyncio.wait([coming])
            if self._coming is coming:  # and no other task was faster
                self._coming = None
                return coming.result()

    def _wait_for_row(self) -> LiveRow | None:
        while not (self._is_left or self._is_leaving or self.ended):
            if (row := self.next(HEAR_S)) is not None:
                return row
        return None


def _refuse_another_loop(its: asyncio.AbstractEventLoop, ours: asyncio.AbstractEventLoop) -> None:
    if its is not ours:
        raise RuntimeError("rows are awaited in one event loop at a time, and another one waits for them")


def stream(
    rig: RigFields,
    *,
    bench: WantedBench = Kinects(),  # noqa: B008 - a frozen value
    record: Path | str | None = None,
    name: str | None = None,
    mode: Literal["every", "newest"] = "every",
    duration_s: float | None = None,
    captures: int | None = None,
    patience_ms: float = 1000 * PATIENCE_S,
    ring_captures: int | None = None,
    most_held_bytes: int = MOST_HELD_BYTES,
    calibration: RigCalibration | Path | str | None = None,
    max_drop_percent: float = 1.0,
    reserve_bytes: int = RESERVE_BYTES,
    trigger_timeout_s: float = TRIGGER_S,
    compress: bool = False,
    allow_extra: bool = False,
    studio: Path | str | None = None,
    stopping: Callable[[], bool] = never,
) -> Rows:
    """Give the rows of a rig while they happen: `with ks.stream(rig) as rows: for row in rows: ...`.

    Every pulse is a row, as in a take: a capture of each device, or a hole that says why. With mode `newest`
    there are only the newest whole ones, and those passed over are counted. A row waits `patience_ms` for a
    device that is late. The newest `ring_captures` of each device are kept in memory: a program that is
    slower misses rows, which are counted and named, and holds nobody up.

    With `record`, a folder, a take is recorded beside, as `record` does it; whatever becomes of the program,
    it is ended properly. `name`, `reserve_bytes` and `compress` are as there, and of a take alone. The run
    ends after `duration_s` seconds or `captures` per device, when the context is left, or when `stopping`
    returns true, which is asked ten times a second while rows are taken; rows up to there are still given.
    Copies by `LiveRow.hold` may take `most_held_bytes`, all together. `max_drop_percent`,
    `trigger_timeout_s`, `allow_extra` and `studio` are as for a take.

    Where the cameras stand is told by the `calibration`, loaded or as a file, or else by that which the rig
    names; the take gets a copy. Then each row has a cloud, and what a device saw as another would see it.
    What clouds need is computed while the rig starts, where a `calibration` is given here.

    Devices at other hosts, as the rig names them, are in the rows as well. Their captures come over the
    session of the studio, packed without loss, and are unpacked when they are looked at; what their network
    does not carry in time is missed.

    Recordings that are played `fast` come as fast as the program takes them, and none is missed.

    Raises ValueError for a mode or a number that can't be meant, and for what is of a take where there is
    none. Entering the context raises RigError, UsageError or BenchError where the rig does not start, as
    where another program has its devices, and Interrupted where `stopping` returned true before it had. A
    device that is lost later is a hole in each row from then on, and a finding.
    """
    rig = Rig.of(rig)
    plan = TakePlan(
        rig=rig,
        directory=Path() if record is None else Path(record),
        name=name,
        pulses=length_in_pulses(duration_s, captures, rig.camera.fps),
        max_drop_percent=max_drop_percent,
        reserve_bytes=reserve_bytes,
        allow_extra=allow_extra,
        patience=Patience(trigger_s=trigger_timeout_s),
        packing=Packing.PNG if compress else None,
    )
    _check_reading(mode, patience_ms, ring_captures, most_held_bytes)
    if record is None:
        _check_unkept(name=name, reserve_bytes=reserve_bytes, compress=compress)
    patience_s = patience_ms / 1000
    ring = captures_in_ring(rig.camera.fps, patience_s) if ring_captures is None else ring_captures
    order = partial(
        _order, plan, bench, calibration, ring=ring, studio=studio_at(studio), keeps=record is not None
    )
    reading = Reading(Mode(mode), patience_s, most_held_bytes, stopping, makes_clouds=calibration is not None)
    return Rows(order, reading)


def _check_reading(mode: str, patience_ms: float, ring_captures: int | None, most_held_bytes: int) -> None:
    """Raise ValueError for what would give no row, or none that is whole, without a word of why."""
    if mode not in {*map(str, Mode)}:
        raise ValueError(f"mode is `every` or `newest`, and not {mode!r}")
    if not 0 < patience_ms <= MOST_PATIENCE_MS:
        raise ValueError(f"patience_ms is above 0 and at most {MOST_PATIENCE_MS}, and not {patience_ms}")
    if ring_captures is not None and not 0 < ring_captures <= MOST_IN_RING:
        raise ValueError(f"ring_captures is 1 to {MOST_IN_RING}, and not {ring_captures}")
    if most_held_bytes < 0:
        raise ValueError(f"most_held_bytes is a number of bytes, and not {most_held_bytes}")


def _check_unkept(*, name: str | None, reserve_bytes: int, compress: bool) -> None:
    """Raise ValueError for what a take would need: whoever says it believes that one is recorded."""
    told = {"name": name is not None, "reserve_bytes": reserve_bytes != RESERVE_BYTES, "compress": compress}
    first = next((each for each, is_told in told.items() if is_told), None)
    if first is not None:
        raise ValueError(f"{first} is of a take: give it with `record`, the folder that takes go into")


def _order(
    plan: TakePlan,
    bench: WantedBench,
    calibration: RigCalibration | Path | str | None,
    *,
    ring: int,
    studio: Path,
    keeps: bool,
) -> StreamOrder:
    """See that nothing forbids it, as before a take."""
    rig = Rig.of(plan.rig)
    if isinstance(calibration, Path | str):
        calibration = read_rig_calibration(Path(calibration))
    plan = plan.model_copy(update={"calibration": calibration})
    plan, found = check_stream(plan, bench, keeps=keeps)
    warned = (*rig.remarks(), *laser_remarks(rig), *found)
    return StreamOrder(plan=plan, bench=bench, keeps=keeps, ring=ring, studio=studio, warned=warned)
