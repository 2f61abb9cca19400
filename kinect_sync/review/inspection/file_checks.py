"""What is odd about each recording by itself, and between what take.json, tags and tracks say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from kinect_sync.findings import Finding, Severity
from kinect_sync.review.inspection.members import Member, goes_back
from kinect_sync.rig.hardware import EPOCH_US
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.mkv.reader import OffsetSource
from kinect_sync.timing.pulses import period_us

SDK_WRAP_US = 2**32
"""libk4arecord keeps the start offset in 32 bits: 71.6 minutes (`start_timestamp_offset_usec`)."""
PERIOD_PERCENT = 0.5
"""Femto devices run up to 0.5 % fast; more is another rate."""

_PLANNED = (
    "serial",
    "role",
    "subordinate_delay_off_master_usec",
    "depth_delay_off_color_usec",
    "color_resolution",
    "depth_mode",
    "fps",
)


def oddities(members: Sequence[Member], manifest: Manifest | None) -> tuple[Finding, ...]:
    """Return what is odd about the members, one after the other."""
    report = manifest.report if manifest is not None else None
    counted = {each.name: each.captures for each in report.devices} if report is not None else {}
    return (
        *_serial_twice(members),
        *(finding for member in members for finding in (*_of_file(member), *_of_plan(member, counted))),
    )


def _serial_twice(members: Sequence[Member]) -> Iterator[Finding]:
    serials = Counter(each.recording.facts.serial for each in members)
    for serial, count in serials.items():
        if serial is not None and count > 1:
            names = ", ".join(each.name for each in members if each.recording.facts.serial == serial)
            what = f"{names} are recordings of one device, {serial}"
            yield Finding(code="serial-twice", what=what, remedy="give recordings that were made together")


def _of_file(member: Member) -> Iterator[Finding]:
    recording, facts = member.recording, member.recording.facts
    if not recording.complete:
        yield _unfinished(member)
    if recording.start_offset_from is OffsetSource.UNKNOWN:
        what = "its recorder died before it wrote the start offset, and without it its times mean nothing"
        remedy = "run `ksync repair` on it with the other recordings of the set"
        yield _error(member, "start-offset-unknown", what, remedy)
    if recording.start_offset_from is OffsetSource.SET:
        what = "its start offset was lost and worked out from the set: its times may be off by whole pulses"
        yield _warning(member, "start-offset-assumed", what, "compare an event that several cameras see")
    if recording.start_offset_us >= EPOCH_US:
        what = (
            "its clock follows the host's and is set again every minute, as a Femto's: steps are its nature"
        )
        yield _note(member, "femto-clock", what)
    elif recording.start_offset_us >= SDK_WRAP_US:
        yield _wraps(member)
    if not facts.has_calibration:
        what = (
            "it holds no calibration: depth and color of it can't be brought together, and pyk4a refuses it"
        )
        remedy = "read the calibration from the device and keep it with the file"
        yield _warning(member, "no-calibration", what, remedy)
    if not len(member.pulse_times_us):
        yield _error(member, "no-captures", "there is no image in it", "record again")
    for track, count in goes_back(recording).items():
        what = f"the times of its {track.lower()} images go back {count} times: the clock was set meanwhile"
        remedy = "record each start of the cameras into a file of its own"
        yield _error(member, "timestamps-go-back", what, remedy)
    yield from _wrong_period(member)
    yield from _wrong_mode(member)


def _unfinished(member: Member) -> Finding:
    cut = member.recording.truncated_bytes
    tail = f", and {cut} bytes at its end belong to no whole image" if cut else ""
    if member.cut_off is not None:
        tail += f"{':' if cut else ', and'} its last capture was cut off"
    what = f"it was not finished by its recorder{tail}; all whole images can be read"
    return _warning(member, "file-unfinished", what, f"`ksync repair {member.source.path}` completes a copy")


def _wraps(member: Member) -> Finding:
    start_us = member.recording.start_offset_us
    what = (
        f"it begins {start_us / 60e6:.1f} minutes after the clock's zero: programs that read it through "
        f"libk4arecord get device times that are {start_us // SDK_WRAP_US} × 2^32 µs too small, ksync not"
    )
    return _warning(member, "offset-beyond-sdk", what, "restart the rig before long recordings")


def _wrong_period(member: Member) -> Iterator[Finding]:
    usual_us = usual_period_us(member)
    nominal_us = period_us(member.settings.fps)
    if usual_us is not None and abs(usual_us / nominal_us - 1) * 100 > PERIOD_PERCENT:
        what = (
            f"its captures come every {usual_us / 1000:.2f} ms, and {member.settings.fps} per second are one "
            f"every {nominal_us / 1000:.2f} ms"
        )
        remedy = "run the trigger at exactly the rig's fps, and check exposure and USB bandwidth"
        yield _error(member, "wrong-period", what, remedy)


def usual_period_us(member: Member) -> float | None:
    """Return the usual time between two captures, by the device's clock; None with fewer than two."""
    times = member.pulse_times_us
    return float(np.median(np.diff(times))) if len(times) > 1 else None


def _wrong_mode(member: Member) -> Iterator[Finding]:
    facts = member.recording.facts
    color, said = facts.track("COLOR"), facts.tags.get("K4A_COLOR_MODE")
    if color is not None and said is not None:
        found = f"{color.fourcc.decode(errors='replace')}_{color.height}P"
        if found != said:
            what = f"the tag K4A_COLOR_MODE says {said}, and the track is {found}"
            yield _error(member, "tag-disagrees", what, "find out which program changed the file")


def _of_plan(member: Member, counted: dict[str, int]) -> Iterator[Finding]:
    if member.source.device is not None:
        planned = member.source.device.settings
        for field in _PLANNED:
            want, have = getattr(planned, field), getattr(member.settings, field)
            if want != have:
                what = f"take.json says {field} {want}, and the file's tags say {have}"
                remedy = "find out which of them was changed or exchanged; the tags were believed"
                yield _error(member, "manifest-disagrees", what, remedy, field=field)
    captures = len(member.stamps.color_us)
    if counted.get(member.name, captures) != captures:
        what = f"take.json says {counted[member.name]} captures, and {captures} are in the file"
        remedy = "the file was changed or cut off after the take; copy it again from where it was recorded"
        yield _error(member, "captures-disagree", what, remedy)


def _error(member: Member, code: str, what: str, remedy: str, field: str | None = None) -> Finding:
    return Finding(code=code, device=member.name, field=field, what=what, remedy=remedy)


def _warning(member: Member, code: str, what: str, remedy: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, device=member.name, what=what, remedy=remedy)


def _note(member: Member, code: str, what: str) -> Finding:
    return Finding(code=code, severity=Severity.NOTE, device=member.name, what=what)
