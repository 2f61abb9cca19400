"""How every command ends: with findings on stderr, one report or what people read on stdout, a verdict."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from operator import attrgetter
from typing import NoReturn, TypeVar

import click

from kinect_sync.cli.exit_codes import exit_code
from kinect_sync.cli.findings import show_findings
from kinect_sync.cli.saying import say_json
from kinect_sync.errors import KsyncError
from kinect_sync.files import DISK_TROUBLES
from kinect_sync.findings import Finding
from kinect_sync.findings.output import PATH_UNUSABLE
from kinect_sync.rig.problem import shown
from kinect_sync.verdicts import Report, Verdict

R = TypeVar("R", bound=Report)

_OF_PATHS = DISK_TROUBLES | {errno.ENAMETOOLONG, errno.EMFILE, errno.ENFILE}


def answer(
    report: type[R],
    work: Callable[[], R],
    show: Callable[[R], None],
    *,
    as_json: bool,
    tell: Callable[[R], Iterable[Finding]] = attrgetter("findings"),
    told: Collection[Finding] = (),
) -> NoReturn:
    """Do the work of a command, tell what came of it, and end with the exit code of its verdict.

    `as_json` prints a report whatever happens, but for a command line that is not understood and for
    interruptions; else `show` prints what there is to see. `tell` picks the findings for stderr, where `show`
    has others; what the work has `told` there already is not told again.
    """
    try:
        answered = work()
    except (KsyncError, OSError) as error:
        answered = report.unanswered(*_reason(error))
        show, tell = _show_nothing, attrgetter("findings")
    with suppress(OSError):  # stderr may be gone; the report has them too, and is due
        show_findings(each for each in tell(answered) if each not in told)
    if as_json:
        say_json(answered.model_dump_json(indent=2))
    else:
        show(answered)
    sys.stdout.flush()
    raise click.exceptions.Exit(exit_code(answered.verdict))


def _reason(error: KsyncError | OSError) -> tuple[Verdict, tuple[Finding, ...]]:
    """Return what ended a command; an OSError that tells of no disk or path is a defect, and raised again."""
    if isinstance(error, KsyncError):
        return error.verdict, error.findings
    if error.errno not in _OF_PATHS:
        raise error
    path = "a file" if error.filename is None else shown(str(error.filename))
    return Verdict.REFUSED, (PATH_UNUSABLE.found(f"{path} can't be used: {error.strerror}"),)


def _show_nothing(_: Report) -> None:
    """Leave stdout empty: what went wrong is on stderr."""
