"""When a clock was at zero by the host's time of day, as far as the dates in the files tell.

A recording holds device times only, but for one: the date at which its recorder made it. libk4arecord writes
it in whole seconds when the file is made, usually right after the cameras were started; ksync writes it to
the ns with the first capture, on all devices at the same pulse. Date - device time of the first capture is
the moment of the clock's zero, good to a second or two: too rough to name a pulse, good enough to show that
two clocks have not the same zero.
"""

from __future__ import annotations

from enum import Enum

from kinect_sync.review.inspection.members import Member
from kinect_sync.rig.hardware import ClockKind
from kinect_sync.rig.modes import Role

LATE_S = 1.5
"""A subordinate whose zero is so long after its master's was started too late: dates are whole seconds, here
two apart, and a camera that was started may take a second until its first pulse."""
UNCLEAR_S = 0.5
"""From here on, up to `LATE_S`, the dates speak for a late start and do not prove it."""
BEGUN_LATE_S = 2.0
"""Recorders leave out a few captures; a file that begins so long after the clock's zero was made later."""
BEGUN_LATE_OFF_S = 3.0
"""How far the date of such a file may be off: whole seconds, and a second or two of the master's camera."""
WAITING_S = 360.0
"""How long k4arecorder lets a subordinate wait for its first capture (`recorder.cpp`)."""
OTHER_TAKE_S = 5.0
"""ksync begins all files of a take within 50 ms, measured on a busy host, and no two takes so soon."""
ONE_TAKE_S = 1.0
"""What a host that stood still may make of these 50 ms."""
_RATES = 1e-3
"""Clocks drift apart until recording begins; this is more than they do."""
_SDK, _KSYNC = "k4arecord", "ksync"


class Zeros(str, Enum):
    """What the dates say of two clocks' zeros."""

    FIT = "fit"
    """They may be one, or the files do not tell."""
    LATE = "late"
    """The member's is later: another pulse set its clock."""
    UNCLEAR = "unclear"
    """Apart by so little that dates prove nothing, or earlier than a recorder waits."""
    APART = "apart"
    """Of two files by ksync: they are of different takes, or their clocks are unrelated."""


def compare_zeros(member: Member, reference: Member) -> Zeros:
    """Compare a member's zero with its reference's."""
    later_s = zero_later_s(member, reference)
    if later_s is None or member.settings.hardware.profile.clock is ClockKind.FROM_HOST:
        return Zeros.FIT
    allowed_s = _RATES * max(_begin_s(member), _begin_s(reference))
    if _all_by(_KSYNC, member, reference):
        if abs(later_s) >= OTHER_TAKE_S + allowed_s:
            return Zeros.APART
        return Zeros.UNCLEAR if abs(later_s) >= ONE_TAKE_S + allowed_s else Zeros.FIT
    if not made_by_sdk(member, reference) or reference.role is not Role.MASTER:
        return Zeros.FIT
    # A file that begins late was made while the device delivered: whole seconds err both ways, and the
    # master's camera may have taken a second to its first capture; but it was not made to wait for pulses.
    waited = _begin_s(member) < BEGUN_LATE_S
    late_s, unclear_s, early_s = (LATE_S, UNCLEAR_S, WAITING_S) if waited else (BEGUN_LATE_OFF_S,) * 3
    if later_s >= late_s + allowed_s:
        return Zeros.LATE
    unclear = later_s >= unclear_s + allowed_s or later_s <= -early_s - allowed_s
    return Zeros.UNCLEAR if unclear else Zeros.FIT


def zero_later_s(member: Member, reference: Member) -> float | None:
    """Return how much later a member's zero was than its reference's; None where a file has no date."""
    made_ns = [each.recording.facts.created_utc_ns for each in (member, reference)]
    if made_ns[0] is None or made_ns[1] is None:
        return None
    return (made_ns[0] - made_ns[1]) / 1e9 - (_begin_s(member) - _begin_s(reference))


def was_over_before(member: Member, reference: Member) -> bool:
    """Tell whether a file was last written before the reference's was made; copying hides that.

    A file that was last written before it was made itself is on a disk with another clock: no proof.
    """
    own_ns, made_ns = (each.recording.facts.created_utc_ns for each in (member, reference))
    try:
        written_ns = member.source.path.stat().st_mtime_ns
    except OSError:
        return False
    return own_ns is not None and made_ns is not None and own_ns <= written_ns < made_ns


def made_by_sdk(*members: Member) -> bool:
    """Tell whether libk4arecord wrote all of these."""
    return _all_by(_SDK, *members)


def _begin_s(member: Member) -> float:
    return float(member.pulse_times_us[0]) / 1e6


def _all_by(program: str, *members: Member) -> bool:
    return all(each.recording.facts.writer.startswith(program) for each in members)
