"""What the commands that check a bench have in common: their bench and their exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

import click

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.launching import worker_launcher
from kinect_sync.benches.preparing import prepared_bench
from kinect_sync.benches.wanted import LiveBench, Simulated
from kinect_sync.cli.exit_codes import ExitCode
from kinect_sync.cli.findings import show_findings
from kinect_sync.director.fleet import Interrupted
from kinect_sync.director.link import Launch
from kinect_sync.errors import BenchError, KsyncError
from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.rig import Rig
from kinect_sync.survey.answers import Answer

EPILOG = "Exit codes: 0 {good}; 1 {bad}; 2 usage or rig file; 3 device or SDK; 130 interrupted."
EXIT_CODES = {
    Answer.GOOD: ExitCode.OK,
    Answer.UNKNOWN: ExitCode.OK,
    Answer.BAD: ExitCode.NO,
    Answer.FAILED: ExitCode.BENCH,
}


class Report(Protocol):
    """A report of a check: a value with a verdict and findings."""

    @property
    def verdict(self) -> Answer:
        """What came out."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in the order to read it."""
        ...

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """Write the report as JSON."""
        ...


R = TypeVar("R", bound=Report)


def load_optional_rig(rig: str | None, simulate: str | None) -> Rig | None:
    """Load RIG where one is given; a simulated bench needs one, as that says what is there."""
    if rig is None:
        if simulate is not None:
            given = f" ({simulate!r} was taken for FAULTS)" if simulate else ""
            raise click.UsageError(
                f"--simulate simulates what a rig file describes: name RIG before it{given}"
            )
        return None
    loaded = load_rig(rig)
    show_findings(each for each in loaded.warnings if each.severity is not Severity.NOTE)
    return loaded.rig


@contextmanager
def chosen_bench(rig: Rig | None, simulate: str | None) -> Iterator[Launch]:
    """Choose Kinects, or a simulation of the rig, and give what starts a worker there."""
    if rig is None:
        yield worker_launcher(Kinects())
        return
    with prepared_bench(rig, wanted_bench(simulate)) as bench:
        yield worker_launcher(bench)


def wanted_bench(simulate: str | None) -> LiveBench:
    """Return the bench that --simulate says, or else Kinects."""
    if simulate is None:
        return Kinects()
    return Simulated(faults=Path(simulate) if simulate else None)


def answer(
    check: Callable[[], R],
    failed: Callable[[tuple[Finding, ...]], R],
    show: Callable[[R], None],
    *,
    as_json: bool,
) -> NoReturn:
    """Make a check, tell its findings on stderr and its report on stdout, and end with its exit code.

    `failed` makes the report of a check that could not be made, so that a script always finds one.
    """
    try:
        report = check()
        code = EXIT_CODES[report.verdict]
    except Interrupted:
        sys.exit(ExitCode.INTERRUPTED)
    except KsyncError as error:
        report = failed(error.findings)
        code = ExitCode.BENCH if isinstance(error, BenchError) else ExitCode.USAGE
        _tell(report.findings)
        if as_json:
            click.echo(report.model_dump_json(indent=2))
        sys.exit(code)
    _tell(report.findings)
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        show(report)
    sys.exit(code)


def _tell(findings: Iterable[Finding]) -> None:
    """Show findings; they are in the report too, which is due even if stderr is gone."""
    with suppress(OSError):
        show_findings(findings)
