"""`ksync init`: a rig file for what is connected."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kinect_sync.benches.workplaces import studio_lookouts
from kinect_sync.cli.answering import answer
from kinect_sync.cli.bench import chosen_lookouts
from kinect_sync.cli.findings import show_finding, show_findings
from kinect_sync.cli.options import FILE, json_option, output_file_option, studio_option
from kinect_sync.cli.saying import say
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.modes import Topology
from kinect_sync.survey.places import survey_places
from kinect_sync.survey.rig_file import InitReport, require_new, write_rig
from kinect_sync.survey.sketch import Sketch, sketch_rig


@click.command(
    epilog="Exit codes: 0 written; 2 usage, or what is connected makes no rig; 3 device or SDK; "
    "130 interrupted."
)
@output_file_option("the rig", default="stdout")
@click.option(
    "--simulate",
    metavar="RIG",
    help="Find the simulated devices of this rig file instead of real ones.",
)
@click.option(
    "--faults",
    metavar="FAULTS",
    type=FILE,
    help="With --simulate: a YAML file of faults.",
)
@click.option("--hosts", is_flag=True, help="Find what is connected to the hosts of the studio, too.")
@studio_option
@json_option
def init(
    output: Path | None,
    simulate: str | None,
    faults: Path | None,
    studio: Path,
    *,
    hosts: bool,
    as_json: bool,
) -> None:
    """Write the rig file of what is connected: serials, roles, and a daisy chain or a star.

    Roles follow from the sync jacks. Where jacks cannot tell the order of devices, you are asked on a
    terminal; elsewhere the order is guessed, and marked with GUESS in a comment. The file validates, and
    `ksync start` takes it; a file that exists is never replaced. With --json, the report on stdout holds
    the file's text.

    With --hosts, the agents of all hosts of the studio are asked as well, and the file says which host each
    device is connected to; with --simulate, those of the simulated rig.
    """
    if faults is not None and simulate is None:
        raise click.UsageError("--faults belongs to --simulate")
    if hosts and simulate is not None:
        raise click.UsageError("--hosts finds real devices; the hosts of a simulated rig stand in its file")

    def check() -> InitReport:
        if output is not None:
            require_new(output)
        sketch = _survey_hosts(studio) if hosts else _survey(simulate, faults, studio)
        if sketch.movable and sys.stdin.isatty() and sys.stderr.isatty():
            sketch = ask_order(sketch)
        return write_rig(sketch, output)

    answer(InitReport, check, _show, as_json=as_json)


def _show(report: InitReport) -> None:
    if report.file is None:
        say(report.text or "", nl=False)
    else:
        say(f"{report.file}: written; check it with `ksync validate`", err=True)


def _survey(simulate: str | None, faults: Path | None, studio: Path) -> Sketch:
    rig = load_rig(simulate).rig if simulate is not None else None
    bench_faults = None if rig is None else str(faults or "")
    with stop_signals() as stopping, chosen_lookouts(rig, bench_faults, studio) as out:
        return sketch_rig(survey_places(out.looks, stopping, show_finding), out.hosts)


def _survey_hosts(studio: Path) -> Sketch:
    with stop_signals() as stopping, studio_lookouts(studio) as out:
        show_findings(out.findings)
        return sketch_rig(survey_places(out.looks, stopping, show_finding), out.hosts)


def ask_order(sketch: Sketch) -> Sketch:
    """Ask in which order the movable devices are cabled, on stderr, as stdout is the file."""
    say(_QUESTIONS[sketch.topology], err=True)
    for number, serial in enumerate(sketch.movable, 1):
        say(f"  {number}. {serial}", err=True)
    every = " ".join(str(number) for number in range(1, len(sketch.movable) + 1))
    while True:
        words = click.prompt("order", default=every, err=True).replace(",", " ").split()
        chosen = _chosen(words, sketch.movable)
        if chosen is not None:
            return sketch.ordered(chosen)
        say(f"Write each of the numbers {every} once, for example: {every}", err=True)


_QUESTIONS = {
    Topology.DAISY_CHAIN: "The plugs do not tell the order of these devices. From the master on, it is:",
    Topology.STAR: "The jacks do not tell which of these devices is the master. The master first, it is:",
}


def _chosen(words: Sequence[str], movable: Sequence[str]) -> list[str] | None:
    """Return the devices in the order of the numbers; None unless each is named once."""
    if sorted(words) != sorted(str(number) for number in range(1, len(movable) + 1)):
        return None
    return [movable[int(word) - 1] for word in words]
