"""Why two recordings' clocks have nothing to do with each other, or may not have: from tags and dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.inspection import (
    FILES_APART,
    FPS_DIFFER,
    STANDALONE_FILE,
    START_ORDER_UNCLEAR,
    START_ORDER_UNKNOWN,
    SUBORDINATE_STARTED_LATE,
    TWO_MASTERS,
)
from kinect_sync.findings.rig import NO_MASTER
from kinect_sync.findings.start import CLOCK_UNRELATED
from kinect_sync.review.inspection.file_dates import (
    UNCLEAR_S,
    Zeros,
    compare_zeros,
    made_by_sdk,
    was_over_before,
    zero_later_s,
)
from kinect_sync.review.inspection.members import Member
from kinect_sync.rig.hardware import ClockKind
from kinect_sync.rig.modes import Role


class Stranger(NamedTuple):
    """Why a recording's clock has nothing to do with the reference's."""

    finding: Finding
    other_zero: bool
    """Whether another pulse set the clock to zero: the host's clock may tie it all the same."""


def stranger(member: Member, reference: Member) -> Stranger | None:
    """Tell why a member's clock has nothing to do with the reference's."""
    fps = (member.settings.fps, reference.settings.fps)
    if member.role is Role.STANDALONE:
        what = "it was recorded standalone: no pulse ties its images to the others', whatever their times"
        return Stranger(STANDALONE_FILE.found(what, device=member.name), other_zero=False)
    if member.role is Role.MASTER:
        what = f"it is a master as {reference.name} is: each has a clock and pulses of its own"
        return Stranger(TWO_MASTERS.found(what, device=member.name), other_zero=False)
    if fps[0] != fps[1]:
        what = f"it was recorded at {fps[0]} captures per second, and {reference.name} at {fps[1]}"
        return Stranger(FPS_DIFFER.found(what, device=member.name), other_zero=False)
    if compare_zeros(member, reference) is Zeros.LATE:
        what = (
            f"it was started {zero_later_s(member, reference):.0f} s after the master by the dates of the "
            "files (if one computer wrote both), so another pulse set its clock to zero: its times have "
            "nothing to do with the others'"
        )
        return Stranger(SUBORDINATE_STARTED_LATE.found(what, device=member.name), other_zero=True)
    return other_take(member, reference)


def other_take(member: Member, reference: Member) -> Stranger | None:
    """Tell that ksync did not make two recordings at the same time."""
    if compare_zeros(member, reference) is not Zeros.APART:
        return None
    later_s = zero_later_s(member, reference) or 0.0
    what = (
        f"by the dates of the files, its clock was at zero {abs(later_s):.0f} s {_side(later_s)} "
        f"{reference.name}'s: they are of different takes, or another pulse set its clock"
    )
    remedy = "give recordings that were made together"
    return Stranger(CLOCK_UNRELATED.found(what, device=member.name, remedy=remedy), other_zero=True)


def doubts(member: Member, reference: Member) -> Iterator[Finding]:
    """Tell what speaks against one zero of two clocks, and does not prove it."""
    later_s = zero_later_s(member, reference)
    if compare_zeros(member, reference) is Zeros.UNCLEAR and later_s is not None:
        yield _unclear(member, reference, later_s)
    if made_by_sdk(member, reference) and was_over_before(member, reference):
        what = f"it was last written before {reference.name} was begun: they were not made together"
        yield FILES_APART.found(what, device=member.name)
    told = later_s is not None or reference.role is not Role.MASTER
    if not told and _is_zeroed(member):
        what = "the files do not say when they were made, so not whether it was started before its master"
        yield START_ORDER_UNKNOWN.found(what, device=member.name)


def _unclear(member: Member, reference: Member, later_s: float) -> Finding:
    why = "are whole seconds, and a subordinate may wait for its master" if made_by_sdk(member) else "may err"
    what = (
        f"by the dates of the files, its clock was at zero {abs(later_s):.0f} s {_side(later_s)} "
        f"{reference.name}'s. Dates {why}, so this proves nothing; but if another pulse set its clock, the "
        "alignment is wrong"
    )
    return START_ORDER_UNCLEAR.found(what, device=member.name)


def no_master(pulsed: Sequence[Member], reference: Member) -> Finding:
    """Say that no file is a master's, and whether the trigger may have run before all were started."""
    what = f"no file is a master's: an external trigger, or its file is not here; {reference.name} stands in"
    apart_s = max(abs(zero_later_s(each, reference) or 0.0) for each in pulsed)
    if apart_s < UNCLEAR_S or not made_by_sdk(*pulsed) or not _is_zeroed(reference):
        remedy = "give the master's file too, if there is one"
        return NO_MASTER.found(what, severity=Severity.NOTE, remedy=remedy)
    what += f". They were made up to {apart_s:.0f} s apart: if the trigger ran, their clocks are unrelated"
    remedy = "start all devices before the trigger; compare an event that all cameras see"
    return NO_MASTER.found(what, severity=Severity.WARNING, remedy=remedy)


def _is_zeroed(member: Member) -> bool:
    return member.settings.hardware.profile.clock is ClockKind.FROM_FIRST_PULSE


def _side(later_s: float) -> str:
    return "after" if later_s > 0 else "before"
