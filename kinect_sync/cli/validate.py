"""`ksync validate` and `ksync schema`: what a rig file says, without touching a device."""

from __future__ import annotations

import json

import click

from kinect_sync.cli.exit_codes import ExitCode
from kinect_sync.cli.findings import show_findings
from kinect_sync.cli.options import json_option, rig_argument
from kinect_sync.findings import Severity
from kinect_sync.rig.loading import STDIN
from kinect_sync.survey.validation import ValidateReport, validate_rig


@click.command(epilog="Exit codes: 0 valid; 2 not valid.")
@rig_argument
@json_option
@click.pass_context
def validate(ctx: click.Context, rig: str, *, as_json: bool) -> None:
    """Check RIG, a YAML file or `-`, and print what follows from it.

    Everything that is wrong is told at once, each with its line, its field and what to do. No device is
    touched.
    """
    report = validate_rig(rig)
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        show_findings(report.findings)
        _show(report, "<stdin>" if rig == STDIN else rig)
    if report.facts is None:
        ctx.exit(ExitCode.USAGE)


def _show(report: ValidateReport, rig: str) -> None:
    if report.facts is not None:
        from kinect_sync.cli.facts import show_facts

        show_facts(report.facts)
        return
    errors = sum(finding.severity is Severity.ERROR for finding in report.findings)
    click.echo(f"{rig}: not valid, {errors} error{'s' if errors > 1 else ''}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of the rig file, for editors and other programs."""
    from kinect_sync.rig.schema import rig_schema

    click.echo(json.dumps(rig_schema(), indent=2, ensure_ascii=False))
