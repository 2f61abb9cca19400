"""`ksync validate`: what a rig file says, without touching a device."""

from __future__ import annotations

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.options import json_option, rig_argument
from kinect_sync.cli.saying import say
from kinect_sync.findings import Severity
from kinect_sync.rig.loading import STDIN
from kinect_sync.survey.validation import ValidateReport, validate_rig


@click.command(epilog="Exit codes: 0 valid; 2 not valid.")
@rig_argument
@json_option
def validate(rig: str, *, as_json: bool) -> None:
    """Check RIG, a YAML file or `-`, and print what follows from it.

    Everything that is wrong is told at once, each with its line, its field and what to do. No device is
    touched.
    """

    def show(report: ValidateReport) -> None:
        _show(report, "<stdin>" if rig == STDIN else rig)

    answer(ValidateReport, lambda: validate_rig(rig), show, as_json=as_json)


def _show(report: ValidateReport, rig: str) -> None:
    if report.facts is not None:
        from kinect_sync.cli.facts import show_facts

        show_facts(report.facts)
        return
    errors = sum(finding.severity is Severity.ERROR for finding in report.findings)
    say(f"{rig}: not valid, {errors} error{'s' if errors > 1 else ''}")
