"""What is odd about each recording by itself, and between what take.json, tags and tracks say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from kinect_sync.findings import Finding
from kinect_sync.findings.inspection import (
    CAPTURES_DISAGREE,
    FEMTO_CLOCK,
    FILE_UNFINISHED,
    MANIFEST_DISAGREES,
    NO_CALIBRATION,
    NO_CAPTURES,
    OFFSET_BEYOND_SDK,
    SERIAL_TWICE,
    START_OFFSET_ASSUMED,
    START_OFFSET_UNKNOWN,
    TAG_DISAGREES,
    TIMESTAMPS_GO_BACK,
    WRONG_PERIOD,
)
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
            yield SERIAL_TWICE.found(what)


def _of_file(member: Member) -> Iterator[Finding]:
    recording, facts = member.recording, member.recording.facts
    if not recording.complete:
        yield _unfinished(member)
    if recording.start_offset_from is OffsetSource.UNKNOWN:
        what = "its recorder died before it wrote the start offset, and without it its times mean nothing"
        yield START_OFFSET_UNKNOWN.found(what, device=member.name)
    if recording.start_offset_from is OffsetSource.SET:
        what = "its start offset was lost and worked out from the set: its times may be off by whole pulses"
        yield START_OFFSET_ASSUMED.found(what, device=member.name)
    if recording.start_offset_us >= EPOCH_US:
        what = (
            "its clock follows the host's and is set again every minute, as a Femto's: steps are its nature"
        )
        yield FEMTO_CLOCK.found(what, device=member.name)
    elif recording.start_offset_us >= SDK_WRAP_US:
        yield _wraps(member)
    if not facts.has_calibration:
        what = (
            "it holds no calibration: depth and color of it can't be brought together, and pyk4a refuses it"
        )
        yield NO_CALIBRATION.found(what, device=member.name)
    if not len(member.pulse_times_us):
        yield NO_CAPTURES.found("there is no image in it", device=member.name)
    for track, count in goes_back(recording).items():
        what = f"the times of its {track.lower()} images go back {count} times: the clock was set meanwhile"
        yield TIMESTAMPS_GO_BACK.found(what, device=member.name)
    yield from _wrong_period(member)
    yield from _wrong_mode(member)


def _unfinished(member: Member) -> Finding:
    cut = member.recording.truncated_bytes
    tail = f", and {cut} bytes at its end belong to no whole image" if cut else ""
    if member.cut_off is not None:
        tail += f"{':' if cut else ', and'} its last capture was cut off"
    what = f"it was not finished by its recorder{tail}; all whole images can be read"
    remedy = f"`ksync repair {member.source.path}` completes a copy"
    return FILE_UNFINISHED.found(what, device=member.name, remedy=remedy)


def _wraps(member: Member) -> Finding:
    start_us = member.recording.start_offset_us
    what = (
        f"it begins {start_us / 60e6:.1f} minutes after the clock's zero: programs that read it through "
        f"libk4arecord get device times that are {start_us // SDK_WRAP_US} × 2^32 µs too small, ksync not"
    )
    return OFFSET_BEYOND_SDK.found(what, device=member.name)


def _wrong_period(member: Member) -> Iterator[Finding]:
    usual_us = usual_period_us(member)
    nominal_us = period_us(member.settings.fps)
    if usual_us is not None and abs(usual_us / nominal_us - 1) * 100 > PERIOD_PERCENT:
        what = (
            f"its captures come every {usual_us / 1000:.2f} ms, and {member.settings.fps} per second are one "
            f"every {nominal_us / 1000:.2f} ms"
        )
        yield WRONG_PERIOD.found(what, device=member.name)


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
            yield TAG_DISAGREES.found(what, device=member.name)


def _of_plan(member: Member, counted: dict[str, int]) -> Iterator[Finding]:
    if member.source.device is not None:
        planned = member.source.device.settings
        for field in _PLANNED:
            want, have = getattr(planned, field), getattr(member.settings, field)
            if want != have:
                what = f"take.json says {field} {want}, and the file's tags say {have}"
                yield MANIFEST_DISAGREES.found(what, device=member.name, field=field)
    captures = len(member.stamps.color_us)
    if counted.get(member.name, captures) != captures:
        what = f"take.json says {counted[member.name]} captures, and {captures} are in the file"
        yield CAPTURES_DISAGREE.found(what, device=member.name)
