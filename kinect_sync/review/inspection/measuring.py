"""The alignment of a set's recordings, and what each device's part in it measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinect_sync.review.inspection.members import Member
from kinect_sync.review.inspection.relation import Relation
from kinect_sync.review.sources import Sources
from kinect_sync.rig.hardware import ClockKind, Hardware
from kinect_sync.takes.index_reader import TakeIndex
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.timing.pulses import is_pulse, period_us
from kinect_sync.timing.statistics import BLOCK, MIN_LINE
from kinect_sync.timing.table import HOLES, NO_HOLE, Table, align
from kinect_sync.timing.verification import DeviceVerification, Verification


@dataclass(frozen=True, slots=True)
class Measured:
    """One recording, measured against the reference, or by itself where it is not aligned."""

    verified: DeviceVerification
    holes: NDArray[np.int8]
    """Why there is no whole capture, per pulse, as `timing.table.HOLES`."""
    before: int
    """Captures before the first common pulse."""
    after: int
    """Captures after the last common pulse."""
    aligned: bool
    compared: bool = False
    """Whether there is another recording to measure it against."""
    biased: bool = False
    """Whether a constant bias can be told from what the clocks drifted apart before the first pulse."""


_LOST = HOLES.index(HoleReason.DEVICE_LOST)

BIAS_REACH_S = 60.0
"""Clocks drift apart from their common zero on. So long after it, the drift is known well enough to tell a
bias of 100 µs from it: a rate wanders by some 50 ppm within an hour, and is measured to a few tenths."""


def is_bias_told(begin_us: float, hardware: Hardware) -> bool:
    """Tell whether files that begin at this device time show a bias: clocks that are set often do always."""
    return hardware.profile.clock is ClockKind.FROM_HOST or begin_us <= BIAS_REACH_S * 1e6


def tabulate(
    members: Sequence[Member], relation: Relation, sources: Sources, index: TakeIndex | None
) -> tuple[Table, NDArray[np.int8]]:
    """Align the related members: from the first to the last common pulse, or as a finished take was."""
    table, holes = tabulate_all(members, relation, sources, index)
    finished = sources.manifest is not None and sources.manifest.state == "finished"
    start, stop = (0, pulses_of(sources, table)) if finished else _common_rows(table, holes)
    return table.between(start, stop), holes[start:stop]


def tabulate_all(
    members: Sequence[Member], relation: Relation, sources: Sources, index: TakeIndex | None
) -> tuple[Table, NDArray[np.int8]]:
    """Align the related members: from the take's first pulse to the last one that any of them has."""
    aligned = [each for each in members if each.name in relation.anchors_us]
    reference = relation.reference
    stamps = [each.stamps for each in aligned]
    table = align(stamps, reference.name, reference.settings.fps, relation.anchors_us)
    holes = _holes_of(table, aligned)
    if sources.manifest is not None and index is not None:
        _explain_holes(holes, table, index)
        _add_host_times(table, index)
    return table, holes


def pulses_of(sources: Sources, table: Table) -> int:
    """Return how many rows a finished take has; a rebuilt one's files may go on after its last pulse."""
    report = sources.manifest.report if sources.manifest is not None else None
    return len(table) if report is None else min(report.pulses, len(table))


def _holes_of(table: Table, members: Sequence[Member]) -> NDArray[np.int8]:
    """Return the holes as the files alone tell them; what a recorder's death cut off is no half capture."""
    holes = table.holes
    for place, member in enumerate(members):
        if (cut_off := member.cut_off) is not None:
            holes[table.captures[:, place] == cut_off, place] = _LOST
    return holes


def _common_rows(table: Table, holes: NDArray[np.int8]) -> tuple[int, int]:
    """Return the rows from the first common pulse to the last.

    A file ends before the capture that was cut off, as it does where the cut came between two captures; but
    where no other is common, that one is shown.
    """
    common = (table.captures >= 0).all(axis=1)
    rows = np.flatnonzero(common & ~(holes == _LOST).any(axis=1))
    rows = rows if len(rows) else np.flatnonzero(common)
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)


def _explain_holes(holes: NDArray[np.int8], table: Table, index: TakeIndex) -> None:
    """Put in the reasons that the take's own index knows; its rows are those of the table."""
    for place, device in enumerate(table.devices):
        if device.name in index.devices:
            told = index.devices[device.name].hole[: len(holes)]
            column = holes[: len(told), place]
            explained = (column != NO_HOLE) & (told != NO_HOLE)
            column[explained] = told[explained]


def _add_host_times(table: Table, index: TakeIndex) -> None:
    """Put in the times of arrival, which the recordings do not hold."""
    for place, device in enumerate(table.devices):
        if device.name in index.devices:
            known = index.devices[device.name].host_ns[: len(table)]
            table.host_time_ns[: len(known), place] = known


def measure(
    members: Sequence[Member], relation: Relation, table: Table, holes: NDArray[np.int8]
) -> dict[str, Measured]:
    """Measure the aligned members against the reference, and every other one by itself."""
    reference = relation.reference
    begin_us = relation.anchors_us[reference.name] + table.first_pulse * period_us(reference.settings.fps)
    biased = relation.by != "host_time" and is_bias_told(begin_us, reference.settings.hardware)
    verification = Verification(
        table.devices,
        reference.settings.fps,
        reference.settings.hardware,
        first_pulse_us=begin_us if biased else 0.0,
    )
    verification.add_table(table if biased else _without_constants(table), holes)
    compared = len(table.devices) > 1
    measured = {
        each.name: Measured(
            each, holes[:, place], *_outside(table, place), aligned=True, compared=compared, biased=biased
        )
        for place, each in enumerate(verification.devices())
    }
    alone = [each for each in members if each.name not in measured]
    return measured | {each.name: _measure_alone(each) for each in alone}


def _without_constants(table: Table) -> Table:
    """Return the table with residuals that begin at zero: what is constant in them means nothing."""
    residuals = table.residual_us.copy()
    for place in range(residuals.shape[1]):
        rows = np.flatnonzero(~np.isnan(residuals[:, place]))[:BLOCK]
        if len(rows) >= MIN_LINE:
            residuals[:, place] -= np.polyfit(rows, residuals[rows, place], 1)[1]
    return replace(table, residual_us=residuals)


def _outside(table: Table, place: int) -> tuple[int, int]:
    numbers = table.numbers[place]
    numbers = numbers[is_pulse(numbers)]
    end = table.first_pulse + len(table)
    return int((numbers < table.first_pulse).sum()), int((numbers >= end).sum())


def _measure_alone(member: Member) -> Measured:
    anchor_us = float(member.pulse_times_us[0])
    table = align([member.stamps], member.name, member.settings.fps, {member.name: anchor_us})
    holes = _holes_of(table, [member])
    start, stop = _common_rows(table, holes)
    table, holes = table.between(start, stop), holes[start:stop]
    verification = Verification(table.devices, member.settings.fps, member.settings.hardware)
    verification.add_table(table, holes)
    (verified,) = verification.devices()
    return Measured(verified, holes[:, 0], *_outside(table, 0), aligned=False)
