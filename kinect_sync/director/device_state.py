"""What the director knows of one device; it is written here alone, from what its worker was heard to say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum
from functools import singledispatchmethod

from kinect_sync.devices.port import LIVE, Pace
from kinect_sync.director.sdk_words import SdkWords
from kinect_sync.findings import Finding
from kinect_sync.host.identity import HostIdentity
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.timing.alignment import Cell
from kinect_sync.values import Value
from kinect_sync.wire.messages import (
    Armed,
    Claimed,
    ClockRead,
    CutOff,
    Exited,
    Failed,
    Finished,
    FirstCaptures,
    Healed,
    Noted,
    OnBus,
    Opened,
    Progress,
    Ready,
    Recovered,
    Said,
    Stranger,
    Watching,
)

STALL_S = 3.0
"""A device that began to deliver and has not for so long has stalled (15 captures at 5 fps)."""
LONGEST_S = 1.0
"""What counts at most as silence between two reports, ten of which come in a second: some are late."""
DISK_STALL_S = 30.0
"""A disk that has taken nothing for so long has stalled: a shared one may pause for many seconds."""

_ASKED = OnBus(listed=None, missing=0)
"""Stands for an answer that has not come yet."""


class Phase(str, Enum):
    """Where a device stands, in the words that the operator reads."""

    STARTING = "starting"
    """Its process starts, or waits to be told to open it."""
    OPENING = "opening"
    """It is being opened, which may take ten seconds."""
    OPEN = "open"
    """It is open, and its jacks, firmware and controls are known."""
    ARMED = "armed"
    """Its cameras were started."""
    WAITING = "waiting for pulses"
    """It was seen to be silent while there are no pulses."""
    SETTLING = "settling"
    """It gives captures that do not count yet: its clock and its exposure have to settle."""
    DELIVERING = "delivering"
    """It has settled and gives captures; the first common pulse is still looked for."""
    RECORDING = "recording"
    """Its captures go into its file."""
    STALLED = "stalled"
    """It delivers nothing any more, or its disk takes nothing; it may go on."""
    FROZEN = "frozen"
    """Its process says nothing, and may go on; the device itself may run all the while."""
    CUT_OFF = "cut off"
    """Its host can't be reached; it records on there, and what it recorded is told when the host is back."""
    FINISHED = "finished"
    """Its file is closed at the end of the run."""
    LOST = "lost"
    """It was written off."""


STARTED = (Phase.ARMED, Phase.SETTLING, Phase.DELIVERING)
"""Where a device stands whose cameras run, until it has been watched or records."""


@dataclass
class DeviceState:
    """What the director knows of one device. Whoever else holds it reads."""

    settings: DeviceSettings
    phase: Phase = Phase.STARTING
    ready: bool = False
    exited: bool = False
    host: HostIdentity | None = None
    """Where its worker runs; None until that has said so."""
    place: str | None = None
    """The other computer that it is connected to, by the studio's name; None where that is the director's."""
    free_bytes: int | None = None
    """Room where its recording is; None where none is written."""
    index: int | None = None
    claiming: int | None = None
    """Index that its worker was told to claim last, whichever device is there."""
    claimed: Claimed | None = None
    """What came of that."""
    jacks: Jacks | None = None
    firmware: Firmware | None = None
    controls: Controls | None = None
    calibration: bytes | None = None
    """What the factory measured of it, as it is stored in it."""
    pace: Pace = LIVE
    seen: int = 0
    held: tuple[tuple[float, int], ...] = ()
    captures: int = 0
    dropped: int = 0
    """Rows decided so far without a whole capture of it, whatever the reason."""
    queue_full: int = 0
    """Captures dropped because the disk did not keep up."""
    imu_dropped: int = 0
    """IMU samples dropped because the disk did not keep up."""
    queued_bytes: int = 0
    closing: bool = False
    queue_peak_bytes: int = 0
    """The most that was queued since it was last taken."""
    written_bytes: int = 0
    newest_pulse: int = -1
    """The newest that it delivered, whatever became of it."""
    last_pulse: int = -1
    """The newest of which is known what became of it."""
    reported_s: float = 0.0
    """When its worker last said how it starts."""
    quiet_s: float = 0.0
    """Until it records, for how long its worker has reported that nothing more came: a time in which that
    said nothing is none in which the device was silent."""
    last_heard_s: float = 0.0
    """While it records, when it last delivered; a time in which its process stood still does not count, nor
    one in which its captures waited for whoever reads its ring."""
    frozen_s: float = 0.0
    """For how long its process has said nothing; 0 while it talks."""
    cut_off: CutOff | None = None
    """What was said of its host, which can't be reached; None while it can."""
    cut_off_s: float = 0.0
    """Since when that is so, on the director's clock."""
    on_bus: OnBus | None = None
    """What its host said of its connection when it stalled; None while it has not."""
    bus_asked_s: float = math.inf
    """When its host was asked."""
    recording: bool = False
    """Whether it was told to record."""
    residual_us: float | None = None
    sdk: SdkWords = field(default_factory=SdkWords)
    """What the SDK said of it in its log."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The operator's word for the device."""
        return self.settings.name

    @property
    def awaits_disk(self) -> bool:
        """Whether the disk has still to take what the device delivered."""
        return self.closing or self.queued_bytes > 0

    @property
    def awaits_bus(self) -> bool:
        """Whether its host has still to say if it is connected."""
        return self.on_bus is _ASKED

    @property
    def gone(self) -> bool:
        """Whether nothing more will come from this device."""
        return self.phase in (Phase.FINISHED, Phase.LOST)

    @property
    def is_missed(self) -> bool:
        """Whether, at the end of the run, it had stopped delivering before, or its host can't be reached."""
        return self.phase in (Phase.LOST, Phase.STALLED, Phase.CUT_OFF)

    def is_watched(self, watch_s: float) -> bool:
        """Whether it was heard, or its own worker has reported for so long that nothing came."""
        return self.seen > 0 or self.quiet_s >= watch_s

    # --- what the director does with it ---------------------------------------------------------------

    def locate(self, index: int | None) -> None:
        """Note at which index it was seen, so that opening it disturbs no other."""
        self.index = index

    def begin_claiming(self, index: int) -> None:
        """Note that its worker was told to open whatever is at an index."""
        self.claiming, self.claimed = index, None

    def take_over(self, said: SdkWords, found: list[Finding]) -> None:
        """Note that another worker is its own, of which the SDK said this, and this was found."""
        self.sdk, self.findings = said, found

    def begin_opening(self) -> None:
        """Note that it was told to open."""
        self.phase = Phase.OPENING

    def await_pulses(self) -> None:
        """Note that it was seen to be silent while there are no pulses."""
        self.phase = Phase.WAITING

    def begin_recording(self, now_s: float) -> None:
        """Note that it was told to record: what it is heard to deliver counts from now on."""
        self.last_heard_s, self.recording = now_s, True

    def judge(self, now_s: float, *, frozen_s: float) -> None:
        """See whether it goes on; its worker has said nothing for `frozen_s`, or talks."""
        self.frozen_s = frozen_s
        if self.gone or not self.recording:
            return
        if self.cut_off is not None:
            self.phase, self.last_heard_s = Phase.CUT_OFF, now_s
            return
        if frozen_s:
            self.phase, self.last_heard_s = Phase.FROZEN, now_s
            return
        patience_s = DISK_STALL_S if self.awaits_disk else STALL_S
        stalled = now_s - self.last_heard_s > patience_s
        self.phase = Phase.STALLED if stalled else Phase.RECORDING
        if not stalled:
            self.on_bus, self.bus_asked_s = None, math.inf

    def ask_bus(self, now_s: float) -> None:
        """Note that its host was asked whether it is still connected."""
        self.on_bus, self.bus_asked_s = _ASKED, now_s

    def decide(self, cell: Cell) -> None:
        """Take in what became of it at one pulse."""
        self.dropped += cell.hole is not None
        if cell.residual_us is not None:
            self.residual_us = cell.residual_us

    def take_queue_peak(self) -> int:
        """Return the most that was queued since this was last asked; the next peak begins now."""
        peak, self.queue_peak_bytes = self.queue_peak_bytes, 0 if self.gone else self.queued_bytes
        return peak

    def relaunch(self) -> None:
        """Note that another worker runs in the place of the one that died, to tell what that had written."""
        self.exited = False

    def lose(self, *findings: Finding) -> None:
        """Write it off, once: it takes no more part, though what it recorded may still be told."""
        if not self.gone:
            self.phase = Phase.LOST
            self.find(*findings)
            self.find_sdk_words()

    def write_off(self) -> None:
        """Note that it did not come to the end of the run by itself, even if its file is closed by now."""
        self.recording = False
        if self.phase is not Phase.LOST:
            self.phase = Phase.STALLED

    def find(self, *findings: Finding) -> None:
        """Keep what was found out about it."""
        self.findings.extend(findings)

    def find_again(self, finding: Finding) -> None:
        """Keep what was found out about it, in the place of what was found of the same kind before."""
        self.findings = [each for each in self.findings if each.kind is not finding.kind] + [finding]

    def find_sdk_words(self) -> None:
        """Keep what the SDK said of it up to now, beside what was found."""
        for finding in self.sdk.findings(self.name):
            self.find_again(finding)

    # --- what its worker says -------------------------------------------------------------------------

    @singledispatchmethod
    def hear(self, event: Value, now_s: float) -> None:  # noqa: ARG002
        """Take in one event; TypeError for what is none."""
        raise TypeError(f"{self.name} said {event!r}, which is no event")

    @hear.register
    def _(self, _event: Exited, _now_s: float) -> None:
        self.exited = True

    @hear.register
    def _(self, _event: Failed, _now_s: float) -> None:
        return  # the fleet decides what it means

    @hear.register
    def _(self, _event: Noted, _now_s: float) -> None:
        return  # the fleet keeps what was found

    @hear.register
    def _(self, _event: Stranger, _now_s: float) -> None:
        return  # the fleet decides what it means

    @hear.register
    def _(self, event: CutOff, now_s: float) -> None:
        self.cut_off, self.cut_off_s = event, now_s

    @hear.register
    def _(self, _event: Healed, _now_s: float) -> None:
        self.cut_off = None

    @hear.register
    def _(self, event: Said, _now_s: float) -> None:
        self.sdk.hear(event.text)

    @hear.register
    def _(self, event: OnBus, _now_s: float) -> None:
        if self.awaits_bus:
            self.on_bus = event

    @hear.register
    def _(self, event: Ready, _now_s: float) -> None:
        self.ready, self.host, self.place = True, self.host or event.host, self.place or event.place
        self.free_bytes = event.free_bytes

    @hear.register
    def _(self, _event: ClockRead, _now_s: float) -> None:
        return  # it is about the host, not about the device

    @hear.register
    def _(self, _event: FirstCaptures, _now_s: float) -> None:
        return  # of use to whoever listens: what counts is the take

    @hear.register
    def _(self, event: Recovered, _now_s: float) -> None:
        self.captures = max(self.captures, event.captures)
        self.written_bytes = max(self.written_bytes, event.written_bytes)
        self.newest_pulse = max(self.newest_pulse, *(each.pulse for each in event.entries), -1)

    @hear.register
    def _(self, event: Claimed, _now_s: float) -> None:
        self.claimed = event

    @hear.register
    def _(self, event: Opened, _now_s: float) -> None:
        self.jacks, self.firmware, self.controls = event.jacks, event.firmware, event.controls
        self.calibration, self.pace = event.calibration, event.pace
        if not self.gone:
            self.phase = Phase.OPEN

    @hear.register
    def _(self, _event: Armed, now_s: float) -> None:
        self.phase = Phase.ARMED
        self.reported_s, self.quiet_s = now_s, 0.0

    @hear.register
    def _(self, event: Watching, now_s: float) -> None:
        passed_s, self.reported_s = min(now_s - self.reported_s, LONGEST_S), now_s
        self.quiet_s = 0.0 if event.seen > self.seen else self.quiet_s + passed_s
        self.seen, self.held = event.seen, event.held
        if event.seen and not self.gone:
            self.phase = Phase.DELIVERING if event.held else Phase.SETTLING

    @hear.register
    def _(self, event: Finished, _now_s: float) -> None:
        self.captures, self.written_bytes = event.captures, event.written_bytes
        self.queued_bytes, self.closing = 0, False
        if not self.gone:
            self.phase = Phase.FINISHED

    @hear.register
    def _(self, event: Progress, now_s: float) -> None:
        self.captures = event.captures
        self.newest_pulse = event.newest_pulse
        self.queue_full, self.imu_dropped = event.queue_full, event.imu_dropped
        self.queued_bytes, self.written_bytes = event.queued_bytes, event.written_bytes
        self.closing = event.closing
        self.free_bytes = self.free_bytes if event.free_bytes is None else event.free_bytes
        self.queue_peak_bytes = max(self.queue_peak_bytes, event.queued_bytes)
        if event.entries:
            self.last_pulse = max(self.last_pulse, event.entries[-1].pulse)
        if event.entries or event.awaits_reader:
            self.last_heard_s = now_s
