"""`ksync doctor`: what is known to break takes, before it does."""

from __future__ import annotations

from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.bench import EPILOG, chosen_bench, chosen_lookouts, load_optional_rig
from kinect_sync.cli.findings import show_finding
from kinect_sync.cli.options import (
    allow_extra_option,
    json_option,
    optional_rig_argument,
    simulate_option,
    studio_option,
    takes_option,
)
from kinect_sync.doctor.checkup import Checkup, check_up
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.rounds import EXAMINE_S, Rounds, check_up_hosts
from kinect_sync.rig.rig import Rig
from kinect_sync.survey.discovery import survey


@click.command(
    epilog=EPILOG.format(
        good="nothing is known to break a take (there may be warnings, and what can't be told)",
        bad="a check says no",
    )
)
@optional_rig_argument
@takes_option
@simulate_option
@allow_extra_option
@studio_option
@json_option
def doctor(
    rig: str | None, directory: Path, simulate: str | None, studio: Path, *, allow_extra: bool, as_json: bool
) -> None:
    """Check this computer, its USB and its cameras for what is known to break takes.

    With RIG, a YAML file or `-`, everything is measured against what that rig needs, and the disk of DIR
    is tried. No camera is started,
    nothing is changed, and what can't be told is said to be unknown. With --simulate the devices are
    simulated, and the computer is the real one. Where the rig has hosts, each is looked at by its own agent
    and for its own devices, unless it records; this computer only where devices are connected to it.
    """

    def check() -> Checkup:
        described = load_optional_rig(rig, simulate)
        if described is not None and described.hosts:
            return _examine_hosts(described, directory, simulate, studio, allow_extra=allow_extra)
        return _examine(described, directory, simulate, allow_extra=allow_extra)

    answer(Checkup, check, _show, as_json=as_json, tell=lambda _: ())  # each stands with its check


def _examine(described: Rig | None, directory: Path, simulate: str | None, *, allow_extra: bool) -> Checkup:
    with chosen_bench(described, simulate) as launch:
        return check_up(
            Examination(
                rig=described,
                takes=directory,
                ask_bench=lambda: survey(launch, tell=show_finding),
                simulated=simulate is not None,
                allow_extra=allow_extra,
            )
        )


def _examine_hosts(
    described: Rig, directory: Path, simulate: str | None, studio: Path, *, allow_extra: bool
) -> Checkup:
    with chosen_lookouts(described, simulate, studio) as out:
        checkup = check_up_hosts(
            Rounds(
                rig=described,
                launches=out.looks,
                ask=lambda host, request: out.ask(host, request, EXAMINE_S),
                takes=directory,
                simulated=simulate is not None,
                allow_extra=allow_extra,
                tell=show_finding,
            )
        )
    return checkup.model_copy(update={"findings": (*out.findings, *checkup.findings)})


def _show(checkup: Checkup) -> None:
    from kinect_sync.cli.checklist import show_checkup

    show_checkup(checkup)
