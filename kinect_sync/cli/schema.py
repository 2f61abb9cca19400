"""`ksync schema`: what a rig file takes, and what reports hold, for other programs."""

from __future__ import annotations

import json
from typing import Any

import click

from kinect_sync.rig.schema import rig_schema

RIG_CALIBRATION = "rig_calibration"


@click.command(epilog="Exit codes: 0 printed; 2 usage, or there is no such report.")
@click.argument("report", metavar="[REPORT]", required=False)
def schema(report: str | None) -> None:
    """Print the JSON Schema of the rig file, for editors and other programs.

    With REPORT, print that of a report, by the name that stands in its field `report`: for example
    `ksync schema take` for what `ksync start --json` prints. `ksync schema rig_calibration` prints that of
    the file that `ksync calibrate` writes.
    """
    described = rig_schema() if report is None else _schema_of(report)
    click.echo(json.dumps(described, indent=2, ensure_ascii=False))


def _schema_of(report: str) -> dict[str, Any]:
    """Describe a report; that loads all rooms, for which an editor that asks for the rig need not wait."""
    from kinect_sync.calibration.schema import rig_calibration_schema
    from kinect_sync.cli.reports import REPORTS, report_schema

    if report == RIG_CALIBRATION:
        return rig_calibration_schema()
    if report not in REPORTS:
        known = ", ".join((*REPORTS, RIG_CALIBRATION))
        raise click.UsageError(f"There is no report {report!r}. There are {known}.")
    return report_schema(REPORTS[report])
