"""What a program knows of the run that it takes rows of: all that the director has told so far."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kinect_sync.benches.director_link import GivenUp, Gone
from kinect_sync.errors import BenchError, Interrupted, KsyncError, UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.export import DEVICE_UNKNOWN
from kinect_sync.findings.streaming import DIRECTOR_DIED, DIRECTOR_HANGS, STREAM_DEVICE_UNREAD
from kinect_sync.timing.pulse_set import PulseSet
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.direction import (
    Alive,
    Began,
    DeviceChanged,
    LensesRead,
    Over,
    Refused,
    StreamedDevice,
    Told,
)
from kinect_sync.wire.stream_report import StreamReport


class ToldRun:
    """One run, from before its beginning to its report."""

    def __init__(self, rig: str) -> None:
        """Know the name of the rig, and nothing else yet."""
        self._rig = rig
        self._beginning: Began | None = None
        self._changed: dict[str, DeviceChanged] = {}
        self.lenses: dict[str, bytes] = {}
        """By device, what the factory measured of it; of those that are open and told it."""
        self.refusal: KsyncError | Interrupted | None = None
        """Why it has not begun, and never will."""
        self.report: StreamReport | None = None
        """How it went; None before its end, and of a run that never began."""
        self.take_holes: Mapping[str, PulseSet] = {}
        """By device the pulses of which the take has no whole capture; empty where nobody tells."""

    def take_in(self, told: Told | Gone | GivenUp) -> None:
        """Take in what the director told, or that there is none any more."""
        if isinstance(told, LensesRead):
            self.lenses[told.device] = told.calibration
        elif isinstance(told, Began):
            self._beginning = told
        elif isinstance(told, DeviceChanged):
            self._changed[told.device] = told
        elif isinstance(told, Over):
            self.report = told.report
            holes = (told.take_holes or {}).items()
            self.take_holes = {name: PulseSet(ranges) for name, ranges in holes}
        elif isinstance(told, Refused):
            self._fail(told.exception)
        elif not isinstance(told, Alive):
            self._fail(BenchError(_ended(told)))

    @property
    def has_begun(self) -> bool:
        """Whether there are rows, or were."""
        return self._beginning is not None

    @property
    def is_over(self) -> bool:
        """Whether the director tells nothing more."""
        return self.report is not None or self.refusal is not None

    @property
    def began(self) -> Began:
        """What was told at the beginning; RuntimeError before it."""
        if self._beginning is None:
            raise RuntimeError("a stream begins with its context: use `with`")
        return self._beginning

    def device(self, name: str) -> StreamedDevice:
        """Return one of the devices; UsageError for a name that there is not."""
        known = {each.name: each for each in self.began.devices}
        if name not in known:
            remedy = f"choose among {', '.join(known)}"
            raise UsageError(DEVICE_UNKNOWN.found(f"there is no device {name}", remedy=remedy))
        return known[name]

    @property
    def take(self) -> Path | None:
        """The folder of the take that is recorded beside; None where nothing is kept."""
        return self.began.take

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the director has found so far."""
        found = (finding for each in self._changed.values() for finding in each.findings)
        return (*self.began.findings, *dict.fromkeys(found))

    def is_lost(self, device: str) -> bool:
        """Tell whether nothing of a device comes any more, or ever will, as it is recorded alone."""
        changed = self._changed.get(device)
        return changed is not None and (changed.standing == "lost" or is_unread(changed))

    @property
    def why_none(self) -> tuple[Finding, ...]:
        """Why no row will come though it has begun: every device was lost, or whoever directs them."""
        if self.report is not None and self.report.verdict is Verdict.FAILED:
            return self.report.findings
        lost = [each for each in self._changed.values() if each.standing == "lost"]
        return self.findings if len(lost) == len(self.began.devices) else ()

    def _fail(self, error: KsyncError | Interrupted) -> None:
        """Note that there is no run any more: an error where there was none, or else a run that failed."""
        if self.is_over:
            return
        if self._beginning is None:
            self.refusal = error
            return
        self.report = StreamReport(
            verdict=Verdict.FAILED,
            rig=self._rig,
            take=str(self.take) if self.take else None,
            findings=(*self.findings, *error.findings),
        )


def _ended(told: Gone | GivenUp) -> Finding:
    if isinstance(told, GivenUp):
        what = f"the process that directs the rig had said nothing for {told.silent_s:.0f} s, and was ended"
        return DIRECTOR_HANGS.found(what)
    what = f"the process that directs the rig has ended (exit status {told.code})"
    words = f"; its last words: {told.last_words}" if told.last_words else ""
    return DIRECTOR_DIED.found(what + words)


def is_unread(changed: DeviceChanged) -> bool:
    """Tell whether a device is recorded alone, as there was no room for what it gives in memory."""
    return any(each.kind is STREAM_DEVICE_UNREAD for each in changed.findings)
