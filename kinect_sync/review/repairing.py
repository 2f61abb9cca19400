"""Recordings that a dead recorder left, completed: as copies, unless asked otherwise."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.files import draft_of
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.files import REPAIR_EXISTS, REPAIR_NOT_WRITTEN
from kinect_sync.findings.inspection import START_OFFSET_FROM_IMU, START_OFFSET_FROM_SET, START_OFFSET_UNKNOWN
from kinect_sync.review.inspection.members import Member, make_member
from kinect_sync.review.sources import Source, find_sources
from kinect_sync.rig.modes import Role
from kinect_sync.takes.mkv.reader import OffsetSource, read_recording
from kinect_sync.takes.mkv.repair import Damage, assess, complete
from kinect_sync.takes.names import repaired_copy_of
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words, worst_of

_STATES = Words(Verdict.WHOLE, Verdict.REPAIRED, Verdict.NOT_REPAIRED)


class FileRepair(Value):
    """One recording, and what became of it."""

    name: str
    """The device's name, or else the file's."""
    file: str
    """Path of the recording."""
    state: Annotated[Verdict, _STATES]
    """`whole` files are left alone, and so are those of which an earlier run made a whole copy."""
    result: str | None
    """The completed file; null where there is none."""
    missing: tuple[str, ...]
    """What the file lacked."""
    images: dict[str, int]
    """Whole images in the result, by track."""
    cut_bytes: int
    """Bytes at the end that belong to no whole image; the result is without them."""
    start_offset_us: int | None
    """Device time that the file's times count from; null where it could not be read."""
    start_offset_from: Literal["tag", "imu", "set", "unknown"] | None
    """How that is known: from the file's tag, its IMU samples, the other files of the set, or not."""


class RepairReport(Report):
    """What `ksync repair --json` prints."""

    report: Literal["repair"] = "repair"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.WHOLE, Verdict.REPAIRED, Verdict.NOT_REPAIRED, *UNANSWERED)]
    """`not_repaired` as soon as one file could not be; `whole` where none needed it."""
    files: tuple[FileRepair, ...] = ()
    """The recordings, and what became of each."""


def repair(paths: Sequence[Path], *, in_place: bool) -> RepairReport:
    """Complete the recordings that need it; the others help to find missing start offsets.

    Raises UsageError for paths that do not exist, and where not one file can be read.
    """
    sources = find_sources(paths, originals=True)
    findings = list(sources.findings)
    damages: dict[str, Damage] = {}
    for source in sources.files:
        try:
            damages[source.name] = assess(source.path)
        except KsyncError as error:
            findings += _of_device(error, source)
    if findings and not damages:
        raise UsageError(*findings)
    witness = _witness(sources.files, damages)
    files = []
    for source in sources.files:
        entry, found = _mend(source, damages.get(source.name), witness, in_place=in_place)
        files.append(entry)
        findings += found
    verdict = worst_of((Verdict.WHOLE, *(each.state for each in files)))
    return RepairReport(verdict=verdict, files=tuple(files), findings=tuple(findings))


def _witness(files: Sequence[Source], damages: dict[str, Damage]) -> Member | None:
    """Return the recording that tells missing start offsets: the master's, or else another of the set."""
    sure = (OffsetSource.TAG, OffsetSource.IMU)
    known = [each for each in files if each.name in damages and damages[each.name].start_offset_from in sure]
    members = [member for each in known if (member := _member_of(each)) is not None]
    synchronized = [each for each in members if each.role is not Role.STANDALONE and len(each.pulse_times_us)]
    return min(synchronized, key=lambda each: each.role is not Role.MASTER, default=None)


def _member_of(source: Source) -> Member | None:
    """Return a recording as one of the set; None where it is no Kinect's, and tells the others nothing."""
    try:
        return make_member(source, read_recording(source.path))
    except KsyncError:
        return None


def _mend(
    source: Source, damage: Damage | None, witness: Member | None, *, in_place: bool
) -> tuple[FileRepair, tuple[Finding, ...]]:
    """Complete one recording if it needs it, and tell what became of it."""
    if damage is None:
        return _entry(source, None, Verdict.NOT_REPAIRED), ()
    if not damage.missing:
        return _entry(source, damage, Verdict.WHOLE), ()
    if not in_place and (made := _made_before(source, damage)) is not None:
        return made, ()
    offset_us, how = damage.start_offset_us, damage.start_offset_from
    if how is OffsetSource.UNKNOWN:
        offset_us, how = _offset_from_set(source, witness)
    marks = () if how is OffsetSource.TAG else (_mark(source, how, witness),)
    try:
        result = _complete_in_place if in_place else _complete_copy
        path = result(source.path, offset_us, how)
    except KsyncError as error:
        return _entry(source, damage, Verdict.NOT_REPAIRED), _of_device(error, source)
    entry = _entry(source, damage, Verdict.REPAIRED)
    return _with_result(entry, path, _count_images(path), offset_us, how), marks


def _made_before(source: Source, damage: Damage) -> FileRepair | None:
    """Return the whole copy that an earlier run made of this very file; None where there is none."""
    result = repaired_copy_of(source.path)
    try:
        left = assess(result) if result.exists() else None
        if left is None or left.missing:
            return None
        images = _count_images(result)
        if images != _count_images(source.path):
            return None
    except KsyncError:
        return None
    entry = _entry(source, damage, Verdict.WHOLE)
    return _with_result(entry, result, images, left.start_offset_us, left.start_offset_from)


def _with_result(
    entry: FileRepair, result: Path, images: dict[str, int], offset_us: int, how: OffsetSource
) -> FileRepair:
    told = {
        "result": str(result),
        "images": images,
        "start_offset_us": offset_us,
        "start_offset_from": how.value,
    }
    return entry.model_copy(update=told)


def _count_images(path: Path) -> dict[str, int]:
    return {name: len(track.timestamps_us) for name, track in read_recording(path).tracks.items()}


def _entry(source: Source, damage: Damage | None, state: Verdict) -> FileRepair:
    return FileRepair(
        name=source.name,
        file=str(source.path),
        state=state,
        result=None,
        missing=damage.missing if damage else (),
        images={},
        cut_bytes=damage.cut_bytes if damage else 0,
        start_offset_us=damage.start_offset_us if damage else None,
        start_offset_from=damage.start_offset_from.value if damage else None,
    )


def _offset_from_set(source: Source, witness: Member | None) -> tuple[int, OffsetSource]:
    """Return the start offset with which a recording begins at the same pulse as the witness."""
    member = _member_of(source)
    if witness is None or member is None or member.role is Role.STANDALONE or not len(member.pulse_times_us):
        return 0, OffsetSource.UNKNOWN
    # Its times count from 0 as yet. Recorders of a set begin within a pulse or a few of each other.
    return max(0, round(witness.pulse_times_us[0] - member.pulse_times_us[0])), OffsetSource.SET


def _mark(source: Source, how: OffsetSource, witness: Member | None) -> Finding:
    if how is OffsetSource.IMU:
        what = "its start offset was lost, and read from its IMU samples, which carry the device's time"
        return START_OFFSET_FROM_IMU.found(what, device=source.name)
    if how is OffsetSource.SET and witness is not None:
        what = (
            f"its start offset was lost, and set as if it began at the same pulse as {witness.name}: its "
            "times may be off by whole pulses"
        )
        return START_OFFSET_FROM_SET.found(what, device=source.name)
    what = "its start offset was lost, and nothing here tells it: its times count from 0"
    remedy = "repair it together with the other recordings of its set, if there are any"
    return START_OFFSET_UNKNOWN.found(what, device=source.name, remedy=remedy, severity=Severity.WARNING)


def _complete_in_place(path: Path, offset_us: int, how: OffsetSource) -> Path:
    if path.is_symlink():
        what, remedy = f"{path} is a link, and what a link leads to is not changed", "give the file itself"
        raise KsyncError(REPAIR_NOT_WRITTEN.found(what, remedy=remedy))
    complete(path, offset_us, how)
    return path


def _complete_copy(path: Path, offset_us: int, how: OffsetSource) -> Path:
    """Complete a copy, which gets its name when it is whole; an existing file is never overwritten."""
    result = repaired_copy_of(path)
    if result.exists():
        what = f"{result} exists, is not a whole copy of this file, and is not overwritten"
        raise KsyncError(REPAIR_EXISTS.found(what))
    try:
        with draft_of(result, new=True) as draft:
            shutil.copyfile(path, draft)
            complete(draft, offset_us, how)
    except OSError as error:
        what = f"{result} cannot be written: {error.strerror or error}"
        raise KsyncError(REPAIR_NOT_WRITTEN.found(what)) from error
    return result


def _of_device(error: KsyncError, source: Source) -> tuple[Finding, ...]:
    return tuple(finding.model_copy(update={"device": source.name}) for finding in error.findings)
