"""What a program got of a run, added to what the director reports, and where its rows and the take differ."""

from __future__ import annotations

from collections.abc import Mapping

from kinect_sync.findings import Finding
from kinect_sync.streaming.row_reader import RowReader
from kinect_sync.timing.pulse_set import PulseSet
from kinect_sync.wire.stream_report import StreamDeviceReport, StreamReport


def counted(
    report: StreamReport,
    rows: RowReader,
    take_holes: Mapping[str, PulseSet],
    findings: tuple[Finding, ...],
) -> StreamReport:
    """Add what a program got, and what was found on its side, to what its director reports.

    `take_holes` are, by device, the pulses of which the take has no whole capture; none where nobody knows.
    """
    seen = rows.before + rows.given + rows.missed.count + rows.skipped
    pulses = report.pulses or seen  # of a director that died nobody tells how many there were
    own = {
        "pulses": pulses,
        "devices": tuple(
            _counted_of(each, rows, take_holes.get(each.name), report.pulses) for each in report.devices
        ),
        "before": rows.before,
        "given": rows.given,
        "missed": rows.missed.count,
        "missed_pulses": tuple((each.start, each.stop - 1) for each in rows.missed.ranges),
        "skipped": rows.skipped,
        "untaken": max(0, pulses - seen),
        "findings": findings,
    }
    return report.model_copy(update=own)


def _counted_of(
    device: StreamDeviceReport, rows: RowReader, take_holes: PulseSet | None, pulses: int
) -> StreamDeviceReport:
    name = device.name
    own = {"late": rows.late.get(name, 0), "not_brought": rows.not_brought.get(name, 0)}
    if take_holes is not None:
        own["only_in_take"] = rows.given_rows.lacked(name, take_holes, pulses)
        own["only_in_rows"] = rows.given_rows.had(name, take_holes)
    return device.model_copy(update=own)
