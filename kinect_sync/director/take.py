"""Record one take: the whole way from a rig to a folder of recordings and a report."""

from __future__ import annotations

import platform
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from kinect_sync import __version__
from kinect_sync.director.device_state import DeviceState, Phase
from kinect_sync.director.fleet import Fleet, launched
from kinect_sync.director.link import Launch
from kinect_sync.director.load_log import LoadLog
from kinect_sync.director.recording import DiskGuard, Recording, write_off_unfinished
from kinect_sync.director.start_sequence import Anchor, Patience, StartSequence
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding, has_errors
from kinect_sync.rig.facts import rig_facts
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.manifest import (
    INDEX,
    LOAD,
    ClockSample,
    DeviceReport,
    Manifest,
    TakeDevice,
    TakeFolder,
    TakeReport,
    take_name,
)
from kinect_sync.timing.alignment import AlignedDevice, Aligner
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.verification import DeviceVerification, Verdict, Verification, judge

RESERVE_BYTES = 512 << 20
"""Free space at which a take is ended: what the queues of nine devices may still hold fits into it."""


@dataclass(frozen=True, slots=True)
class TakePlan:
    """What is to be recorded, and where."""

    rig: RigFields
    directory: Path
    name: str | None = None
    pulses: int | None = None
    """Length of the take in pulses; until stopped when None."""
    max_drop_percent: float = 1.0
    reserve_bytes: int = RESERVE_BYTES
    allow_extra: bool = False
    devices_wait: bool = False
    """Whether the devices lose nothing while they wait, as recordings do: then none is ever too late."""
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How things stand, for whoever watches."""

    devices: tuple[DeviceState, ...]
    take: Path | None
    """None until recording begins, and in a verification, which keeps nothing."""
    elapsed_s: float
    pulses: int
    complete: int
    free_bytes: int | None
    """None where nothing is written."""


Watch = Callable[[Snapshot], None]


def record_take(plan: TakePlan, launch: Launch, *, watch: Watch, stopping: Callable[[], bool]) -> TakeReport:
    """Record one take and return its report.

    Raises RigError, UsageError or BenchError when nothing could be recorded, `Interrupted` when `stopping`
    became true before anything was. After any of them no process, camera or file is left open.
    """
    folder = TakeFolder(plan.directory / (plan.name or take_name(plan.rig, datetime.now(timezone.utc))))
    _check_disk(plan, folder)
    settings = [plan.rig.settings_of(device) for device in plan.rig.devices]
    with launched(settings, launch) as fleet:
        return _Take(plan, folder, fleet, watch, stopping).run()


class _Take:
    """One take in the making."""

    def __init__(
        self, plan: TakePlan, folder: TakeFolder, fleet: Fleet, watch: Watch, stopping: Callable[[], bool]
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._fleet = fleet
        self._watch = watch
        self._stopping = stopping
        self._verification: Verification | None = None
        self._load: LoadLog | None = None
        self._free = shutil.disk_usage(folder.disk).free
        self._began_s = fleet.now_s()
        fleet.interrupted = stopping
        fleet.on_change = self._tell

    def run(self) -> TakeReport:
        fleet = self._fleet
        sequence = StartSequence(
            self._plan.rig, fleet, self._plan.patience, allow_extra=self._plan.allow_extra
        )
        anchors = sequence.run()
        fleet.interrupted = lambda: False
        self._folder.create()
        manifest = self._describe(sequence.reference, anchors)
        self._folder.write_manifest(manifest)
        recording = self._prepare(sequence.reference, anchors[sequence.reference])
        self._began_s = fleet.now_s()
        self._load = load = self._log_load()
        recording.begin(anchors, self._folder.recording, self._plan.pulses)
        recording.run(self._stopping)
        write_off_unfinished(fleet, sequence.source)
        load.close()
        fleet.stop(first=sequence.reference)
        recording.finish()
        self._tell()
        report = self._report(recording.findings, sequence.notes)
        return self._complete(manifest, report)

    def _complete(self, manifest: Manifest, report: TakeReport) -> TakeReport:
        """Write what became of the take; on a disk that fails, say so in the report that is returned."""
        finished = {"state": "finished", "end": _read_clocks(), "report": report}
        try:
            self._folder.write_manifest(manifest.model_copy(update=finished))
        except OSError as error:
            return report.model_copy(
                update={"verdict": "incomplete", "findings": (*report.findings, _manifest_broken(error))}
            )
        return report

    def _prepare(self, reference: str, begin: Anchor) -> Recording:
        rig, fps = self._plan.rig, self._plan.rig.camera.fps
        devices = [AlignedDevice.of(state.settings) for state in self._fleet]
        self._verification = Verification(devices, fps, rig.hardware, first_pulse_us=begin.pulse_us)
        return Recording(
            self._fleet,
            Aligner(devices, reference, fps, max_lag=sys.maxsize if self._plan.devices_wait else None),
            IndexFile(self._folder.path / INDEX, [state.name for state in self._fleet]),
            self._verification,
            DiskGuard(self._free_bytes, self._plan.reserve_bytes),
        )

    def _log_load(self) -> LoadLog:
        return LoadLog(
            self._fleet,
            self._folder.path / LOAD,
            pulses=lambda: self._verification.pulses if self._verification else 0,
            free_bytes=self._free_bytes,
        )

    def _free_bytes(self) -> int:
        with suppress(OSError):  # what was last known: a share that does not answer must not cost the take
            self._free = shutil.disk_usage(self._folder.disk).free
        return self._free

    def _tell(self) -> None:
        verification = self._verification
        self._watch(
            Snapshot(
                devices=tuple(self._fleet),
                take=self._folder.path if verification else None,
                elapsed_s=self._fleet.now_s() - self._began_s,
                pulses=verification.pulses if verification else 0,
                complete=verification.complete if verification else 0,
                free_bytes=self._free_bytes(),
            )
        )
        if self._load:
            self._load.look()

    # --- what is written down -------------------------------------------------------------------------

    def _describe(self, reference: str, anchors: Mapping[str, Anchor]) -> Manifest:
        return Manifest(
            state="recording",
            name=self._folder.path.name,
            versions=_versions(),
            host={"name": platform.node(), "system": platform.platform(), "machine": platform.machine()},
            rig=self._plan.rig.model_dump(mode="json", by_alias=True),
            begin=_read_clocks(),
            reference=reference,
            devices=tuple(
                TakeDevice(
                    file=self._folder.recording(state.name).name,
                    settings=state.settings,
                    firmware=state.firmware.model_dump() if state.firmware else None,
                    controls=state.controls.model_dump() if state.controls else None,
                    jacks=state.jacks.model_dump() if state.jacks else None,
                    first_pulse_us=anchors[state.name].pulse_us,
                    captures_before=anchors[state.name].captures_before,
                )
                for state in self._fleet
            ),
        )

    def _report(self, happened: Sequence[Finding], notes: Sequence[Finding]) -> TakeReport:
        verification, limit = self._verification, self._plan.max_drop_percent
        verified = verification.devices() if verification else ()
        verdict = judge(verified, max_drop_percent=limit)
        if verdict is Verdict.IN_SYNC and (happened or has_errors(self._fleet.findings)):
            verdict = Verdict.INCOMPLETE
        pulses = verification.pulses if verification else 0
        return TakeReport(
            take=str(self._folder.path),
            verdict=verdict.value,
            pulses=pulses,
            complete=verification.complete if verification else 0,
            duration_s=round(pulses / self._plan.rig.camera.fps, 3),
            devices=tuple(
                _device_report(state, each) for state, each in zip(self._fleet, verified, strict=True)
            ),
            findings=(
                *notes,
                *self._fleet.findings,
                *happened,
                *findings_of(verified, max_drop_percent=limit),
                *(self._load.findings if self._load else ()),
            ),
        )


def _device_report(state: DeviceState, verified: DeviceVerification) -> DeviceReport:
    return DeviceReport(
        name=state.name,
        serial=state.settings.serial,
        role=state.settings.role,
        file=f"{state.name}.mkv",
        captures=state.captures,
        dropped=verified.dropped,
        holes=verified.holes,
        lost=state.phase in (Phase.LOST, Phase.STALLED),
        bias_us=verified.bias_us,
        jitter_us=verified.jitter_us,
        drift_ppm=verified.drift_ppm,
    )


def _manifest_broken(error: OSError) -> Finding:
    return Finding(
        code="manifest-write-failed",
        what=f"take.json could not be completed: {error.strerror or error}",
        remedy="check the disk; the recordings are whole",
    )


def _read_clocks() -> ClockSample:
    return ClockSample(monotonic_ns=time.monotonic_ns(), utc_ns=time.time_ns())


def _versions() -> dict[str, str]:
    versions = {"ksync": __version__, "python": platform.python_version()}
    for package in ("pyk4a-bundle", "pyk4a"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _check_disk(plan: TakePlan, folder: TakeFolder) -> None:
    """See that the take is new, and that a take of planned length fits; UsageError if not."""
    folder.check()
    rate = rig_facts(plan.rig).disk.high
    length_s = (plan.pulses or 0) / plan.rig.camera.fps
    needed = rate * length_s + plan.reserve_bytes
    free = shutil.disk_usage(folder.disk).free
    if free < needed:
        raise UsageError(
            Finding(
                code="disk-too-small",
                what=(
                    f"the take needs about {needed / 1e9:.1f} GB ({rate / 1e6:.0f} MB/s and a reserve), "
                    f"and {free / 1e9:.1f} GB are free for {folder.path}"
                ),
                remedy="make room, record for a shorter time, or to another disk with -o",
            )
        )
