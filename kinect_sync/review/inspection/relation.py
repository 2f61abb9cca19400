"""What ties the clocks of a set's devices together, told from the files alone.

A take knows: every device's clock is noted at its first pulse. Files of other recorders hold device times
only. The pulse that a device sees first sets its clock to zero, so two clocks are related if the same pulse
did that; then pulse times divided by each clock's own period name the same pulse. Where another pulse did,
nothing but the host's clock ties them, and that only on request: `inspection.host_ties`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kinect_sync.findings import Finding
from kinect_sync.findings.inspection import ALIGNED_BY_HOST, ALIGNMENT_UNCERTAIN, MANIFEST_DISAGREES
from kinect_sync.findings.start import CLOCK_UNRELATED
from kinect_sync.review.inspection.clock_relation import Stranger, doubts, no_master, other_take, stranger
from kinect_sync.review.inspection.host_ties import HostTie, tie_by_host, unrelated_by_arrival
from kinect_sync.review.inspection.members import Member
from kinect_sync.review.inspection.model import AlignedBy
from kinect_sync.rig.hardware import ClockKind
from kinect_sync.rig.modes import Role
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.mkv.reader import OffsetSource
from kinect_sync.timing.pulses import MARGIN_PERIODS, WANDER_PPM, period_us

_SHORT_S = 2.0
_JITTER_US = 200.0
_DAY_US = 86_400e6
_BY_CLOCK: dict[ClockKind, AlignedBy] = {
    ClockKind.FROM_FIRST_PULSE: "device_clock",
    ClockKind.FROM_HOST: "host_clock",
}


@dataclass(frozen=True, slots=True)
class Relation:
    """Which recordings share a time line, and where it begins on each clock."""

    reference: Member
    anchors_us: Mapping[str, float]
    """Pulse 0 on the clock of each recording that is aligned."""
    by: AlignedBy
    unrelated: frozenset[str] = frozenset()
    """Recordings whose clock has nothing to do with the reference's; the host's may tie them all the same."""
    by_host: frozenset[str] = frozenset()
    """Those of them that the host's clock ties."""
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Search:
    """A relation in the making."""

    reference: Member
    anchors_us: dict[str, float] = field(default_factory=dict)
    unrelated: set[str] = field(default_factory=set)
    other_zero: set[str] = field(default_factory=set)
    """Those of them whose clock another pulse set to zero."""
    by_host: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def leave_out(self, member: Member, found: Stranger) -> None:
        self.anchors_us.pop(member.name, None)
        self.unrelated.add(member.name)
        if found.other_zero:
            self.other_zero.add(member.name)
        self.findings.append(found.finding)

    def relation(self, by: AlignedBy) -> Relation:
        return Relation(
            self.reference,
            self.anchors_us,
            by,
            frozenset(self.unrelated),
            frozenset(self.by_host),
            tuple(self.findings),
        )


def relate(
    members: Sequence[Member], manifest: Manifest | None, index: TakeIndex | None, *, by_host: bool
) -> Relation:
    """Tie the members' clocks together; each must have a capture, and there must be one.

    `by_host` ties a clock that another pulse set to zero by the host's: by the times of arrival that an index
    has, or else by the dates of the files.
    """
    timed = [each for each in members if each.recording.start_offset_from is not OffsetSource.UNKNOWN]
    search = _by_take(timed or members, manifest) if manifest else _by_clock_zero(timed or members)
    clock = search.reference.settings.hardware.profile.clock
    by: AlignedBy = "take" if manifest is not None else _BY_CLOCK[clock]
    if index is not None:
        _leave_out_by_arrival(search, members, index)
    if by_host:
        _tie_by_host(search, members, index)
    if search.by_host:
        by = "host_time"
    if len(members) > 1 and len(search.anchors_us) < 2:
        by = "nothing"
    return search.relation(by)


def _by_take(members: Sequence[Member], manifest: Manifest) -> _Search:
    named = {each.name: each for each in members}
    reference = named.get(manifest.reference, members[0])
    search = _Search(reference)
    for member in members:
        search.anchors_us[member.name] = _noted_anchor_us(search, member)
        if (problem := other_take(member, reference)) is not None:
            search.leave_out(member, problem)
    # A take that was rebuilt with --align-by-host stays what it is.
    for finding in manifest.report.findings if manifest.report is not None else ():
        if finding.kind is ALIGNED_BY_HOST and finding.device in search.anchors_us:
            search.unrelated.add(finding.device)
            search.by_host.add(finding.device)
            search.findings.append(finding)
    return search


def _noted_anchor_us(search: _Search, member: Member) -> float:
    """Return where take.json says that the take began on a clock; its first capture where that is absurd."""
    begin_us = float(member.pulse_times_us[0])
    noted_us = member.source.device.first_pulse_us if member.source.device else begin_us
    if abs(noted_us - begin_us) < _DAY_US:
        return noted_us
    what = f"take.json says that it begins at {noted_us:.6g} µs of its clock, and the file at {begin_us:.0f}"
    remedy = "find out what changed take.json; its first capture stands in for the first pulse"
    search.findings.append(
        MANIFEST_DISAGREES.found(what, device=member.name, field="first_pulse_us", remedy=remedy)
    )
    return begin_us


def _by_clock_zero(members: Sequence[Member]) -> _Search:
    masters = [each for each in members if each.role is Role.MASTER]
    pulsed = [each for each in members if each.role is not Role.STANDALONE]
    reference = next(iter((*masters, *pulsed, *members)))
    search = _Search(reference)
    for member in members:
        problem = None if member is reference else stranger(member, reference)
        if problem is None:
            search.anchors_us[member.name] = _anchor_us(search, member)
            search.findings += () if member is reference else doubts(member, reference)
        else:
            search.leave_out(member, problem)
    if not masters and len(pulsed) > 1:
        search.findings.append(no_master(pulsed, reference))
    return search


def _anchor_us(search: _Search, member: Member) -> float:
    """Return where a member's clock stood at the reference's first pulse."""
    reference = search.reference
    begin_us, first_us = float(member.pulse_times_us[0]), float(reference.pulse_times_us[0])
    if member is reference:
        return begin_us
    own_us, reference_us = (_usable_period_us(each) for each in (member, reference))
    if member.settings.hardware.profile.clock is ClockKind.FROM_HOST:  # no zero, and no long drift
        return begin_us - round((begin_us - first_us) / own_us) * own_us
    pulses = begin_us / own_us - first_us / reference_us
    doubt = max(_doubt_us(member), _doubt_us(reference)) / own_us
    if doubt > MARGIN_PERIODS:
        search.findings.append(_uncertain(member, max(begin_us, first_us), doubt))
    return begin_us - round(pulses) * own_us


def _usable_period_us(member: Member) -> float:
    short = _length_s(member) < _SHORT_S
    return period_us(member.settings.fps) if short else member.own_period_us()


def _length_s(member: Member) -> float:
    times = member.pulse_times_us
    return float(times[-1] - times[0]) / 1e6


def _doubt_us(member: Member) -> float:
    """Return how far the pulse may be missed that a first capture is counted to, from the clock's zero."""
    since_zero_s = float(member.pulse_times_us[0]) / 1e6
    return since_zero_s * (WANDER_PPM + _JITTER_US / max(_SHORT_S, _length_s(member)))


def _uncertain(member: Member, begin_us: float, doubt: float) -> Finding:
    what = (
        f"the files begin {begin_us / 1e6:.0f} s after the clocks' zero, and what the clocks drifted apart "
        f"until then is not in them: the alignment may be off by {max(1, round(doubt))} whole pulses"
    )
    return ALIGNMENT_UNCERTAIN.found(what, device=member.name)


def _leave_out_by_arrival(search: _Search, members: Sequence[Member], index: TakeIndex) -> None:
    """Leave out clocks that arrival times show to be unrelated."""
    for name in unrelated_by_arrival(members, search.reference, index):
        if name not in search.unrelated:
            member = next(each for each in members if each.name == name)
            what = "by its times of arrival, its clock was set to zero by another pulse than the reference's"
            remedy = "align it with --align-by-host, good to a pulse or two, or record again"
            finding = CLOCK_UNRELATED.found(what, device=name, remedy=remedy)
            search.leave_out(member, Stranger(finding, other_zero=True))


def _tie_by_host(search: _Search, members: Sequence[Member], index: TakeIndex | None) -> None:
    """Tie by the host's clock what another pulse set to zero, and say how well."""
    reference = search.reference
    for member in members:
        if member.name not in search.other_zero:
            continue
        tie = tie_by_host(member, reference, search.anchors_us[reference.name], index)
        begin_us, own_us = float(member.pulse_times_us[0]), _usable_period_us(member)
        pulses = round((tie.moment_us - begin_us) / own_us)
        search.anchors_us[member.name] = begin_us + pulses * own_us
        search.by_host.add(member.name)
        search.findings.append(_tied(member, tie))


def _tied(member: Member, tie: HostTie) -> Finding:
    what = f"its clock is unrelated to the reference's and was tied by {tie.words}"
    return ALIGNED_BY_HOST.found(what, device=member.name)
