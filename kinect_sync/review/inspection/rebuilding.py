"""`alignment.csv` and `take.json` made again from the recordings, so that they are a take like any other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.files import draft_of
from kinect_sync.findings import Finding
from kinect_sync.findings.files import (
    INDEX_EXISTS,
    INDEX_MISSING,
    NOTHING_TO_ALIGN,
    REBUILD_NEEDS_FOLDER,
    REBUILD_NOT_WRITTEN,
    RECORDING_MISNAMED,
)
from kinect_sync.findings.inspection import TAKE_REBUILT
from kinect_sync.readings import Firmware
from kinect_sync.review.inspection.examining import Examination
from kinect_sync.review.inspection.members import Member
from kinect_sync.review.inspection.model import FileInspection, Inspection
from kinect_sync.review.inspection.recorded_verdict import verdict_of_a_recorder
from kinect_sync.rig.model import Camera, DeviceSpec, RigFields
from kinect_sync.rig.modes import Role, Topology
from kinect_sync.rig.problem import shown
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.manifest import (
    ClockSample,
    DeviceReport,
    Manifest,
    Rebuilt,
    TakeDevice,
    TakeReport,
    Versions,
    format_of,
)
from kinect_sync.takes.manifest_file import write_manifest
from kinect_sync.takes.names import INDEX, MANIFEST, is_recording_name
from kinect_sync.timing.table import Table
from kinect_sync.version import __version__


def rebuild(examination: Examination) -> tuple[Finding, ...]:
    """Write the index that a folder of recordings lacks, and take.json where there is none; say what was.

    Nothing is overwritten: UsageError (`rebuild-needs-folder`, `index-exists`, `nothing-to-align`,
    `recording-misnamed`, `rebuild-not-written`).
    """
    folder, table = examination.sources.folder, examination.table
    if folder is None:
        raise UsageError(REBUILD_NEEDS_FOLDER.found("--rebuild writes into a folder"))
    if table is None or not len(table):
        raise UsageError(NOTHING_TO_ALIGN.found("the recordings have no pulse in common"))
    kept = examination.sources.manifest is not None
    for path in (folder / INDEX, *(() if kept else (folder / MANIFEST,))):
        if path.exists():
            what = f"{path} exists, and is never overwritten"
            raise UsageError(INDEX_EXISTS.found(what))
    manifest = None if kept else _manifest(folder, table, examination)
    try:
        _write_index(folder, table, examination)
        if manifest is not None:
            write_manifest(folder, manifest)
    except OSError as error:
        what = f"{folder} cannot be written to: {error.strerror or error}"
        raise UsageError(REBUILD_NOT_WRITTEN.found(what)) from error
    return tuple(_written(folder, kept=kept))


def without_index_missing(inspection: Inspection) -> Inspection:
    """Return the inspection without the finding that a rebuilt index has mended."""
    left = tuple(each for each in inspection.findings if each.kind is not INDEX_MISSING)
    return inspection.model_copy(update={"findings": left})


def _write_index(folder: Path, table: Table, examination: Examination) -> None:
    """Write the index; whoever finds it finds all of it."""
    names = [device.name for device in table.devices]
    with draft_of(folder / INDEX, new=True) as draft, closing(IndexFile(draft, names)) as index:
        for row in table.rows(examination.holes):
            index.append(row)


def _manifest(folder: Path, table: Table, examination: Examination) -> Manifest:
    inspection = examination.inspection
    named = {each.name: each for each in examination.members}
    members = [named[device.name] for device in table.devices]
    _check_file_names(members)
    reference = inspection.reference or members[0].name
    entries = {each.name: each for each in inspection.devices}
    made_ns = named[reference].recording.facts.created_utc_ns
    devices = tuple(_device(each, inspection, entries[each.name]) for each in members)
    return Manifest(
        format=format_of((), None, devices),
        state="finished",
        name=folder.absolute().name,
        versions=Versions(ksync=__version__),
        host=Rebuilt(rebuilt="from the recordings alone"),
        rig=_rig(folder, members),
        begin=ClockSample(monotonic_ns=0, utc_ns=made_ns or 0),
        reference=reference,
        devices=devices,
        report=_report(inspection, [entries[each.name] for each in members]),
    )


def _check_file_names(members: Sequence[Member]) -> None:
    """Refuse names that nobody may read out of take.json; UsageError with each."""
    misnamed = [
        RECORDING_MISNAMED.found(f"`{shown(path.name)}` can't stand in take.json", device=member.name)
        for member in members
        if not is_recording_name((path := member.source.path).name)
    ]
    if misnamed:
        raise UsageError(*misnamed)


def _device(member: Member, inspection: Inspection, entry: FileInspection) -> TakeDevice:
    tags = member.recording.facts.tags
    color, depth = tags.get("K4A_COLOR_FIRMWARE_VERSION"), tags.get("K4A_DEPTH_FIRMWARE_VERSION")
    return TakeDevice(
        file=member.source.path.name,
        settings=member.settings,
        firmware=Firmware(color=color, depth=depth, audio="") if color and depth else None,
        controls=None,
        jacks=None,
        first_pulse_us=inspection.first_pulse_us[member.name],
        captures_before=entry.captures_before,
        packing=member.recording.facts.packing,
    )


def _rig(folder: Path, members: Sequence[Member]) -> RigFields:
    """Return the rig that the tags describe; how its cables ran, and its exposure, no recording says."""
    first = members[0].settings
    synchronized = any(each.role is not Role.STANDALONE for each in members)
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.absolute().name).strip("-_")
    return RigFields(
        name=word[:64] or "take",
        topology=Topology.DAISY_CHAIN if synchronized else Topology.STANDALONE,
        hardware=first.hardware,
        imu=any(each.settings.imu for each in members),
        camera=Camera(
            color_resolution=first.color_resolution,
            color_format=first.color_format,
            depth_mode=first.depth_mode,
            fps=first.fps,
            exposure_us="auto",
        ),
        devices=tuple(
            DeviceSpec(
                name=each.name,
                serial=each.settings.serial,
                role=each.role,
                subordinate_delay_off_master_usec=each.settings.subordinate_delay_off_master_usec,
                depth_delay_off_color_usec=each.settings.depth_delay_off_color_usec,
                color_resolution=each.settings.color_resolution,
                depth_mode=each.settings.depth_mode,
            )
            for each in members
        ),
    )


def _report(inspection: Inspection, entries: Sequence[FileInspection]) -> TakeReport:
    return TakeReport.model_validate(
        {
            "take": inspection.take,
            "verdict": verdict_of_a_recorder(inspection.verdict),
            "pulses": inspection.pulses,
            "complete": inspection.complete,
            "duration_s": inspection.duration_s,
            "devices": [_device_report(each) for each in entries],
            "findings": inspection.findings,
        }
    )


def _device_report(entry: FileInspection) -> DeviceReport:
    return DeviceReport(
        name=entry.name,
        serial=entry.serial or "",
        role=entry.role,
        file=Path(entry.file).name,
        captures=entry.captures_before + entry.captures + entry.captures_after,
        dropped=entry.dropped,
        holes=entry.holes,
        lost=False,
        bias_us=entry.bias_us,
        jitter_us=entry.jitter_us,
        drift_ppm=entry.drift_ppm,
    )


def _written(folder: Path, *, kept: bool) -> list[Finding]:
    files = INDEX if kept else f"{INDEX} and {MANIFEST}"
    what = f"{files} in {folder} {'was' if kept else 'were'} made from the recordings; "
    if kept:
        what += "times of arrival, and reasons of holes that only its recorder knew, are not in it"
    else:
        what += "cables, exposure and times of arrival are not in them"
    return [TAKE_REBUILT.found(what)]
