"""Everything that `ksync doctor` looks at, gathered into one value."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Literal

from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.registry import find_checks, run_check
from kinect_sync.doctor.results import CheckResult, Status
from kinect_sync.findings import Finding
from kinect_sync.host.usb import KinectLink
from kinect_sync.values import Value
from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words, verdict_of


class Section(Value):
    """The checks of one theme."""

    theme: str
    """What its checks are about."""
    checks: tuple[CheckResult, ...]
    """The checks, in the order to read them."""


class HostCheckup(Value):
    """What one other host looks like, as its agent told."""

    host: str
    """Name of the host."""
    verdict: Verdict
    """As of the whole, of this host alone."""
    findings: tuple[Finding, ...]
    """Everything that is not well there; where there are no checks, why none were made."""
    sections: tuple[Section, ...]
    """The checks, by theme."""
    kinects: tuple[KinectLink, ...]
    """How each Azure Kinect is connected there."""

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """All checks, in order."""
        return tuple(check for section in self.sections for check in section.checks)


class Checkup(Report):
    """What `ksync doctor --json` prints."""

    report: Literal["checkup"] = "checkup"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, Verdict.BAD, *UNANSWERED)]
    """`good`: nothing is known to break a take; `failed`: a device or the SDK could not be asked."""
    findings: tuple[Finding, ...]
    """Everything that is not well, once more, as findings."""
    sections: tuple[Section, ...] = ()
    """The checks, by theme."""
    kinects: tuple[KinectLink, ...] = ()
    """How each Azure Kinect is connected, where Linux tells."""
    hosts: tuple[HostCheckup, ...] = ()
    """The other hosts of the rig; sections and Kinects beside these are of the computer of the command."""

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """All checks of this computer, in order."""
        return tuple(check for section in self.sections for check in section.checks)


def check_up(examination: Examination) -> Checkup:
    """Make every check, one after the other."""
    sections = tuple(
        Section(
            theme=theme.title,
            checks=tuple(result for check in checks for result in run_check(check, examination)),
        )
        for theme, checks in groupby(find_checks(), key=lambda check: check.theme)
    )
    results = [result for section in sections for result in section.checks]
    return Checkup(
        verdict=_verdict(examination, results),
        sections=sections,
        findings=tuple(result.finding for result in results if result.finding is not None),
        kinects=examination.bus.kinects,
    )


def _verdict(examination: Examination, results: list[CheckResult]) -> Verdict:
    """Sum up; asking the SDK and the devices may have failed, and then nobody knows."""
    asked = (*examination.bench.findings, *(() if examination.simulated else examination.sdk_findings))
    if verdict_of(asked) is Verdict.FAILED:
        return Verdict.FAILED
    return Verdict.BAD if any(result.status is Status.PROBLEM for result in results) else Verdict.GOOD
