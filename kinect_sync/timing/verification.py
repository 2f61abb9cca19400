"""Whether a take is what it should be: every device on the pulse, and nearly every pulse recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.recording import DISK_FULL, TAKE_GONE
from kinect_sync.rig.hardware import ClockKind, Hardware
from kinect_sync.timing.alignment import AlignedDevice, Cell, HoleReason, Row, pairing_error_us
from kinect_sync.timing.arrivals import Arrivals
from kinect_sync.timing.divergence import find_divergence
from kinect_sync.timing.measures import (
    MAX_DROP_PERCENT,
    DeviceVerification,
    Divergence,
    PairingStatistics,
    clock_tolerance_us,
)
from kinect_sync.timing.pulses import TOLERANCE_US
from kinect_sync.timing.statistics import SyncStatistics
from kinect_sync.timing.table import HOLES, MISSING, NO_HOLE, Table
from kinect_sync.verdicts import Verdict

__all__ = [
    "MAX_DROP_PERCENT",
    "DeviceVerification",
    "SyncStatistics",
    "Verification",
    "is_short_of_a_take",
    "judge",
]

_ENDS_TAKES = (DISK_FULL,)
"""What says, also as a warning, that a take was ended before its time."""
_NOTHING_KEPT = (TAKE_GONE,)
"""What says that nothing is there of what was recorded."""


def judge(
    devices: Sequence[DeviceVerification],
    findings: Iterable[Finding] = (),
    *,
    max_drop_percent: float = MAX_DROP_PERCENT,
) -> Verdict:
    """Return the verdict on a take from its measurements, and from whatever else was found of it.

    No other place makes or changes one. The first rule that holds decides.

    1. failed: no pulse, or no capture of any device, was recorded, or the whole take is gone.
    2. out_of_sync: on any device |bias|, jitter, a step or the mean pairing error is more than the
       tolerance, or more than 1 % of its residuals or of its pairs are, or its arrivals at the host show
       that it runs free of the pulses.
    3. incomplete: any device was lost, has holes at more than `max_drop_percent` of the pulses, or could
       never be compared with the reference: what was not measured is not called in sync. Or any finding is
       an error, or says that the take was ended before its time.
    4. in_sync otherwise. A limit that is met exactly is kept. Drift decides nothing: it is two clocks,
       and the pulses keep the images together.
    """
    findings = tuple(findings)
    gone = any(finding.kind in _NOTHING_KEPT for finding in findings)
    if gone or not any(device.pulses and device.captures for device in devices):
        return Verdict.FAILED
    if not all(device.in_tolerance for device in devices):
        return Verdict.OUT_OF_SYNC
    if any(
        device.lost or device.drops_more_than(max_drop_percent) or not device.measured for device in devices
    ):
        return Verdict.INCOMPLETE
    if any(map(is_short_of_a_take, findings)):
        return Verdict.INCOMPLETE
    return Verdict.IN_SYNC


def is_short_of_a_take(finding: Finding) -> bool:
    """Tell whether a finding by itself makes a take incomplete, however good what was recorded is."""
    return finding.severity is Severity.ERROR or finding.kind in _ENDS_TAKES


class Verification:
    """Measures a take row by row while it runs, or from a table afterwards, in constant memory."""

    def __init__(
        self,
        devices: Sequence[AlignedDevice],
        fps: int,
        hardware: Hardware = Hardware.AZURE_KINECT,
        *,
        first_pulse_us: float = 0.0,
        tolerance_us: float | None = None,
    ) -> None:
        """Begin without rows; `devices` in the order of the rows' cells.

        `tolerance_us` takes the place of the frame rate's, for clocks too.

        `first_pulse_us` is the device time of row 0. On an Azure Kinect the first pulse ever set the clocks
        to zero, and there the bias is told; a Femto counts from 1970, and its clocks are set every minute.
        """
        zeroed = hardware.profile.clock is ClockKind.FROM_FIRST_PULSE
        since_zero_us = first_pulse_us if zeroed else 0.0
        self._columns = tuple(
            _Column(device, fps, hardware, since_zero_us, tolerance_us) for device in devices
        )
        self._devices, self._fps, self._hardware = tuple(devices), fps, hardware
        self._arrivals = Arrivals(fps, len(self._devices))
        self.pulses = 0
        self.complete = 0

    def add(self, row: Row) -> None:
        """Add the next row; rows come in pulse order."""
        self.pulses += 1
        self.complete += row.complete
        for column, cell in zip(self._columns, row.cells, strict=True):
            column.add(row.pulse, cell)
        self._arrivals.add(row.pulse, row.cells, row.reference)

    def add_table(self, table: Table, holes: NDArray[np.int8] | None = None) -> None:
        """Add the rows of a table, and that at once: as `add` would, a hundred times as fast.

        `holes` are the reasons where more is known than the files tell, as `Table.holes` has them.
        """
        rows = np.arange(len(table)) + self.pulses
        reasons = table.holes if holes is None else holes
        self.pulses += len(table)
        self.complete += int((reasons == NO_HOLE).all(axis=1).sum())
        for place, column in enumerate(self._columns):
            column.add_all(rows, table, place, reasons[:, place])
        self._arrivals.add_all(rows, table)

    def devices(self, uncertainty_us: Mapping[str, float] | None = None) -> tuple[DeviceVerification, ...]:
        """Return what is known of each device now.

        `uncertainty_us` says by how much the host times of a device may be off, where hosts' clocks differ.
        """
        off_us = [(uncertainty_us or {}).get(device.name, 0.0) for device in self._devices]
        return tuple(
            column.verification(self.pulses).model_copy(
                update={
                    "divergence": self._divergence(place, off_us[place] + off_us[self._arrivals.reference])
                }
            )
            for place, column in enumerate(self._columns)
        )

    def _divergence(self, place: int, uncertainty_us: float) -> Divergence | None:
        on_pulse = self._devices[self._arrivals.reference].gives_pulses
        track = self._arrivals.track(place)
        return find_divergence(
            track, self._fps, self._hardware, on_pulse=on_pulse, uncertainty_us=uncertainty_us
        )


class _Column:
    """What the rows say about one device, so far."""

    def __init__(
        self,
        device: AlignedDevice,
        fps: int,
        hardware: Hardware,
        since_zero_us: float,
        tolerance_us: float | None,
    ) -> None:
        self._device = device
        settings_us = hardware.profile.clocks_apart_us
        self._timing = SyncStatistics(fps, tolerance_us, since_zero_us=since_zero_us, settings_us=settings_us)
        self._pairing = PairingStatistics(fps, tolerance_us)
        self._tolerance_us = tolerance_us or TOLERANCE_US[fps]
        self._clock_tolerance_us = tolerance_us or clock_tolerance_us(fps, hardware)
        self._holes: Counter[HoleReason] = Counter()
        self._captures = 0

    def add(self, pulse: int, cell: Cell) -> None:
        self._captures += cell.capture is not None
        if cell.hole is not None:
            self._holes[cell.hole] += 1
        self._timing.add(pulse, cell.residual_us)
        self._pairing.add(pairing_error_us(cell.color_us, cell.depth_us, self._device.offsets))

    def add_all(self, rows: NDArray[np.int64], table: Table, place: int, reasons: NDArray[np.int8]) -> None:
        self._captures += int((table.captures[:, place] != MISSING).sum())
        counts = np.bincount(reasons[reasons != NO_HOLE], minlength=len(HOLES)).tolist()
        self._holes.update(dict(zip(HOLES, counts, strict=True)))
        residuals = table.residual_us[:, place]
        known = ~np.isnan(residuals)
        self._timing.add_all(rows[known], residuals[known])
        color, depth = table.color_us[:, place], table.depth_us[:, place]
        paired = (color != MISSING) & (depth != MISSING)
        self._pairing.add_all((depth - color)[paired] - self._device.offsets.depth_delay_us)

    def verification(self, pulses: int) -> DeviceVerification:
        timing, pairing, holes = self._timing.summary(), self._pairing, self._holes
        return DeviceVerification(
            name=self._device.name,
            pulses=pulses,
            captures=self._captures,
            dropped=sum(holes.values()),
            holes={reason.value: holes[reason] for reason in HoleReason if holes[reason]},
            lost=holes[HoleReason.DEVICE_LOST] > 0,
            tolerance_us=self._tolerance_us,
            clock_tolerance_us=self._clock_tolerance_us,
            residuals=timing.count,
            bias_us=timing.bias_us,
            jitter_us=timing.jitter_us,
            drift_ppm=timing.drift_ppm,
            outliers=timing.outliers,
            step_us=timing.step_us,
            pairing_error_us=pairing.bias_us,
            paired=pairing.count,
            mispaired=pairing.outliers,
        )
