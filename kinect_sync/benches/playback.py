"""What `ksync start --playback` plays: which part of which recording, and whether it is of this rig."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kinect_sync.benches.choice import Playback
from kinect_sync.benches.shared_folder import shared_folder
from kinect_sync.devices.port import AS_RECORDED
from kinect_sync.devices.programme import Programme, Reel
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.files import (
    RECORDING_DIFFERS,
    RECORDING_MISSING,
    RECORDING_SHORT,
    RECORDING_UNRELATED,
)
from kinect_sync.findings.inspection import SERIAL_TWICE
from kinect_sync.findings.sync import TIMING_FREE_RUNNING
from kinect_sync.rig.model import RigFields
from kinect_sync.rig.modes import Role
from kinect_sync.timing.pulses import period_us

if TYPE_CHECKING:
    from kinect_sync.review.inspection.examining import Examination
    from kinect_sync.review.inspection.members import Member
    from kinect_sync.review.inspection.model import Inspection

_SAME = (
    "role",
    "fps",
    "color_resolution",
    "color_format",
    "depth_mode",
    "subordinate_delay_off_master_usec",
    "depth_delay_off_color_usec",
)
"""What the rig must say as the recording does: images can't be taken again in another way."""
_WRAP_US = 2**32


@dataclass(frozen=True, slots=True)
class PlannedPlayback:
    """A take that is recorded from recordings."""

    plan: TakePlan
    """What is to be recorded, as far as the recordings go."""
    bench: Playback
    findings: tuple[Finding, ...]
    """What is wrong with the recordings, and will not show in the take."""


@contextmanager
def playback(plan: TakePlan, take: Path, *, fast: bool) -> Iterator[PlannedPlayback]:
    """Play the recordings in the folder `take` for as long as the context lasts; see `plan_playback`."""
    with shared_folder() as folder:
        yield plan_playback(plan, folder, take, fast=fast)


def plan_playback(plan: TakePlan, folder: Path, take: Path, *, fast: bool) -> PlannedPlayback:
    """Plan to record from the recordings in the folder `take`: from their first common pulse to the last.

    A file without a serial number is that of the device that it is named after. `folder` is where the
    processes leave word for each other. Raises UsageError, with everything that is wrong, where there is
    nothing to play, or less than is asked for, what another rig recorded, or what no pulse ties together:
    played, that would look like a take in sync.
    """
    from kinect_sync.review.inspection.examining import examine

    rig, found = plan.rig, examine([take])
    serials = {device.name: device.serial for device in rig.devices}
    members = {each.settings.serial or serials.get(each.name, each.name): each for each in found.members}
    problems = (
        *(each for each in found.inspection.findings if each.kind is SERIAL_TWICE),
        *_differences(rig, members, take),
        *_strangers(rig, members, found, take),
        *_too_short(plan, found.inspection, fast=fast),
    )
    if problems:
        raise UsageError(*problems)
    leading = next((each for each in rig.devices if each.role is not Role.SUBORDINATE), rig.devices[0])
    programme = Programme(
        reels={serial: _reel(member, found.inspection) for serial, member in members.items()},
        source=leading.serial,
        directory=folder,
        fast=fast,
    )
    plan = plan.model_copy(update={"pulses": plan.pulses or found.inspection.pulses})
    return PlannedPlayback(plan, Playback(programme=programme), tuple(hidden_findings(found.inspection)))


def hidden_findings(inspection: Inspection) -> Iterator[Finding]:
    """Tell what is wrong with the recordings, and will not show: their arrivals are made from timestamps."""
    for finding in inspection.findings:
        if finding.kind is TIMING_FREE_RUNNING:
            what = f"in the recordings that are played, {finding.what}"
            remedy = "do not take the verdict on what is played for one on them"
            yield finding.model_copy(update={"severity": Severity.WARNING, "what": what, "remedy": remedy})


def _reel(member: Member, inspection: Inspection) -> Reel:
    first_us = inspection.first_pulse_us.get(member.name)
    last_us = inspection.last_pulse_us.get(member.name)
    delay_us, half_us = member.stamps.device.delay_us, period_us(member.settings.fps) / 2
    return Reel(
        path=member.source.path.absolute(),
        begin_us=None if first_us is None else first_us + delay_us - half_us,
        end_us=None if last_us is None else last_us + delay_us + half_us,
        packed=member.recording.facts.packing is not None,
        wrapped_us=member.recording.start_offset_us // _WRAP_US * _WRAP_US,
    )


def _differences(rig: RigFields, members: Mapping[str, Member], take: Path) -> Iterator[Finding]:
    for device in rig.devices:
        member, wanted = members.get(device.serial), rig.settings_of(device)
        if member is None:
            what = f"no recording is of serial {device.serial}: there are {', '.join(members)}"
            remedy = (
                f"play it with its own rig file; `ksync inspect {take}` tells of files that can't be read"
            )
            yield RECORDING_MISSING.found(what, device=device.name, remedy=remedy)
            continue
        for field in _SAME:
            want, have = getattr(wanted, field), getattr(member.settings, field)
            if want != have:
                what = f"the rig says {field} {want}, and it was recorded with {have}"
                yield RECORDING_DIFFERS.found(what, device=device.name)


def _strangers(
    rig: RigFields, members: Mapping[str, Member], found: Examination, take: Path
) -> Iterator[Finding]:
    for device in rig.devices:
        member = members.get(device.serial)
        if member is None:
            continue
        if member.name not in found.inspection.first_pulse_us or member.name in found.by_host:
            what = "nothing in its recording is of the same pulses as the others'"
            remedy = f"`ksync inspect {take}` says why; play recordings that were made together"
            yield RECORDING_UNRELATED.found(what, device=device.name, remedy=remedy)


def _too_short(plan: TakePlan, inspection: Inspection, *, fast: bool) -> Iterator[Finding]:
    least = AS_RECORDED.settled_after
    if not fast and 0 < inspection.pulses < least:
        what = f"{inspection.pulses} of the {least} pulses that show a steady clock can be played"
        yield RECORDING_SHORT.found(what, remedy="play them with --fast")
    if plan.pulses and plan.pulses > inspection.pulses > 0:
        what = (
            f"{plan.pulses} pulses are asked for, and the recordings have {inspection.pulses} in common "
            f"({inspection.duration_s:.1f} s)"
        )
        yield RECORDING_SHORT.found(what)
