"""`ksync verify`: prove a rig for a few seconds, and keep nothing."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from kinect_sync.cli.answering import answer
from kinect_sync.cli.bench import EPILOG, chosen_workplaces, load_optional_rig, wanted_bench
from kinect_sync.cli.findings import show_findings
from kinect_sync.cli.options import (
    Number,
    allow_extra_option,
    duration_option,
    json_option,
    quiet_option,
    rig_argument,
    simulate_option,
    studio_option,
    trigger_timeout_option,
)
from kinect_sync.cli.stopping import stop_signals
from kinect_sync.cli.verdict_words import verdict_words
from kinect_sync.cli.watching import watching
from kinect_sync.director.start_sequence import Patience
from kinect_sync.doctor.readiness import check_readiness
from kinect_sync.findings import Finding
from kinect_sync.rig.rig import Rig
from kinect_sync.survey.pairwise import verify_pairs
from kinect_sync.survey.verify import PairReport, VerifiedDevice, VerifyPlan, VerifyReport, verify_rig
from kinect_sync.verdicts import Verdict

_LONGEST_S = 3600


@click.command(epilog=EPILOG.format(good="in sync", bad="not in sync, or not as the rig says"))
@rig_argument
@duration_option("--seconds", default=5.0, longest_s=_LONGEST_S)
@click.option("--pairwise", is_flag=True, help="Run the master with one subordinate at a time.")
@click.option(
    "--tolerance-us",
    metavar="T",
    type=Number(min=0, min_open=True),
    show_default="110, 220 or 660 at 30, 15 or 5 fps",
    help="What bias and jitter may be.",
)
@trigger_timeout_option
@simulate_option
@allow_extra_option
@studio_option
@json_option
@quiet_option
def verify(
    rig: str,
    duration: float,
    tolerance_us: float | None,
    trigger_timeout: float,
    simulate: str | None,
    studio: Path,
    *,
    pairwise: bool,
    allow_extra: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Prove that the devices of RIG, a YAML file or `-`, are in sync; nothing is kept on the disk.

    Inventory and jacks are checked, subordinates started and proven silent, the master started last; then,
    once the cameras have settled for 2 to 4 s, the captures of a few seconds are compared: bias, jitter,
    drift and drops of each device, and the exposure that each reports.

    --pairwise does so with the master and one subordinate at a time, and names the cable or device that
    breaks a chain: a device that hears nothing while one behind it does is deaf itself; the first of those
    that hear nothing to the end of the chain hangs on a broken cable. In a chain the pulse travels through
    the devices in between, so leave all of them powered and all cables plugged; they are not started.
    """

    warned: list[Finding] = []

    def check() -> VerifyReport:
        loaded = load_optional_rig(rig, simulate)
        if loaded is None:
            raise click.UsageError("verify needs RIG")
        plan = VerifyPlan(
            rig=loaded,
            seconds=duration,
            tolerance_us=tolerance_us,
            allow_extra=allow_extra,
            patience=Patience(trigger_s=trigger_timeout),
        )
        warned.extend(check_readiness(loaded, wanted_bench(simulate)))
        show_findings(warned)
        report = _verify(plan, loaded, simulate, studio, warned, pairwise=pairwise, quiet=quiet)
        return report.model_copy(update={"findings": (*warned, *report.findings)})

    answer(VerifyReport, check, show_verification, as_json=as_json, told=warned)


def _verify(
    plan: VerifyPlan,
    rig: Rig,
    simulate: str | None,
    studio: Path,
    warned: list[Finding],
    *,
    pairwise: bool,
    quiet: bool,
) -> VerifyReport:
    """Verify; what else is warned of before is shown, and added to `warned`."""
    with ExitStack() as stack:
        stopping = stack.enter_context(stop_signals())
        work = stack.enter_context(chosen_workplaces(rig, simulate, studio))
        warned.extend(work.findings)
        shown = stack.enter_context(watching(quiet=quiet))
        pairs = partial(verify_pairs, looks=work.looks)
        run = partial(pairs if pairwise else verify_rig, plan, work.launch)
        return run(stopping=stopping, observers=[shown])


def show_verification(report: VerifyReport) -> None:
    """Print the verdict, and a row per device or per pair."""
    from rich.text import Text

    from kinect_sync.cli.console import stdout_console
    from kinect_sync.cli.rows import show_rows

    console = stdout_console()
    counts = f": {report.complete} of {report.pulses} pulses complete" if report.pulses else ""
    limit = f", tolerance {report.tolerance_us:g} µs" if report.tolerance_us else ""
    console.print(Text.assemble(verdict_words(report.verdict, _WORDS), f": {report.rig}{counts}{limit}"))
    if report.pairs:
        show_rows([*_HEADINGS[:1], "heard", *_HEADINGS[1:]], list(map(_pair_cells, report.pairs)), console)
    else:
        show_rows(_HEADINGS, [_cells(device) for device in report.devices], console)


_WORDS = {Verdict.GOOD: "in sync", Verdict.BAD: "not good"}
_HEADINGS = (
    "device",
    "role",
    "silent before master",
    "exposure µs",
    "captures",
    "dropped",
    "bias µs",
    "jitter µs",
    "drift ppm",
)


def _cells(device: VerifiedDevice) -> list[str]:
    return [
        device.name,
        device.role.value,
        _yes_no(device.silent_before_master),
        "-" if device.exposure_us is None else str(device.exposure_us),
        str(device.captures),
        str(device.dropped),
        *(_number(value) for value in (device.bias_us, device.jitter_us, device.drift_ppm)),
    ]


def _pair_cells(pair: PairReport) -> list[str]:
    (device,) = (each for each in pair.devices if each.name == pair.subordinate)
    name, *rest = _cells(device)
    return [name, _yes_no(pair.heard), *rest]


def _yes_no(answer: bool | None) -> str:  # noqa: FBT001
    return "-" if answer is None else "yes" if answer else "no"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
