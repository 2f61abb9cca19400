"""What the host's clock tells of two clocks that no pulse ties: rough, and used only on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kinect_sync.review.inspection.file_dates import zero_later_s
from kinect_sync.review.inspection.index_scan import IndexGlance
from kinect_sync.review.inspection.members import Member
from kinect_sync.timing.clocks import Sample, unrelated_clocks, zero_us
from kinect_sync.timing.pulses import pulse_time_us


@dataclass(frozen=True, slots=True)
class HostTie:
    """A moment of the reference's clock on another clock, by the host's."""

    moment_us: float
    """The member's device time at the reference's pulse 0."""
    words: str
    """By what it was tied, and how well."""


def unrelated_by_arrival(members: Sequence[Member], reference: Member, index: IndexGlance) -> tuple[str, ...]:
    """Name the recordings whose times of arrival show that another pulse set their clock to zero."""
    samples = {each.name: _samples(each, index) for each in members}
    if not samples.get(reference.name):
        return ()
    return unrelated_clocks(samples, reference.name, reference.settings.fps)


def tie_by_host(member: Member, reference: Member, anchor_us: float, index: IndexGlance | None) -> HostTie:
    """Tie a clock by times of arrival, or else by the files' dates.

    `anchor_us` is pulse 0 on the reference's clock. One or the other has shown that the clocks are unrelated,
    so there is one.
    """
    samples = [_samples(each, index) for each in (member, reference)] if index is not None else [[]]
    if all(samples):
        own_zero_us, zero = (zero_us(each) for each in samples)
        return HostTie(zero + anchor_us - own_zero_us, "times of arrival at the host: good to a pulse or two")
    later_s = zero_later_s(member, reference) or 0.0
    words = "the dates of the files, whole seconds: good to two seconds, which is many pulses"
    return HostTie(anchor_us - later_s * 1e6, words)


def _samples(member: Member, index: IndexGlance) -> list[Sample]:
    offsets = member.stamps.device.offsets
    arrivals = index.arrivals.get(member.name, ())
    return [(pulse_time_us(each.color_us, each.depth_us, offsets), each.host_time_ns) for each in arrivals]
