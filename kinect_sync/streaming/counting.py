"""What a program got of a stream, in the report that its director made of the rig."""

from __future__ import annotations

from kinect_sync.findings import Finding
from kinect_sync.streaming.row_reader import RowReader
from kinect_sync.wire.stream_report import StreamDeviceReport, StreamReport


def counted(report: StreamReport, rows: RowReader, findings: tuple[Finding, ...]) -> StreamReport:
    """Add what a program got, and what was found on its side, to what its director reports."""
    told = {
        "devices": tuple(_counted_of(each, rows) for each in report.devices),
        "before": rows.before,
        "given": rows.given,
        "missed": rows.missed.count,
        "missed_pulses": tuple((each.start, each.stop - 1) for each in rows.missed.ranges),
        "skipped": rows.skipped,
        "untaken": max(0, report.pulses - rows.before - rows.given - rows.missed.count - rows.skipped),
        "findings": findings,
    }
    return report.model_copy(update=told)


def _counted_of(device: StreamDeviceReport, rows: RowReader) -> StreamDeviceReport:
    own = {"late": rows.late.get(device.name, 0), "not_brought": rows.not_brought.get(device.name, 0)}
    return device.model_copy(update=own)
