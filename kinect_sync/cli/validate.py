"""`ksync validate` and `ksync schema`: what a rig file says, without touching a device."""

from __future__ import annotations

import json

import click

from kinect_sync.cli.exit_codes import ExitCode
from kinect_sync.cli.findings import show_findings
from kinect_sync.errors import RigError
from kinect_sync.findings import Finding
from kinect_sync.rig.facts import RigFacts, rig_facts
from kinect_sync.rig.loading import load_rig
from kinect_sync.timing.lasers.remarks import laser_findings


@click.command(epilog="Exit codes: 0 valid; 2 not valid.")
@click.argument("rig", metavar="RIG")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and nothing else.")
@click.pass_context
def validate(ctx: click.Context, rig: str, *, as_json: bool) -> None:
    """Check RIG, a YAML file or `-`, and print what follows from it.

    Everything that is wrong is told at once, each with its line, its field and what to do. No device is
    touched.
    """
    try:
        loaded = load_rig(rig)
    except RigError as error:
        _not_valid(rig, error.findings, as_json=as_json)
        ctx.exit(ExitCode.USAGE)
    findings = (*loaded.warnings, *laser_findings(loaded, rig))
    facts = rig_facts(loaded.rig)
    if as_json:
        click.echo(_as_json("valid", findings, facts))
        return
    from kinect_sync.cli.facts import show_facts

    show_findings(findings)
    show_facts(facts)


@click.command()
def schema() -> None:
    """Print the JSON Schema of the rig file, for editors and other programs."""
    from kinect_sync.rig.schema import rig_schema

    click.echo(json.dumps(rig_schema(), indent=2, ensure_ascii=False))


def _not_valid(rig: str, findings: tuple[Finding, ...], *, as_json: bool) -> None:
    if as_json:
        click.echo(_as_json("not_valid", findings, None))
        return
    show_findings(findings)
    errors = sum(1 for finding in findings if finding.severity == "error")
    click.echo(f"{'<stdin>' if rig == '-' else rig}: not valid, {errors} error{'s' if errors > 1 else ''}")


def _as_json(verdict: str, findings: tuple[Finding, ...], facts: RigFacts | None) -> str:
    report = {
        "verdict": verdict,
        "findings": [finding.model_dump(mode="json") for finding in findings],
        "facts": facts.model_dump(mode="json") if facts is not None else None,
    }
    return json.dumps(report, indent=2, ensure_ascii=False)
