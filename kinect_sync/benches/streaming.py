"""The rows of a rig while they happen, for one program: `ks.stream` and `ksync stream` are doors of this.

A director in a process of its own runs the rig, workers put captures into rings, and this reads them and
makes rows; what devices at other hosts capture, the agents there send. So the program may be slow, be stopped
or be killed: that costs rows of its own, and nobody else a thing.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TypeVar

from kinect_sync.benches.directed_run import DirectedRun, Heard, LaunchDirector
from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.director_link import DirectorLink
from kinect_sync.benches.reaching import ReachHosts, studio_reach
from kinect_sync.benches.reading import Reading
from kinect_sync.benches.stream_rings import StreamRings
from kinect_sync.benches.told_run import ToldRun
from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import BenchError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.review.fusing.live_devices import LiveSpace
from kinect_sync.steady import steady_ns, steady_s
from kinect_sync.streaming.counting import counted
from kinect_sync.streaming.live_rows import LiveRow
from kinect_sync.streaming.pulse_ranges import PulseRanges
from kinect_sync.streaming.row_reader import RowReader
from kinect_sync.wire.direction import Began, DeviceChanged, LensesRead, Over, StreamedDevice
from kinect_sync.wire.stream_report import StreamReport

HEAR_S = 0.1
"""How often, while no row comes, a program hears what its director tells, and is asked whether to end."""
LOOK_S = 0.002
RINGS_S = 3.0
"""How long the rings may take to be there; one of a device that was just lost never is."""

S = TypeVar("S", bound="Stream")


class Stream:
    """One run of a rig as its program sees it: from the launch of a director to what that reports.

    A context. Where several threads take rows, each row is given once, to one of them. In a process that was
    forked off, leaving the context does nothing, and there are no rows.
    """

    def __init__(
        self,
        order: Callable[[], StreamOrder],
        reading: Reading,
        launch: LaunchDirector = DirectorLink,
        reach: Callable[[Path], ReachHosts] = studio_reach,
        now_s: Callable[[], float] = steady_s,
    ) -> None:
        """Prepare; `order` is asked what is wanted when the context is entered, and `reach` dials hosts.

        By `now_s` a director is given up that says nothing.
        """
        self._order = order
        self._reading = reading
        self._launch = launch
        self._reach = reach
        self._now_s = now_s
        self._calibration: RigCalibration | None = None
        self._space: LiveSpace | None = None
        self._run: DirectedRun | None = None
        self._rings: StreamRings | None = None
        self._rows: RowReader | None = None
        self._launched_ns = 0
        self._turn = RLock()
        self._process = os.getpid()
        self._is_leaving = False
        self._end_pulse: int | None = None
        """Where rows end, once everything of other hosts is here."""

    # --- the context ----------------------------------------------------------------------------------

    def __enter__(self: S) -> S:
        """Start the rig; raises RigError, UsageError, BenchError or Interrupted where it does not start.

        RuntimeError where that was done before: a stream is one run.
        """
        if self._run is not None:
            raise RuntimeError("a stream is one run: make another one for the next")
        order = self._order()
        self._calibration = order.plan.calibration
        self._launched_ns = steady_ns()
        self._process = os.getpid()
        self._run = DirectedRun(order, self._launch, self._now_s)
        try:
            devices = map(order.plan.rig.settings_of, order.plan.rig.devices)
            self._space = LiveSpace(devices, self._told.lenses, order.plan.calibration)
            self._rings = StreamRings(order, self._reading.patience_s, self._reach)
            self._await_beginning(self._told, self._rings)
        except BaseException as error:
            self._leave(error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run at one pulse, and wait for its report; a Ctrl-C meanwhile waits no longer.

        Nor does one by which the context is left when the end had been asked for. A director that says
        nothing for a minute is ended: the report tells of it, and the files of a take are whole.
        """
        self._leave(error)

    def _await_beginning(self, run: ToldRun, rings: StreamRings) -> None:
        """Wait until there are rings to be read; raise why there will be none."""
        while not run.has_begun:
            self._look_after(HEAR_S)
            if run.refusal is not None:
                raise run.refusal
        until_s = steady_s() + RINGS_S
        while not run.is_over and not all(map(run.is_lost, rings.missing)) and steady_s() < until_s:
            self._look_after(LOOK_S)
            self._reader.read_along()
        is_none = len(rings.missing) == len(rings.sources)
        if is_none and (found := run.why_none):
            raise BenchError(*found)
        self._give_up_unmapped(rings)

    def _give_up_unmapped(self, rings: StreamRings) -> None:
        """Read no ring that can't be mapped; BenchError where there is no other, or the rig waits for it."""
        waiting = [each.name for each in self.devices if each.captures_wait]
        for name in waiting:
            rings.sources[name].let_go(0)  # maps what is written to
        if found := rings.unmapped:
            if waiting or len(rings.missing) == len(rings.sources):
                raise BenchError(*found)
            for name in filter(None, (finding.device for finding in found)):
                rings.sources[name].close()
                self._reader.lose(name)

    def _leave(self, error: BaseException | None) -> None:
        run = self._run
        if run is None or self._is_elsewhere:
            return
        self._is_leaving = True
        with self._turn:
            if run.director is not None:
                self._end(run, error)

    def _end(self, run: DirectedRun, error: BaseException | None) -> None:
        if self._rows is not None:
            self._rows.close()
        run.leave()
        if self._rings is not None:
            self._rings.close()
        if run.is_finishing and isinstance(error, KeyboardInterrupt):
            run.wait_no_more()
            return
        while not run.told.is_over:
            self._hear(HEAR_S)
        run.end()

    # --- rows -----------------------------------------------------------------------------------------

    def next(self, timeout_s: float | None = None) -> LiveRow | None:
        """Return the next row; None where there is none in time, or ever: `ended` tells."""
        if self._is_elsewhere:
            raise RuntimeError("rows are taken in the process that entered the context, and not in its child")
        until_s = math.inf if timeout_s is None else steady_s() + timeout_s
        while not self.ended and not self._is_leaving:
            row = self._next_in_turn(until_s)
            if row is not None or steady_s() >= until_s:
                return row
        return None

    def _next_in_turn(self, until_s: float) -> LiveRow | None:
        """Look for a row for a moment, unless another thread does so."""
        if not self._turn.acquire(timeout=_moment_s(until_s)):
            return None
        try:
            if self.ended or self._is_leaving:
                return None
            self._look_after()
            if (row := self._reader.next(_moment_s(until_s))) is not None:
                self._directed.note_row()
            return row
        finally:
            self._turn.release()

    @property
    def _is_elsewhere(self) -> bool:
        """Whether this is a child of the process whose run it is, forked off."""
        return os.getpid() != self._process

    def __iter__(self) -> Iterator[LiveRow]:
        """Iterate over the rows, until the run has ended."""
        while not self.ended:
            if (row := self.next()) is not None:
                yield row

    @property
    def ended(self) -> bool:
        """Whether no row comes any more."""
        return self._reader.ended

    def finish(self) -> None:
        """End the run at a pulse just ahead; rows up to there are still given."""
        if self._run is not None and not self._is_elsewhere:
            self._run.finish()

    # --- what is known --------------------------------------------------------------------------------

    @property
    def devices(self) -> tuple[StreamedDevice, ...]:
        """The devices, in the rig's order."""
        return self._told.began.devices

    @property
    def reference(self) -> str:
        """The device that residuals are measured against."""
        return self._told.began.reference

    @property
    def take(self) -> Path | None:
        """The folder of the take that is recorded beside; None where nothing is kept."""
        return self._told.take

    @property
    def director(self) -> int | None:
        """The process that directs the rig; None where there is none, or nobody waits for it any more."""
        return None if self._run is None else self._run.director

    @property
    def calibration(self) -> RigCalibration | None:
        """Where the cameras of the rig stand; None where nobody said so."""
        return self._calibration

    def factory_calibration(self, device: str) -> bytes | None:
        """Return what the factory measured of a device, as it is stored there; None where it is not told.

        Raises UsageError for a name that there is not.
        """
        return self._told.lenses.get(self._told.device(device).name)

    @property
    def missed(self) -> PulseRanges:
        """The rows that nobody saw, as the program was too slow, or captures did not come to it in time."""
        return self._reader.missed

    @property
    def late(self) -> Mapping[str, int]:
        """By device, how many captures came after their row was given, and so are in no row."""
        return self._reader.late

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found so far, as the report will have it."""
        told = self._told
        return (*(told.findings if told.report is None else told.report.findings), *self._seen)

    @property
    def report(self) -> StreamReport:
        """How it went; RuntimeError before the run has ended."""
        told = None if self._run is None else self._run.told
        if told is None or told.report is None:
            raise RuntimeError("a stream has a report when it has ended")
        return counted(told.report, self._reader, told.take_holes, self.findings)

    @property
    def _seen(self) -> tuple[Finding, ...]:
        """What was found here, and not by the director."""
        rings = self._rings.findings if self._rings is not None else ()
        return (*rings, *self._reader.findings)

    @property
    def _told(self) -> ToldRun:
        return self._directed.told

    @property
    def _directed(self) -> DirectedRun:
        if self._run is None:
            raise RuntimeError("a stream begins with its context: use `with`")
        return self._run

    @property
    def _reader(self) -> RowReader:
        if self._rows is None:
            raise RuntimeError("rows are taken in the context: use `with`")
        return self._rows

    # --- what the director tells ----------------------------------------------------------------------

    def _look_after(self, timeout_s: float = 0.0) -> None:
        """Ask whether to end, and hear what there is to hear."""
        if not self._directed.is_finishing and self._is_to_end():
            self.finish()
        self._hear(timeout_s)
        if self._end_pulse is not None and (self._rings is None or self._rings.is_drained):
            self._reader.finish(self._end_pulse)
            self._end_pulse = None

    def _is_to_end(self) -> bool:
        return self._reading.stopping()

    def _hear(self, timeout_s: float) -> None:
        """Hear all that was told, and wait so long where that is nothing."""
        for told in self._directed.hear(timeout_s):
            if self._rings is not None:
                self._follow(told, self._told, self._rings)

    def _follow(self, told: Heard, run: ToldRun, rings: StreamRings) -> None:
        """Do with the rows what follows from what was told."""
        if isinstance(told, LensesRead):
            self._prepare(told.device)
        elif isinstance(told, Began):
            rings.open(told)
            self._rows = self._read(told, rings)
        elif isinstance(told, DeviceChanged):
            self._note(told, rings)
        elif isinstance(told, Over):
            self._end_pulse = told.report.pulses
            rings.drain()
        elif run.has_begun and run.is_over:
            self._reader.finish(None)

    def _prepare(self, device: str) -> None:
        """Compute what clouds need of an open device; whoever asks for one is told why there is none."""
        if self._space is not None and self._reading.makes_clouds:
            with suppress(UsageError):
                self._space().prepare(device)

    def _read(self, began: Began, rings: StreamRings) -> RowReader:
        return RowReader(
            began.devices,
            began.reference,
            began.devices[0].settings.fps,
            rings=rings.sources,
            mode=self._reading.mode,
            patience_s=self._reading.patience_s,
            most_held_bytes=self._reading.most_held_bytes,
            launched_ns=self._launched_ns,
            space=self._space,
        )

    def _note(self, changed: DeviceChanged, rings: StreamRings) -> None:
        name, reader = changed.device, self._reader
        if self._told.is_lost(name):
            rings.when_here(name, partial(reader.lose, name))
        elif changed.standing == "silent":
            reader.excuse(name)
        elif changed.standing == "finished":
            rings.when_here(name, partial(reader.end, name))


def _moment_s(until_s: float) -> float:
    return max(0.0, min(until_s - steady_s(), HEAR_S))
