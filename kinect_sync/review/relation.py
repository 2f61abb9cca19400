"""What ties the clocks of a set's devices together, told from the files alone.

A take knows: every device's clock is noted at its first pulse. Files of other recorders hold device times
only. The pulse that a device sees first sets its clock to zero, so two clocks are related if the same pulse
did that; then pulse times divided by each clock's own period name the same pulse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kinect_sync.findings import Finding, Severity
from kinect_sync.review.index_glance import IndexGlance
from kinect_sync.review.inspection import AlignedBy
from kinect_sync.review.members import Member
from kinect_sync.rig.modes import Hardware, Role
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.mkv_reader import OffsetSource
from kinect_sync.timing.clocks import Sample, unrelated_clocks, zero_us
from kinect_sync.timing.pulses import MARGIN_PERIODS, WANDER_PPM, period_us, pulse_time_us

LATE_S = 2.0
"""A file made so long after the master's was made by a device that the master had not waited for. Both
times are whole seconds."""
_SDK = "k4arecord"
_SHORT_S = 2.0
_JITTER_US = 200.0


@dataclass(frozen=True, slots=True)
class Relation:
    """Which recordings share a time line, and where it begins on each clock."""

    reference: Member
    anchors_us: Mapping[str, float]
    """Pulse 0 on the clock of each recording that is aligned."""
    by: AlignedBy
    unrelated: frozenset[str] = frozenset()
    """Recordings whose clock has nothing to do with the reference's."""
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Search:
    """A relation in the making."""

    reference: Member
    anchors_us: dict[str, float] = field(default_factory=dict)
    unrelated: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def leave_out(self, member: Member, code: str, what: str, remedy: str) -> None:
        self.anchors_us.pop(member.name, None)
        self.unrelated.add(member.name)
        self.findings.append(Finding(code=code, device=member.name, what=what, remedy=remedy))

    def relation(self, by: AlignedBy) -> Relation:
        return Relation(self.reference, self.anchors_us, by, frozenset(self.unrelated), tuple(self.findings))


def relate(
    members: Sequence[Member], manifest: Manifest | None, index: IndexGlance | None, *, by_host: bool
) -> Relation:
    """Tie the members' clocks together; each must have a capture, and there must be one.

    `by_host` ties a clock that is unrelated by the times of arrival at the host, where an index has them.
    """
    timed = [each for each in members if each.recording.start_offset_from is not OffsetSource.UNKNOWN]
    if manifest is not None:
        search = _by_take(timed or members, manifest)
    else:
        search = _by_clock_zero(timed or members)
    femto = search.reference.settings.hardware is Hardware.FEMTO
    by: AlignedBy = "take" if manifest is not None else "host_clock" if femto else "device_clock"
    if index is not None and _tie_by_arrival(search, members, index, tie=by_host):
        by = "host_time"
    if len(members) > 1 and len(search.anchors_us) < 2:
        by = "nothing"
    return search.relation(by)


def _by_take(members: Sequence[Member], manifest: Manifest) -> _Search:
    named = {each.name: each for each in members}
    reference = named.get(manifest.reference, members[0])
    anchors_us = {each.name: each.source.device.first_pulse_us for each in members if each.source.device}
    return _Search(reference, anchors_us)


def _by_clock_zero(members: Sequence[Member]) -> _Search:
    masters = [each for each in members if each.role is Role.MASTER]
    pulsed = [each for each in members if each.role is not Role.STANDALONE]
    reference = next(iter((*masters, *pulsed, *members)))
    search = _Search(reference)
    for member in members:
        problem = None if member is reference else _stranger(member, reference)
        if problem is None:
            search.anchors_us[member.name] = _anchor_us(search, member)
        else:
            search.leave_out(member, *problem)
    if not masters and len(pulsed) > 1:
        what = (
            f"no file is a master's: an external trigger, or its file is not here; {reference.name} stands in"
        )
        search.findings.append(Finding(code="no-master", severity=Severity.NOTE, what=what))
    return search


def _stranger(member: Member, reference: Member) -> tuple[str, str, str] | None:
    """Tell, as code, cause and remedy, why a member's clock has nothing to do with the reference's."""
    fps = (member.settings.fps, reference.settings.fps)
    if member.role is Role.STANDALONE:
        what = "it was recorded standalone: no pulse ties its images to the others', whatever their times"
        return "standalone-file", what, "connect sync cables and record with roles: master and subordinate"
    if member.role is Role.MASTER:
        what = f"it is a master as {reference.name} is: each has a clock and pulses of its own"
        return "two-masters", what, "make one of them a subordinate, or look at each with its subordinates"
    if fps[0] != fps[1]:
        what = f"it was recorded at {fps[0]} captures per second, and {reference.name} at {fps[1]}"
        return "fps-differ", what, "record all devices at one rate"
    late_s = _made_after_s(member, reference)
    if reference.role is Role.MASTER and late_s >= LATE_S:
        what = (
            f"it was started {late_s:.0f} s after the master, so another pulse set its clock to zero: its "
            "times have nothing to do with the others'"
        )
        return "subordinate-started-late", what, "start subordinates before the master, or use `ksync start`"
    return None


def _made_after_s(member: Member, reference: Member) -> float:
    """Return how much later than the reference's a file was made; 0 where that says nothing of the start.

    libk4arecord makes the file when the cameras have been started, ksync when all devices deliver.
    """
    made, first = (each.recording.facts for each in (member, reference))
    if not made.writer.startswith(_SDK) or made.created_utc_ns is None or first.created_utc_ns is None:
        return 0.0
    return (made.created_utc_ns - first.created_utc_ns) / 1e9


def _anchor_us(search: _Search, member: Member) -> float:
    """Return where a member's clock stood at the reference's first pulse."""
    reference = search.reference
    begin_us, first_us = float(member.pulse_times_us[0]), float(reference.pulse_times_us[0])
    if member is reference:
        return begin_us
    own_us, reference_us = (_usable_period_us(each) for each in (member, reference))
    if member.settings.hardware is Hardware.FEMTO:  # its clock follows the host's: no zero, no long drift
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
    remedy = "compare an event that all cameras see; `ksync start` notes the first pulse of every device"
    return Finding(
        code="alignment-uncertain", severity=Severity.WARNING, device=member.name, what=what, remedy=remedy
    )


def _tie_by_arrival(search: _Search, members: Sequence[Member], index: IndexGlance, *, tie: bool) -> bool:
    """Look for clocks that arrival times show to be unrelated; tie them by those if asked, and say so."""
    samples = {each.name: _samples(each, index) for each in members}
    if not samples[search.reference.name]:
        return False
    fps, tied = search.reference.settings.fps, False
    for name in unrelated_clocks(samples, search.reference.name, fps):
        member = next(each for each in members if each.name == name)
        if not tie:
            what = "by its times of arrival, its clock was set to zero by another pulse than the reference's"
            remedy = "align it with --align-by-host, good to a pulse or two, or record again"
            search.leave_out(member, "clock-unrelated", what, remedy)
            continue
        search.anchors_us[name] = _anchor_by_arrival(search, member, samples)
        search.findings.append(_tied(member))
        tied = True
    return tied


def _anchor_by_arrival(search: _Search, member: Member, samples: Mapping[str, Sequence[Sample]]) -> float:
    reference = search.reference.name
    zeros = {name: zero_us(samples[name]) for name in (reference, member.name)}
    moment_us = zeros[reference] + search.anchors_us[reference] - zeros[member.name]
    begin_us, own_us = float(member.pulse_times_us[0]), _usable_period_us(member)
    return begin_us + round((moment_us - begin_us) / own_us) * own_us


def _samples(member: Member, index: IndexGlance) -> list[Sample]:
    offsets = member.stamps.device.offsets
    arrivals = index.arrivals.get(member.name, ())
    return [(pulse_time_us(each.color_us, each.depth_us, offsets), each.host_time_ns) for each in arrivals]


def _tied(member: Member) -> Finding:
    what = (
        "its clock is unrelated to the reference's and was tied by times of arrival: good to a pulse or two"
    )
    return Finding(
        code="aligned-by-host",
        severity=Severity.WARNING,
        device=member.name,
        what=what,
        remedy="do not take its residuals for proof of synchrony",
    )
