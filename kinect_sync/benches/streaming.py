"""The rows of a rig while they happen, for one program: `ks.stream` and `ksync stream` are doors of this.

A director in a process of its own runs the rig, workers put captures into rings, and this reads them and
makes rows; what devices at other hosts capture, the agents there send. So the program may be slow, be stopped
or be killed: that costs rows of its own, and nobody else a thing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import TypeVar

from kinect_sync.benches.directing import StreamOrder
from kinect_sync.benches.director_link import DirectorLink, Gone
from kinect_sync.benches.distant_rings import DistantRings
from kinect_sync.benches.reaching import ReachHosts, studio_reach
from kinect_sync.benches.wanted import Played
from kinect_sync.benches.workplaces import needed_hosts
from kinect_sync.calibration.rig_calibration import RigCalibration
from kinect_sync.errors import BenchError, Interrupted, KsyncError
from kinect_sync.findings import Finding
from kinect_sync.findings.streaming import DIRECTOR_DIED, STREAM_DEVICE_UNREAD, STREAM_RING_UNMAPPED
from kinect_sync.review.fusing.live_devices import live_space
from kinect_sync.steady import steady_s
from kinect_sync.streaming.distant_captures import DistantCaptures
from kinect_sync.streaming.holding import MOST_HELD_BYTES
from kinect_sync.streaming.live_rows import LiveRow
from kinect_sync.streaming.pulse_ranges import PulseRanges
from kinect_sync.streaming.row_reader import PATIENCE_S, Mode, RowReader
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.capture_ring import RingReader, ring_name
from kinect_sync.wire.direction import Began, DeviceChanged, Finish, Over, Refused, StreamedDevice, Told
from kinect_sync.wire.stream_report import StreamReport

HEAR_S = 0.1
"""How often, while no row comes, a program hears what its director tells, and is asked whether to end."""
LOOK_S = 0.002
RINGS_S = 3.0
"""How long the rings may take to be there; one of a device that was just lost never is."""
MOST_PATIENCE_MS = 5000
"""How long a row may wait at most: whoever waits longer for a capture wants a take."""
MOST_IN_RING = 10_000
"""Captures of a device in memory: five minutes of them take 25 GB."""
_SPARE = 6
_LEAST = 12

S = TypeVar("S", bound="Stream")


def captures_in_ring(fps: int, patience_s: float = PATIENCE_S) -> int:
    """Return how many captures a ring holds where nobody says: a row's patience, and time to use it."""
    return max(_LEAST, math.ceil(patience_s * fps) + _SPARE)


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read."""

    mode: Mode = Mode.EVERY
    patience_s: float = PATIENCE_S
    """How long a row waits for a device that is late."""
    most_held_bytes: int = MOST_HELD_BYTES
    """What copies of rows may take, all together."""
    stopping: Callable[[], bool] = lambda: False
    """Asked now and then whether to end; rows up to that end are still given."""


class Stream:
    """One run of a rig as its program sees it: from the launch of a director to what that reports.

    A context, in which rows are taken by one thread at a time.
    """

    def __init__(
        self,
        order: Callable[[], StreamOrder],
        reading: Reading,
        launch: Callable[[StreamOrder], DirectorLink] = DirectorLink,
        reach: Callable[[Path], ReachHosts] = studio_reach,
    ) -> None:
        """Prepare; `order` is asked what is wanted when the context is entered, and `reach` dials hosts."""
        self._order = order
        self._reading = reading
        self._launch = launch
        self._reach = reach
        self._rig = ""
        self._calibration: RigCalibration | None = None
        self._link: DirectorLink | None = None
        self._beginning: Began | None = None
        self._rings: dict[str, RingReader | DistantCaptures] = {}
        self._distant: DistantRings | None = None
        self._rows: RowReader | None = None
        self._is_finishing = False
        self._has_begun = False
        self._is_over = False
        self._end_pulse: int | None = None
        """Where rows end, once everything of other hosts is here."""
        self._refusal: KsyncError | Interrupted | None = None
        self._report: StreamReport | None = None
        self._changed: dict[str, DeviceChanged] = {}

    # --- the context ----------------------------------------------------------------------------------

    def __enter__(self: S) -> S:
        """Start the rig; raises RigError, UsageError, BenchError or Interrupted where it does not start.

        RuntimeError where that was done before: a stream is one run.
        """
        if self._has_begun:
            raise RuntimeError("a stream is one run: make another one for the next")
        self._has_begun = True
        order = self._order()
        self._rig, self._calibration = order.plan.rig.name, order.plan.calibration
        self._link = self._launch(order)
        try:
            self._distant = self._dial(order)
            self._await_beginning()
        except BaseException as error:
            self._leave(error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run at one pulse, and wait for its report; a Ctrl-C meanwhile waits no longer.

        Nor does one by which the context is left when the end had been asked for.
        """
        self._leave(error)

    def _dial(self, order: StreamOrder) -> DistantRings | None:
        """Dial the other hosts while the rig starts; None where there are none."""
        hosts = () if isinstance(order.bench, Played) else needed_hosts(order.plan.rig)
        if not hosts:
            return None
        return DistantRings(hosts, order.ring, self._reading.patience_s, self._reach(order.studio))

    def _await_beginning(self) -> None:
        while self._beginning is None:
            self._look_after(HEAR_S)
            if self._refusal is not None:
                raise self._refusal
        until_s = steady_s() + RINGS_S  # then also calibrations are known
        while self._awaits_rings() and steady_s() < until_s:
            self._look_after(LOOK_S)
        if found := self._why_none():
            raise BenchError(*found)
        self._give_up_unmapped()

    def _give_up_unmapped(self) -> None:
        """Read no ring that can't be mapped; BenchError where there is no other, or the rig waits for it."""
        waiting = [each.name for each in self.devices if each.captures_wait]
        for name in waiting:
            self._rings[name].let_go(0)  # maps what is written to
        if found := self._unmapped:
            if waiting or not any(ring.captures for ring in self._rings.values()):
                raise BenchError(*found)
            for name in filter(None, (finding.device for finding in found)):
                self._rings[name].close()
                self._reader.lose(name)

    def _awaits_rings(self) -> bool:
        """Tell whether a ring may come that is not there yet."""
        missing = [name for name, ring in self._rings.items() if not ring.captures]
        return not self._is_over and not all(map(self._comes_never, missing))

    def _comes_never(self, device: str) -> bool:
        changed = self._changed.get(device)
        return changed is not None and (changed.standing == "lost" or _is_unread(changed))

    def _why_none(self) -> tuple[Finding, ...]:
        """Return why there will be no row at all: every device was lost, or whoever directs them was."""
        if any(ring.captures for ring in self._rings.values()):
            return ()
        if self._report is not None and self._report.verdict is Verdict.FAILED:
            return self._report.findings
        lost = [each for each in self._changed.values() if each.standing == "lost"]
        return self._told if len(lost) == len(self._rings) else ()

    def _leave(self, error: BaseException | None) -> None:
        link = self._link
        if link is None:
            return
        if self._rows is not None:
            self._rows.close()
        link.leave()  # from here on it ends by itself, whether somebody waits for it or not
        if self._distant is not None:
            self._distant.close()
        if self._is_finishing and isinstance(error, KeyboardInterrupt):
            self._link = None
            return
        while not self._is_over:
            self._hear(HEAR_S)
        link.join()
        self._link = None
        if self._beginning is not None:  # of a director that was killed, nobody else does it
            rmtree(self._beginning.folder, ignore_errors=True)

    # --- rows -----------------------------------------------------------------------------------------

    def next(self, timeout_s: float | None = None) -> LiveRow | None:
        """Return the next row; None where there is none in time, or ever: `ended` tells."""
        until_s = math.inf if timeout_s is None else steady_s() + timeout_s
        while not self.ended:
            self._look_after()
            left_s = until_s - steady_s()
            row = self._reader.next(max(0.0, min(left_s, HEAR_S)))
            if row is not None or left_s <= HEAR_S:
                return row
        return None

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
        if self._link is not None and not self._is_finishing:
            self._is_finishing = True
            self._link.ask(Finish())

    # --- what is known --------------------------------------------------------------------------------

    @property
    def devices(self) -> tuple[StreamedDevice, ...]:
        """The devices, in the rig's order."""
        return self._began.devices

    @property
    def reference(self) -> str:
        """The device that residuals are measured against."""
        return self._began.reference

    @property
    def take(self) -> Path | None:
        """The folder of the take that is recorded beside; None where nothing is kept."""
        return self._began.take

    @property
    def director(self) -> int | None:
        """The process that directs the rig; None where there is none, or nobody waits for it any more."""
        return None if self._link is None else self._link.pid

    @property
    def calibration(self) -> RigCalibration | None:
        """Where the cameras of the rig stand; None where nobody said so."""
        return self._calibration

    def factory_calibration(self, device: str) -> bytes | None:
        """Return what the factory measured of a device, as it is stored there; None where it is not told."""
        return self._rings[device].calibration

    @property
    def missed(self) -> PulseRanges:
        """The rows that could not be taken any more, as the program was too slow."""
        return self._reader.missed

    @property
    def late(self) -> Mapping[str, int]:
        """By device, how many captures came after their row was given, and so are in no row."""
        return self._reader.late

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found so far, as the report will have it."""
        if self._report is not None:
            return self.report.findings
        return (*self._told, *self._seen)

    @property
    def report(self) -> StreamReport:
        """How it went; RuntimeError before the run has ended."""
        if self._report is None:
            raise RuntimeError("a stream has a report when it has ended")
        counted = _counted(self._report, self._reader)
        return counted.model_copy(update={"findings": (*counted.findings, *self._seen)})

    @property
    def _told(self) -> tuple[Finding, ...]:
        """What the director has found."""
        found = (finding for each in self._changed.values() for finding in each.findings)
        return (*self._began.findings, *dict.fromkeys(found))

    @property
    def _seen(self) -> tuple[Finding, ...]:
        """What was found here."""
        distant = self._distant.findings if self._distant is not None else ()
        return (*distant, *self._unmapped, *self._reader.findings)

    @property
    def _unmapped(self) -> tuple[Finding, ...]:
        """Tell of the rings that the system does not let this process map."""
        rings = {name: ring.failure for name, ring in self._rings.items() if isinstance(ring, RingReader)}
        return tuple(
            STREAM_RING_UNMAPPED.found(f"its ring can't be mapped: {error.strerror or error}", device=name)
            for name, error in rings.items()
            if error is not None
        )

    @property
    def _began(self) -> Began:
        if self._beginning is None:
            raise RuntimeError("a stream begins with its context: use `with`")
        return self._beginning

    @property
    def _reader(self) -> RowReader:
        if self._rows is None:
            raise RuntimeError("rows are taken in the context: use `with`")
        return self._rows

    # --- the director ---------------------------------------------------------------------------------

    def _look_after(self, timeout_s: float = 0.0) -> None:
        """Ask whether to end, and hear what there is to hear."""
        if not self._is_finishing and self._is_to_end():
            self.finish()
        self._hear(timeout_s)
        if self._end_pulse is not None and (self._distant is None or self._distant.is_drained):
            self._reader.finish(self._end_pulse)
            self._end_pulse = None

    def _is_to_end(self) -> bool:
        return self._reading.stopping()

    def _hear(self, timeout_s: float) -> None:
        """Take in all that the director has told, and wait so long where that is nothing."""
        while self._link is not None and (told := self._link.hear(timeout_s)) is not None:
            timeout_s = 0.0
            self._take_in(told)

    def _take_in(self, told: Told | Gone) -> None:
        if isinstance(told, Began):
            self._begin(told)
        elif isinstance(told, DeviceChanged):
            self._note(told)
        elif isinstance(told, Over):
            self._end(told.report)
        elif isinstance(told, Refused):
            self._fail(told.exception)
        else:
            what = f"the process that directs the rig has ended (exit status {told.code})"
            words = f"; its last words: {told.last_words}" if told.last_words else ""
            self._fail(BenchError(DIRECTOR_DIED.found(what + words)))

    def _begin(self, began: Began) -> None:
        self._beginning = began
        if self._distant is not None:
            self._distant.bring(began.devices)
        self._rings = {each.name: self._ring(each, began.folder) for each in began.devices}
        settings = tuple(each.settings for each in began.devices)
        self._rows = RowReader(
            began.devices,
            began.reference,
            began.devices[0].settings.fps,
            rings=self._rings,
            mode=self._reading.mode,
            patience_s=self._reading.patience_s,
            most_held_bytes=self._reading.most_held_bytes,
            space=cache(partial(live_space, settings, self.factory_calibration, self._calibration)),
        )

    def _ring(self, device: StreamedDevice, folder: Path) -> RingReader | DistantCaptures:
        if self._distant is not None and device.name in self._distant.sources:
            return self._distant.sources[device.name]
        return RingReader(folder / ring_name(device.name))

    def _note(self, changed: DeviceChanged) -> None:
        name, reader = changed.device, self._reader
        self._changed[name] = changed
        if changed.standing == "lost" or _is_unread(changed):
            self._when_here(name, partial(reader.lose, name))
        elif changed.standing == "silent":
            reader.excuse(name)
        elif changed.standing == "finished":
            self._when_here(name, partial(reader.end, name))

    def _when_here(self, device: str, tell: Callable[[], None]) -> None:
        """Tell of a device when all that it captured is here: from another host it comes somewhat later."""
        if self._distant is None:
            tell()
        else:
            self._distant.when_here(device, tell)

    def _end(self, report: StreamReport) -> None:
        self._is_over, self._report, self._end_pulse = True, report, report.pulses
        if self._distant is not None:
            self._distant.drain()

    def _fail(self, error: KsyncError | Interrupted) -> None:
        """Note that there is no run any more: an error where there was none, or else an end of the rows."""
        if self._is_over:
            return
        self._is_over = True
        if self._beginning is None:
            self._refusal = error
            return
        self._report = StreamReport(
            verdict=Verdict.FAILED,
            rig=self._rig,
            take=str(self.take) if self.take else None,
            findings=(*self._told, *error.findings),
        )
        self._reader.finish(None)


def _is_unread(changed: DeviceChanged) -> bool:
    """Tell whether a device is recorded alone, as there was no room for what it gives in memory."""
    return any(each.kind is STREAM_DEVICE_UNREAD for each in changed.findings)


def _counted(report: StreamReport, rows: RowReader) -> StreamReport:
    """Add what a program got to what its director reports."""
    devices = (each.model_copy(update={"late": rows.late.get(each.name, 0)}) for each in report.devices)
    counted = {
        "devices": tuple(devices),
        "given": rows.given,
        "missed": rows.missed.count,
        "missed_pulses": tuple((each.start, each.stop - 1) for each in rows.missed.ranges),
        "skipped": rows.skipped,
        "untaken": max(0, report.pulses - rows.given - rows.missed.count - rows.skipped),
    }
    return report.model_copy(update=counted)
