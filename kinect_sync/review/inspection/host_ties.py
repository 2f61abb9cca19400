"""What the host's clock tells of two clocks that no pulse ties: rough, and used only on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinect_sync.review.inspection.file_dates import zero_later_s
from kinect_sync.review.inspection.members import Member
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.timing.clocks import Sample, unrelated_clocks, zero_us
from kinect_sync.timing.table import MISSING, CaptureTimes

ARRIVALS = 300
"""Rows whose captures are looked at: enough to meet one that came without delay."""


@dataclass(frozen=True, slots=True)
class HostTie:
    """A moment of the reference's clock on another clock, by the host's."""

    moment_us: float
    """The member's device time at the reference's pulse 0."""
    words: str
    """By what it was tied, and how well."""


def unrelated_by_arrival(members: Sequence[Member], reference: Member, index: TakeIndex) -> tuple[str, ...]:
    """Name the recordings whose times of arrival show that another pulse set their clock to zero."""
    samples = {each.name: _samples(each, index) for each in members}
    if not samples.get(reference.name):
        return ()
    return unrelated_clocks(samples, reference.name, reference.settings.fps)


def tie_by_host(member: Member, reference: Member, anchor_us: float, index: TakeIndex | None) -> HostTie:
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


def _samples(member: Member, index: TakeIndex) -> list[Sample]:
    columns = index.devices.get(member.name)
    if columns is None:
        return []
    color_us, depth_us, host_ns = (
        each[:ARRIVALS] for each in (columns.color_us, columns.depth_us, columns.host_ns)
    )
    times_us = CaptureTimes(member.stamps.device, color_us, depth_us).pulse_times_us
    known = ~np.isnan(times_us) & (host_ns != MISSING)
    return list(zip(times_us[known].tolist(), host_ns[known].tolist(), strict=True))
